import { dayKey, formatDay, formatNumberOf } from '../format.ts';
import { commands } from '../ids.ts';
import type { LiveRun } from '../model/live-run.ts';
import type { Project } from '../model/project.ts';
import type { TargetState } from '../model/target-state.ts';
import { contextValue } from './context-value.ts';
import { failureNode } from './failure-node.ts';
import { nodeId } from './node-id.ts';
import { runEntries, type RunEntry } from './run-entry.ts';
import type { RunHistory } from './run-histories.ts';
import { liveRunItem, runItem } from './run-item.ts';
import { stoppedNode } from './stopped-node.ts';
import type { TreeNode } from './tree-node.ts';

/** What the tree of runs is made of. */
export interface Runs {
  readonly projects: readonly Project[];
  /** Of the project's chosen target. */
  readonly stateOf: (project: Project) => TargetState | undefined;
  readonly historyOf: (state: TargetState) => RunHistory;
  /** Of this window, newest first. */
  readonly live: readonly LiveRun[];
  readonly now: number;
}

/** The whole tree: what is under way in this window, and below it the history of each configuration's chosen target, by day. */
export function runsNodes(runs: Runs): readonly TreeNode[] {
  const active = runs.live.filter(({ finishedAt }) => finishedAt === undefined).map(liveNode);
  const states = runs.projects.map((project) => runs.stateOf(project)).filter((state) => state !== undefined);
  const [only, ...others] = states;
  if (only === undefined) return active;
  return [
    ...active,
    ...(others.length === 0 ? historyNodes(runs, only) : states.map((state) => projectNode(runs, state))),
  ];
}

function liveNode(run: LiveRun): TreeNode {
  const { id, project, target, table } = run;
  const subject = { kind: 'run', config: project.config, target, table, run: id } as const;
  return { id: nodeId('live', id), subject, item: liveRunItem(run, subject) };
}

function projectNode(runs: Runs, state: TargetState): TreeNode {
  const { project, target } = state;
  return {
    id: nodeId('project', project.config),
    subject: { kind: 'project', config: project.config },
    expanded: true,
    children: historyNodes(runs, state),
    item: {
      label: project.label,
      description: target.name,
      icon: { id: 'file-code' },
      contextValue: contextValue('project'),
      spoken: `Runs of ${project.label} in target ${target.name}.`,
    },
  };
}

function historyNodes(runs: Runs, state: TargetState): readonly TreeNode[] {
  const { project, target } = state;
  const history = runs.historyOf(state);
  const live = runs.live.filter((run) => run.project.config === project.config && run.target === target.name);
  const entries = runEntries(history.runs, live);
  const id = nodeId(project.config, target.name);
  const above = obstacle(id, state, history);
  if (above === undefined && entries.length === 0 && history.readAt === undefined) return [readingNode(id)];
  return [
    ...(above === undefined ? [] : [above]),
    ...dayNodes(id, entries, state, runs.now),
    ...(history.hasMore ? [moreNode(id, state, history)] : []),
  ];
}

/** Why the history cannot be read. */
function obstacle(
  id: string,
  { project, target, state, error }: TargetState,
  history: RunHistory,
): TreeNode | undefined {
  const subject = { kind: 'target', config: project.config, target: target.name } as const;
  if (state === 'stopped') return stoppedNode(nodeId('stopped', id), subject);
  const failure = state === 'failed' ? error : history.error;
  if (failure === undefined) return undefined;
  const prompted = target.secrets.length > 0;
  return failureNode(nodeId('failure', id), failure, { subject, prompted, embedded: target.kind === 'embedded' });
}

function readingNode(id: string): TreeNode {
  const label = 'Reading the history…';
  return { id: nodeId('reading', id), item: { label, icon: { id: 'loading~spin' }, spoken: label } };
}

function dayNodes(id: string, entries: readonly RunEntry[], state: TargetState, now: number): readonly TreeNode[] {
  const days = new Map<string, [RunEntry, ...RunEntry[]]>();
  for (const entry of entries) {
    const key = dayKey(entry.startedAt);
    const day = days.get(key);
    if (day === undefined) days.set(key, [entry]);
    else day.push(entry);
  }
  return [...days].map(([key, day], index) => ({
    id: nodeId('day', id, key),
    expanded: index === 0,
    children: day.map((entry) => runNode(id, entry, state, now)),
    item: dayItem(day, now),
  }));
}

function dayItem(day: readonly [RunEntry, ...RunEntry[]], now: number): TreeNode['item'] {
  const label = formatDay(day[0].startedAt, now);
  const failed = day.filter(({ status }) => status === 'failed' || status === 'abandoned').length;
  const count = formatNumberOf(day.length, 'run', 'runs');
  const description = failed === 0 ? count : `${count}, ${String(failed)} failed`;
  return { label, description, icon: { id: 'calendar' }, spoken: `${label}: ${description}.` };
}

function runNode(id: string, entry: RunEntry, { project, target }: TargetState, now: number): TreeNode {
  const subject = {
    kind: 'run',
    config: project.config,
    target: target.name,
    table: entry.table,
    run: entry.run,
  } as const;
  return { id: nodeId('run', id, entry.run), subject, item: runItem(entry, subject, now) };
}

function moreNode(id: string, { project, target }: TargetState, { isReading }: RunHistory): TreeNode {
  const subject = { kind: 'target', config: project.config, target: target.name } as const;
  const label = 'Load more…';
  return {
    id: nodeId('more', id),
    subject,
    item: {
      label,
      icon: { id: isReading ? 'loading~spin' : 'ellipsis' },
      action: { kind: 'command', title: label, command: commands.loadMoreRuns, subject },
      spoken: 'Load earlier runs.',
    },
  };
}
