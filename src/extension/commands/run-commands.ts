import type * as vscode from 'vscode';
import { formatAge, formatRows } from '../../worker/protocol/figures.ts';
import type { RunRecord } from '../../worker/protocol/protocol.ts';
import { joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { LiveRun } from '../model/live-run.ts';
import { describeRun } from '../model/run-fraction.ts';
import type { StartedRuns } from '../model/started-runs.ts';
import type { Panels } from '../panels/panels.ts';
import type { RunReference } from '../panels/run-reference.ts';
import { newOperation } from '../process/operation.ts';
import { WorkerError, type WorkerClient } from '../process/worker-client.ts';
import type { Choices, TableChoice, TargetChoice } from './choices.ts';
import type { CommandCall, CommandRegistry } from './command-registry.ts';
import { pickLive, type LivePickItem } from './live-pick.ts';
import type { Subject } from './subject.ts';
import type { SyncCommands } from './sync-commands.ts';

export interface RunCommandParts {
  readonly registry: CommandRegistry;
  readonly choices: Choices;
  readonly worker: WorkerClient;
  readonly runs: StartedRuns;
  readonly panels: Panels;
  readonly syncs: Pick<SyncCommands, 'sync'>;
}

/** Cancel, Open Run, Run Again. */
export function addRunCommands(parts: RunCommandParts): void {
  const { registry, runs, panels } = parts;

  registry.add(commands.cancel, async (call) => {
    const named = call.subjects.flatMap((subject) => activeOf(subject, runs));
    const [only] = runs.active;
    const chosen =
      named.length > 0 || call.subjects.length > 0
        ? named
        : runs.active.length === 1 && only !== undefined
          ? [only]
          : await pickActive(runs);
    for (const run of chosen) run.cancel();
  });

  registry.add(commands.openRun, async (call) => {
    const [subject] = call.subjects;
    if (subject?.kind === 'run') return panels.openRun(subject);
    const picked = await pickRun(parts, call, 'Open Run');
    if (picked !== undefined) await panels.openRun(picked.reference);
  });

  registry.add(commands.rerun, async (call) => {
    const named = call.subjects.filter((subject) => subject.kind === 'run');
    if (named.length === 0) {
      const picked = await pickRun(parts, call, 'Run Again');
      return parts.syncs.sync(picked === undefined ? [] : [picked.again]);
    }
    const projects = await parts.choices.projects(call);
    const again = named.flatMap(({ config, target, table }) => {
      const project = projects.find((known) => known.config === config);
      return project === undefined ? [] : [{ project, target, tables: [table] }];
    });
    return parts.syncs.sync(again);
  });
}

function activeOf(subject: Subject, runs: StartedRuns): readonly LiveRun[] {
  if (subject.kind !== 'run' && subject.kind !== 'table') return [];
  return runs.active.filter((run) => {
    if (subject.kind === 'run') return run.id === subject.run || run.run === subject.run;
    const isOfTarget = subject.target === undefined || run.target === subject.target;
    return run.project.config === subject.config && run.table === subject.table && isOfTarget;
  });
}

async function pickActive(runs: StartedRuns): Promise<readonly LiveRun[]> {
  const items = (): LivePickItem<readonly LiveRun[]>[] => [
    { label: '$(circle-slash) All of them', value: runs.active },
    ...runs.active.map((run) => ({
      label: run.table,
      description: joinFacts(run.target, run.kind === 'sync' ? describeRun(run) : 'rolling back'),
      value: [run],
    })),
  ];
  const picked = await pickLive({
    title: 'Cancel',
    placeholder: 'Which run?',
    items,
    onDidChange: runs.onDidChange,
  });
  return picked ?? [];
}

interface PickedRun {
  readonly reference: RunReference;
  /** What it was about. */
  readonly again: TableChoice;
}

/** One of the runs of this window that go on, or of the ledger's latest. */
async function pickRun(
  { choices, worker, runs }: RunCommandParts,
  call: CommandCall,
  title: string,
): Promise<PickedRun | undefined> {
  const choice = await choices.target(call, { title });
  if (choice === undefined) return undefined;
  const tables = call.subjects.flatMap((subject) => (subject.kind === 'table' ? [subject.table] : []));
  const params = { config: choice.project.config, target: choice.target, tables, operation: newOperation('person') };
  const { runs: recorded } = await worker.request('history', { ...params, limit: 50 });
  const active = runs.active.filter(
    (run) => run.target === choice.target && run.project.config === choice.project.config && isAbout(run, tables),
  );
  const items = [
    ...active.map((run) => ({ ...itemOfActive(run), value: pickedActive(run) })),
    ...recorded
      .filter(({ run }) => !active.some((known) => known.run === run))
      .map((record) => ({ ...itemOfRecord(record), value: pickedRecord(choice, record) })),
  ];
  if (items.length === 0) {
    throw new WorkerError({ code: 'usage', message: `Nothing was synced into ${choice.target} yet.` });
  }
  return pickLive({ title, placeholder: 'Which run?', items: () => items });
}

function isAbout({ table }: LiveRun, tables: readonly string[]): boolean {
  return tables.length === 0 || tables.includes(table);
}

function itemOfActive(run: LiveRun): vscode.QuickPickItem {
  return { label: `$(sync) ${run.table}`, description: describeRun(run) };
}

const icons: Readonly<Record<RunRecord['status'], string>> = {
  running: '$(sync)',
  success: '$(pass)',
  failed: '$(error)',
  cancelled: '$(circle-slash)',
  abandoned: '$(warning)',
};

function itemOfRecord({ table, status, startedAt, rows, startedBy }: RunRecord): vscode.QuickPickItem {
  const age = formatAge(Date.now() - Date.parse(startedAt));
  return {
    label: `${icons[status]} ${table}`,
    description: joinFacts(age, status, rows !== null && formatRows(rows), startedBy),
  };
}

function pickedActive({ id, project, target, table }: LiveRun): PickedRun {
  return { reference: { kind: 'live', id }, again: { project, target, tables: [table] } };
}

function pickedRecord({ project, target }: TargetChoice, record: RunRecord): PickedRun {
  return {
    reference: { kind: 'recorded', config: project.config, target, record },
    again: { project, target, tables: [record.table] },
  };
}
