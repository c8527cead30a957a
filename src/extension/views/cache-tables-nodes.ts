import type { LiveRun } from '../model/live-run.ts';
import type { Project } from '../model/project.ts';
import type { TableState, TargetState } from '../model/target-state.ts';
import { firstSentence, formatNumberOf, joinFacts } from '../format.ts';
import { contextValue } from './context-value.ts';
import type { Description } from './described-tables.ts';
import { failureNode } from './failure-node.ts';
import { paragraphs, plain } from './markdown.ts';
import { nodeId } from './node-id.ts';
import { stoppedNode } from './stopped-node.ts';
import { tableItem } from './table-item.ts';
import { partNodes } from './table-parts.ts';
import type { TreeNode } from './tree-node.ts';

/** What the tree of cache tables is made of. */
export interface CacheTables {
  readonly projects: readonly Project[];
  /** Of the project's chosen target. */
  readonly stateOf: (project: Project) => TargetState | undefined;
  /** The run of this window that is at work on the table. */
  readonly runOf: (table: TableState) => LiveRun | undefined;
  readonly descriptionOf: (table: TableState) => Description | undefined;
  readonly now: number;
}

/**
 * The whole tree. One configuration is not worth a level of its own: its tables, of the target that is chosen, are at the top.
 */
export function cacheTablesNodes(tables: CacheTables): readonly TreeNode[] {
  const [only, ...others] = tables.projects;
  if (only === undefined) return [];
  return others.length === 0
    ? projectContent(tables, only)
    : tables.projects.map((project) => projectNode(tables, project));
}

export function tableNodeId({ project, target, table }: TableState): string {
  return nodeId('table', project.config, target.name, table.name);
}

function projectNode(tables: CacheTables, project: Project): TreeNode {
  const stale = tables.stateOf(project)?.tables.filter(({ staleness }) => staleness.kind === 'stale').length ?? 0;
  const description = joinFacts(project.target, stale > 0 && `${String(stale)} stale`);
  return {
    id: nodeId('project', project.config),
    subject: { kind: 'project', config: project.config },
    expanded: true,
    children: projectContent(tables, project),
    item: {
      label: project.label,
      description,
      icon: { id: 'file-code' },
      contextValue: contextValue('project', project.target !== undefined && 'target'),
      spoken: `Configuration ${project.label}, target ${joinFacts(project.target ?? 'none', stale > 0 && `${String(stale)} stale`).replace(' · ', ', ')}.`,
    },
  };
}

function projectContent(tables: CacheTables, project: Project): readonly TreeNode[] {
  const problem = problemNode(project);
  if (problem !== undefined) return [problem];
  const state = tables.stateOf(project);
  if (state === undefined) return [];
  return [...stateNodes(state), ...state.tables.map((table) => tableNode(tables, state, table))];
}

/** A configuration that cannot be used, in the place of its tables. */
function problemNode({ config, label, document, error }: Project): TreeNode | undefined {
  const id = nodeId('problem', config);
  const subject = { kind: 'project', config } as const;
  if (error !== undefined) return failureNode(id, error, { subject, prompted: false, embedded: false });
  const problems = document?.problems.filter(({ severity }) => severity === 'error') ?? [];
  const [first, ...others] = problems;
  if (first === undefined) return undefined;
  const sentence = firstSentence(first.message);
  const more = others.length === 0 ? undefined : `and ${formatNumberOf(others.length, 'more', 'more')}`;
  return {
    id,
    subject,
    item: {
      label: sentence,
      description: joinFacts(`${label}:${String(first.line)}`, more),
      tooltip: paragraphs(
        ...problems
          .slice(0, 10)
          .map(({ line, message, suggestion }) =>
            plain(`Line ${String(line)}: ${message}${suggestion === undefined ? '' : ` Did you mean ${suggestion}?`}`),
          ),
      ),
      icon: { id: 'error', color: 'list.errorForeground' },
      action: { kind: 'open', title: 'Open Configuration', file: config, line: first.line, column: first.column },
      spoken: `${label}, line ${String(first.line)}: ${sentence} Open Configuration`,
    },
  };
}

/** What keeps the tables from being looked at, above them: what was known of them stays. */
function stateNodes(state: TargetState): readonly TreeNode[] {
  const { project, target, error, sourceError } = state;
  const id = nodeId('state', project.config, target.name);
  const subject = { kind: 'target', config: project.config, target: target.name } as const;
  const embedded = target.kind === 'embedded';
  if (state.state === 'stopped') return [stoppedNode(id, subject)];
  const nodes: TreeNode[] = [];
  if (state.state === 'failed' && error !== undefined) {
    nodes.push(failureNode(id, error, { subject, embedded, prompted: target.secrets.length > 0 }));
  }
  if (sourceError !== undefined) nodes.push(sourceFailureNode(nodeId(id, 'source'), state, sourceError));
  return nodes;
}

function sourceFailureNode(
  id: string,
  { project }: TargetState,
  error: NonNullable<TargetState['sourceError']>,
): TreeNode {
  const node = failureNode(id, error, {
    subject: { kind: 'source', config: project.config },
    prompted: (project.document?.source?.secrets.length ?? 0) > 0,
    embedded: false,
  });
  return { ...node, item: { ...node.item, icon: { id: 'warning', color: 'list.warningForeground' } } };
}

function tableNode(tables: CacheTables, state: TargetState, table: TableState): TreeNode {
  const { project, target } = table;
  const id = tableNodeId(table);
  const { now } = tables;
  return {
    id,
    subject: { kind: 'table', config: project.config, target: target.name, table: table.table.name },
    item: tableItem(table, { now, targetState: state.state, seenAt: state.seenAt, run: tables.runOf(table) }),
    children: childrenOf(id, table, tables.descriptionOf(table), now),
  };
}

function childrenOf(
  id: string,
  table: TableState,
  description: Description | undefined,
  now: number,
): TreeNode['children'] {
  if (description === undefined) return 'unread';
  if (description.document !== undefined) return partNodes(id, table, description.document, now);
  const { project, target } = table;
  return [
    failureNode(nodeId(id, 'failure'), description.error, {
      subject: { kind: 'table', config: project.config, target: target.name, table: table.table.name },
      prompted: target.secrets.length > 0,
      embedded: target.kind === 'embedded',
    }),
  ];
}
