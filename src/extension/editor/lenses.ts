import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { Subject } from '../commands/subject.ts';
import { type CommandId, commands } from '../ids.ts';
import type { LiveRun, LiveRuns } from '../model/live-run.ts';
import type { Projects } from '../model/project.ts';
import type { TargetStates } from '../model/target-state.ts';
import { outlineOf, type TableOutline } from './config-outline.ts';
import { rangeOf } from './configuration-documents.ts';
import { runTitle, tableTitle } from './lens-titles.ts';
import type { TableKnowledge } from './table-knowledge.ts';

/** Ages in titles are in minutes. */
const ageIntervalMs = 60_000;

/** Above each table what can be done with it and how it stands, above each target a test of it. */
export class ConfigurationLenses extends Disposable implements vscode.CodeLensProvider {
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #knowledge: TableKnowledge;
  readonly #runs: LiveRuns;

  constructor(projects: Projects, targets: TargetStates, runs: LiveRuns, knowledge: TableKnowledge) {
    super();
    this.#knowledge = knowledge;
    this.#runs = runs;
    const changed = (): void => {
      this.#changed.fire();
    };
    this.register(projects.onDidChange(changed));
    this.register(targets.onDidChange(changed));
    this.register(runs.onDidChange(changed));
    this.register(vscode.workspace.onDidGrantWorkspaceTrust(changed));
    const timer = setInterval(changed, ageIntervalMs);
    this.register({
      dispose: () => {
        clearInterval(timer);
      },
    });
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!vscode.workspace.isTrusted) return [];
    const outline = outlineOf(document.getText());
    return [
      ...outline.targets.map(({ name, span }) =>
        lens(rangeOf(document, span), 'Test connection', commands.testConnection, {
          kind: 'target',
          config: document.uri.fsPath,
          target: name,
        }),
      ),
      ...outline.tables.flatMap((table) => this.#ofTable(document, table)),
    ];
  }

  #ofTable(document: vscode.TextDocument, table: TableOutline): vscode.CodeLens[] {
    const range = rangeOf(document, table.span);
    const config = document.uri.fsPath;
    const target = this.#knowledge.target(document);
    const run = this.#runs.active.find((active) => isOf(active, config, table.name));
    if (run !== undefined) {
      const running: Subject = { kind: 'run', config, target: run.target, table: table.name, run: run.id };
      return [lens(range, runTitle(run), commands.openRun, running), lens(range, 'Cancel', commands.cancel, running)];
    }
    const subject: Subject = { kind: 'table', config, table: table.name };
    const isStopped = target?.state === 'stopped';
    return [
      lens(range, 'Sync', commands.syncTable, subject),
      lens(range, 'Verify', commands.verify, subject),
      lens(range, 'Plan', commands.plan, subject),
      lens(
        range,
        tableTitle(target, this.#knowledge.state(document, table.name), Date.now()),
        isStopped ? commands.startLocal : commands.refresh,
        subject,
      ),
    ];
  }
}

function isOf(run: LiveRun, config: string, table: string): boolean {
  return run.project.config === config && run.table === table;
}

function lens(range: vscode.Range, title: string, command: CommandId, subject: Subject): vscode.CodeLens {
  return new vscode.CodeLens(range, { title, command, arguments: [subject] });
}
