import * as vscode from 'vscode';
import type { PlansDocument, VerifyDocument } from '../../worker/protocol/protocol.ts';
import { Disposable } from '../disposable.ts';
import type { LiveRun, LiveRuns } from '../model/live-run.ts';
import type { Project, Projects } from '../model/project.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { LiveRunSource } from './live-run-source.ts';
import type { RestorableRun, RunPanelState } from './messages.ts';
import { pageOptions } from './page.ts';
import type { Panels } from './panels.ts';
import { planReport } from './plan-report.ts';
import { RecordedRunSource, recordOf } from './recorded-run-source.ts';
import { ReportPanel, type Report } from './report-panel.ts';
import { isRestorable, RunPanel, type PanelRun } from './run-panel.ts';
import type { RunReference, RunSubject } from './run-reference.ts';
import type { RunSource } from './run-source.ts';
import { SqlDocuments } from './sql-documents.ts';
import { verifyReport } from './verify-report.ts';
import type { PanelPlace } from './webview-panel.ts';

export interface PanelParts {
  readonly extensionUri: vscode.Uri;
  readonly worker: WorkerClient;
  readonly projects: Projects;
  readonly runs: LiveRuns;
}

/** The panels of this window: run panels, which outlive it, and reports. */
export class WebviewPanels extends Disposable implements Panels {
  readonly #parts: PanelParts;
  readonly #place: PanelPlace;
  readonly #runPanels = new Set<RunPanel>();
  readonly #reports = new Map<string, ReportPanel>();

  constructor(parts: PanelParts) {
    super();
    this.#parts = parts;
    this.#place = { extensionUri: parts.extensionUri, documents: this.register(new SqlDocuments()) };
    this.register(
      vscode.window.registerWebviewPanelSerializer(RunPanel.viewType, {
        deserializeWebviewPanel: (panel, state) => this.restore(panel, state),
      }),
    );
  }

  async openRun(run: RunReference | RunSubject): Promise<void> {
    const id = run.kind === 'recorded' ? run.record.run : run.kind === 'live' ? run.id : run.run;
    const open = [...this.#runPanels].find((panel) => panel.shows(id));
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const live = this.#parts.runs.find(id);
    if (live !== undefined) {
      this.#openRunPanel(panelRunOf(live)).show(new LiveRunSource(live, this.#parts.runs));
    } else if (run.kind === 'recorded') {
      const { config, target, record } = run;
      const place: RestorableRun = { kind: 'run', config, target, table: record.table, run: id };
      this.#openRunPanel({ config, target, table: record.table, id }).show(this.#recorded(record, place));
    } else if (run.kind === 'run') {
      const panel = this.#openRunPanel({ ...run, id });
      await this.#lookUp(panel, run);
    }
  }

  openPlan(project: Project, document: PlansDocument): Promise<void> {
    return this.#openReport('plan', project, document.target, planReport(document, project.label, Date.now()));
  }

  openVerification(project: Project, document: VerifyDocument): Promise<void> {
    return this.#openReport('verify', project, document.target, verifyReport(document, project.label, Date.now()));
  }

  /** A panel that was open when the window was closed: what its run was seen to do is gone, what the ledger knows is not. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const place = (state as Partial<RunPanelState> | undefined)?.restore;
    if (!isRestorable(place)) {
      panel.dispose();
      return;
    }
    await this.#lookUp(this.#adopt(panel, { ...place, id: place.run }), place);
  }

  /** Leaves the panels where they are: VS Code restores those of runs when the window was only reloaded. */
  override dispose(): void {
    for (const panel of [...this.#runPanels, ...this.#reports.values()]) panel.dispose();
    super.dispose();
  }

  #openRunPanel(run: PanelRun): RunPanel {
    const panel = vscode.window.createWebviewPanel(RunPanel.viewType, run.table, vscode.ViewColumn.Active, {
      ...pageOptions(this.#parts.extensionUri),
      enableFindWidget: true,
    });
    return this.#adopt(panel, run);
  }

  #adopt(panel: vscode.WebviewPanel, run: PanelRun): RunPanel {
    const runPanel = new RunPanel(panel, run, this.#place);
    this.#runPanels.add(runPanel);
    panel.onDidDispose(() => this.#runPanels.delete(runPanel));
    return runPanel;
  }

  async #lookUp(panel: RunPanel, { config, target, table, run }: Omit<RestorableRun, 'kind'>): Promise<void> {
    const place: RestorableRun = { kind: 'run', config, target, table, run };
    try {
      await this.#parts.projects.load();
      panel.show(this.#recorded(await recordOf(place, this.#parts.worker), place));
    } catch (error) {
      panel.fail(error);
    }
  }

  #recorded(...[record, place]: [ConstructorParameters<typeof RecordedRunSource>[0], RestorableRun]): RunSource {
    const project = this.#parts.projects.all.find(({ config }) => config === place.config);
    return new RecordedRunSource(record, place, project?.label ?? place.config, this.#parts.worker);
  }

  #openReport(kind: Report['kind'], project: Project, target: string, view: Report['view']): Promise<void> {
    const key = JSON.stringify([kind, project.config, target]);
    const report: Report = { kind, config: project.config, target, view };
    const open = this.#reports.get(key);
    if (open !== undefined) {
      open.show(report);
      open.reveal();
      return Promise.resolve();
    }
    const panel = vscode.window.createWebviewPanel(ReportPanel.viewType, view.title, vscode.ViewColumn.Active, {
      ...pageOptions(this.#parts.extensionUri),
      enableFindWidget: true,
    });
    this.#reports.set(key, new ReportPanel(panel, report, this.#place));
    panel.onDidDispose(() => this.#reports.delete(key));
    return Promise.resolve();
  }
}

function panelRunOf({ project, target, table, id }: LiveRun): PanelRun {
  return { config: project.config, target, table, id };
}
