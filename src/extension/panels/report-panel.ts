import * as vscode from 'vscode';
import type { CommandOptions } from '../commands/options.ts';
import type { TableSubject } from '../commands/subject.ts';
import { commands, type CommandId } from '../ids.ts';
import type { PanelMessage } from './messages.ts';
import type { ReportAction, ReportView } from './report-view.ts';
import { WebviewPanel, type PanelPlace } from './webview-panel.ts';

export interface Report {
  readonly kind: 'plan' | 'verify';
  readonly config: string;
  readonly target: string;
  readonly view: ReportView;
}

/** The panel of a plan or of a comparison. */
export class ReportPanel extends WebviewPanel {
  static readonly viewType = 'snowmelt.report';
  #report: Report;

  constructor(panel: vscode.WebviewPanel, report: Report, place: PanelPlace) {
    super(panel, 'report', place);
    this.#report = report;
  }

  show(report: Report): void {
    this.#report = report;
    this.panel.title = report.view.title;
    this.greet();
  }

  protected override greet(): void {
    this.send({ type: 'report', now: Date.now(), view: this.#report.view });
  }

  protected override act(message: Extract<PanelMessage, { type: 'action' | 'report-action' }>): void {
    if (message.type === 'report-action') void this.#act(message.action, message.table);
  }

  async #act(action: ReportAction, table: string): Promise<void> {
    const { config, target } = this.#report;
    const call = (command: CommandId, options?: CommandOptions): void => {
      const subject: TableSubject = { kind: 'table', config, target, table };
      void vscode.commands.executeCommand(command, subject, undefined, options);
    };
    switch (action) {
      case 'sync':
        call(commands.syncTable);
        break;
      case 'plan':
        call(commands.plan);
        break;
      case 'verify':
        call(commands.verify);
        break;
      case 'diff':
        call(commands.verify, { level: 'diff' });
        break;
      case 'repair':
        if (await this.#mayRepair(table)) call(commands.verify, { level: 'diff', repair: true });
        break;
      case 'openConfiguration':
        call(commands.openConfiguration);
        break;
      case 'showLog':
        void vscode.commands.executeCommand(commands.showLog);
        break;
    }
  }

  async #mayRepair(table: string): Promise<boolean> {
    const { target, view } = this.#report;
    const section = view.sections.find((candidate) => candidate.table === table);
    const repair = 'Repair';
    const answer = await vscode.window.showWarningMessage(
      `Repair ${table} in ${target}?`,
      {
        modal: true,
        detail: `${section?.badge.text ?? ''}. The rows that differ when it is compared again are made equal to the source.`,
      },
      repair,
    );
    return answer === repair;
  }
}
