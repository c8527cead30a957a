import * as vscode from 'vscode';
import type { CommandOptions } from '../commands/options.ts';
import type { Subject } from '../commands/subject.ts';
import { commands, type CommandId } from '../ids.ts';
import { WorkerError } from '../process/worker-client.ts';
import type { FailureUpdate, PanelMessage, RestorableRun } from './messages.ts';
import { panelTitle } from './run-outcome.ts';
import type { RunSource } from './run-source.ts';
import type { RunAction, RunState } from './run-view.ts';
import { WebviewPanel, type PanelPlace } from './webview-panel.ts';

/** What can be known of a run when its panel is opened. */
export interface PanelRun {
  readonly config: string;
  readonly target: string;
  readonly table: string;
  /** Its id in the ledger, or in this window. */
  readonly id: string;
}

/** The panel of one run. */
export class RunPanel extends WebviewPanel {
  static readonly viewType = 'snowmelt.run';
  readonly #extensionUri: vscode.Uri;
  readonly #run: PanelRun;
  #source: RunSource | undefined;
  #failure: FailureUpdate | undefined;
  #shownState: RunState | undefined;

  constructor(panel: vscode.WebviewPanel, run: PanelRun, place: PanelPlace) {
    super(panel, 'run', place);
    this.#extensionUri = place.extensionUri;
    this.#run = run;
  }

  /** Whether this panel is the one of a run, by its id in this window or in the ledger. */
  shows(id: string): boolean {
    return this.#run.id === id || this.#source?.place?.run === id;
  }

  /** Shows what the source knows from now on; the panel owns it. */
  show(source: RunSource): void {
    this.#source = this.register(source);
    this.#failure = undefined;
    this.register(
      source.onDidChange(() => {
        this.#update(false);
      }),
    );
    this.#update(true);
  }

  /** There is nothing to show, and why. */
  fail(error: unknown): void {
    const document = error instanceof WorkerError ? error.document : undefined;
    this.#failure = {
      type: 'failure',
      message: document?.message ?? String(error),
      remedy: document?.remedy ?? null,
    };
    this.send(this.#failure);
  }

  protected override greet(): void {
    if (this.#failure !== undefined) this.send(this.#failure);
    else this.#update(true);
  }

  protected override act(message: Extract<PanelMessage, { type: 'action' | 'report-action' }>): void {
    if (message.type === 'action') void this.#act(message.action);
  }

  #update(whole: boolean): void {
    const source = this.#source;
    if (source === undefined) return;
    const { view } = source;
    if (view.state !== this.#shownState) {
      this.#shownState = view.state;
      this.panel.title = panelTitle(view);
      this.panel.iconPath = iconOf(this.#extensionUri, view.state);
    }
    if (!this.listens) return;
    const { lines, ...read } = source.read(whole);
    this.send({ type: 'run', now: Date.now(), ...read, log: lines, view, restore: source.place });
  }

  async #act(action: RunAction): Promise<void> {
    switch (action) {
      case 'cancel':
        this.#source?.cancel();
        break;
      case 'refresh':
        await this.#source?.refresh().catch((error: unknown) => {
          void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
        });
        break;
      case 'rerun':
        call(commands.rerun, this.#subject('run'));
        break;
      case 'force':
        await this.#force();
        break;
      case 'verify':
        call(commands.verify, this.#subject('table'));
        break;
      case 'rollBack':
        call(commands.rollBack, this.#subject('table'));
        break;
      case 'openConfiguration':
        call(commands.openConfiguration, this.#subject('table'));
        break;
      case 'setPassword':
        call(commands.setPassword, this.#connection());
        break;
      case 'testConnection':
        call(commands.testConnection, this.#connection());
        break;
      case 'showLog':
        call(commands.showLog);
        break;
    }
  }

  async #force(): Promise<void> {
    const { table, target } = this.#run;
    const facts = this.#source?.view.error?.facts ?? [];
    const rows = facts.filter(({ label }) => label === 'Source' || label === 'Live table');
    const sync = 'Sync Anyway';
    const answer = await vscode.window.showWarningMessage(
      `Sync ${table} into ${target} although its source is empty or has shrunk?`,
      { modal: true, detail: rows.map(({ label, value }) => `${label}: ${value}`).join('\n') },
      sync,
    );
    if (answer === sync) call(commands.syncTable, this.#subject('table'), { force: true });
  }

  #subject(kind: 'run' | 'table'): Subject {
    const { config, target, table, id } = this.#run;
    if (kind === 'table') return { kind, config, target, table };
    return { kind, config, target, table, run: this.#source?.place?.run ?? id };
  }

  /** The connection that an error is about. */
  #connection(): Subject {
    const { config, target } = this.#run;
    const code = this.#source?.view.error?.code ?? '';
    return code.startsWith('snowflake.') ? { kind: 'source', config } : { kind: 'target', config, target };
  }
}

function call(command: CommandId, subject?: Subject, options?: CommandOptions): void {
  void vscode.commands.executeCommand(command, subject, undefined, options);
}

function iconOf(extensionUri: vscode.Uri, state: RunState): { light: vscode.Uri; dark: vscode.Uri } {
  const name = {
    waiting: 'running',
    running: 'running',
    success: 'success',
    failed: 'failed',
    cancelled: 'cancelled',
    abandoned: 'failed',
  }[state];
  const icon = (theme: string): vscode.Uri =>
    vscode.Uri.joinPath(extensionUri, 'media', 'webview', 'icons', `${name}-${theme}.svg`);
  return { light: icon('light'), dark: icon('dark') };
}

/** Whether the state that a panel has kept is one that a run can be found by. */
export function isRestorable(value: unknown): value is RestorableRun {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return (
    fields.kind === 'run' && ['config', 'target', 'table', 'run'].every((name) => typeof fields[name] === 'string')
  );
}
