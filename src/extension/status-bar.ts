import * as vscode from 'vscode';
import { Disposable } from './disposable.ts';
import { firstSentence, formatShare, joinFacts } from './format.ts';
import { commands, views } from './ids.ts';
import type { LiveRun, LiveRuns } from './model/live-run.ts';
import { describeRun, fractionOf } from './model/run-fraction.ts';
import type { TargetStates } from './model/target-state.ts';
import { tablesSummary } from './tables-summary.ts';

/** What goes on, else what has failed, else how many tables need a sync. Not there before anything is known. */
export class StatusBar extends Disposable {
  readonly #item = this.register(
    vscode.window.createStatusBarItem('snowmelt.status', vscode.StatusBarAlignment.Left, 10),
  );
  readonly #runs: LiveRuns;
  readonly #targets: TargetStates;

  constructor(runs: LiveRuns, targets: TargetStates) {
    super();
    this.#runs = runs;
    this.#targets = targets;
    this.#item.name = 'Snowmelt';
    const update = (): void => {
      this.#update();
    };
    this.register(runs.onDidChange(update));
    this.register(targets.onDidChange(update));
  }

  #update(): void {
    const shown = runningText(this.#runs.active) ?? failureText(this.#targets) ?? tablesText(this.#targets);
    if (shown === undefined) {
      this.#item.hide();
      return;
    }
    const { text, tooltip, command, isWarning = false } = shown;
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: `Snowmelt: ${tooltip}` };
    this.#item.command = command;
    this.#item.backgroundColor = isWarning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.show();
  }
}

interface Shown {
  readonly text: string;
  readonly tooltip: string;
  readonly command: string | vscode.Command;
  readonly isWarning?: boolean;
}

function runningText(active: readonly LiveRun[]): Shown | undefined {
  const current = active.find(({ state }) => state === 'running') ?? active.at(-1);
  if (current === undefined) return undefined;
  const share = formatShare(fractionOf(current), 1);
  const waiting = active.length - 1;
  const text = joinFacts(current.table, share, waiting > 0 && `${waiting} more`);
  const tooltip = active.map((run) => joinFacts(`${run.table} into ${run.target}`, describeRun(run))).join('\n');
  const subject = {
    kind: 'run',
    config: current.project.config,
    target: current.target,
    table: current.table,
    run: current.id,
  };
  const command = { command: commands.openRun, title: 'Open Run', arguments: [subject] };
  return { text: `$(sync~spin) ${text}`, tooltip, command };
}

const focusTables = `${views.cacheTables}.focus`;

function failureText({ current }: TargetStates): Shown | undefined {
  const failed = current.find(({ state, error }) => state === 'failed' && error !== undefined);
  if (failed?.error === undefined) return undefined;
  const tooltip = firstSentence(failed.error.message);
  return { text: `$(warning) ${failed.target.name}`, tooltip, command: focusTables, isWarning: true };
}

function tablesText({ current }: TargetStates): Shown | undefined {
  const summary = tablesSummary(current.flatMap(({ tables }) => tables));
  if (summary === undefined) return undefined;
  return { text: `$(database) ${summary.text}`, tooltip: summary.detail, command: focusTables };
}
