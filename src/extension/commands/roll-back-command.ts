import * as vscode from 'vscode';
import { formatAge, formatBytes, formatRows } from '../../worker/protocol/figures.ts';
import type { DescribedGeneration } from '../../worker/protocol/protocol.ts';
import { formatDateTime, joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { Project } from '../model/project.ts';
import type { StartedRuns } from '../model/started-runs.ts';
import type { TargetStates } from '../model/target-state.ts';
import type { Panels } from '../panels/panels.ts';
import { WorkerError, type WorkerClient } from '../process/worker-client.ts';
import { errorDocumentOf } from '../process/worker-failure.ts';
import type { Choices } from './choices.ts';
import type { CommandRegistry } from './command-registry.ts';
import type { Failures } from './failures.ts';

export interface RollBackParts {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly failures: Failures;
  readonly worker: WorkerClient;
  readonly runs: StartedRuns;
  readonly targets: TargetStates;
  readonly panels: Panels;
}

interface RollBack {
  readonly project: Project;
  readonly target: string;
  readonly table: string;
  readonly to: DescribedGeneration;
}

/** Roll Back…: to a generation that was clicked or is chosen, after a question that has its numbers. */
export function addRollBackCommand(parts: RollBackParts): void {
  const { registry, choices, targets } = parts;
  registry.add(commands.rollBack, async (call) => {
    const [choice] = await choices.tables(call, {
      title: 'Roll Back',
      placeholder: 'Which table?',
      where: ({ status }) => (status?.kept.count ?? 0) > 0,
      none: 'No table has an earlier generation to go back to.',
    });
    const table = choice?.tables[0];
    if (choice === undefined || table === undefined) return;
    const { project, target } = choice;
    const state = targets.get(project, target)?.tables.find((known) => known.table.name === table);
    if (state === undefined) return;
    const { generations } = await targets.describe(state);
    const clicked = call.subjects.find((subject) => subject.kind === 'generation')?.generation;
    const to =
      clicked === undefined
        ? await pickGeneration(table, generations)
        : generations.find(({ generation }) => generation === clicked);
    if (to === undefined) {
      if (clicked === undefined && generations.length > 0) return;
      throw new WorkerError({
        code: 'rollback.unavailable',
        message: `${table} in ${target} has no earlier generation to go back to.`,
      });
    }
    if (await confirm({ project, target, table, to })) await rollBack({ project, target, table, to }, parts);
  });
}

async function pickGeneration(
  table: string,
  generations: readonly DescribedGeneration[],
): Promise<DescribedGeneration | undefined> {
  if (generations.length === 0) return undefined;
  const items = generations.map((generation) => ({
    label: `Generation ${generation.generation}`,
    description: joinFacts(
      generation.rows !== null && formatRows(generation.rows),
      `live until ${formatAge(Date.now() - Date.parse(generation.retiredAt))}`,
      formatBytes(generation.bytes),
    ),
    generation,
  }));
  const options = { title: `Roll Back ${table}`, placeHolder: 'To which generation?', matchOnDescription: true };
  return (await vscode.window.showQuickPick(items, options))?.generation;
}

async function confirm({ target, table, to }: RollBack): Promise<boolean> {
  const action = 'Roll Back';
  const rows = to.rows === null ? '' : ` with ${formatRows(to.rows)}`;
  const detail = `It was live until ${formatDateTime(Date.parse(to.retiredAt))}. The rows that are live now are kept, so that this can be rolled back too.`;
  const question = `Roll ${table} in ${target} back to generation ${to.generation}${rows}?`;
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, action)) === action;
}

async function rollBack({ project, target, table, to }: RollBack, parts: RollBackParts): Promise<void> {
  const { worker, runs, targets, failures, panels } = parts;
  const run = runs.begin({ kind: 'rollback', project, target, table });
  const location = vscode.ProgressLocation.Notification;
  const title = `Rolling ${table} back to generation ${to.generation}`;
  let failure: unknown;
  try {
    const document = await vscode.window.withProgress({ location, title, cancellable: true }, async (_, token) => {
      token.onCancellationRequested(() => {
        run.cancel();
      });
      const params = { config: project.config, target, table, to: to.generation, operation: run.id };
      return worker.request('rollback', params, run.token);
    });
    runs.end(run, { status: 'success' });
    const message = `${table} is back at generation ${document.restored}: ${formatRows(document.rows)}`;
    vscode.window.setStatusBarMessage(`$(check) ${message}`, 8_000);
  } catch (error) {
    failure = error;
    runs.end(run, { status: 'failed', error: errorDocumentOf(error) });
  }
  void targets.refresh(project, target, { tables: [table] });
  if (failure === undefined) return;
  const showRun = (): Promise<void> => panels.openRun({ kind: 'live', id: run.id });
  await failures.show(failure, { config: project.config, showRun });
}
