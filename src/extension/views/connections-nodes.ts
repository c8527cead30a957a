import type { LocalPartState, LocalStatusDocument, ProjectTarget } from '../../worker/protocol/protocol.ts';
import type { Connection, ConnectionTest } from '../model/connection-tests.ts';
import type { Project } from '../model/project.ts';
import type { TargetState } from '../model/target-state.ts';
import { joinFacts } from '../format.ts';
import { sourceItem, sourceState, targetConnectionState, targetItem, type ConnectionState } from './connection-item.ts';
import { contextValue } from './context-value.ts';
import { failureNode, type FailureContext } from './failure-node.ts';
import { nodeId } from './node-id.ts';
import type { ItemIcon, TreeNode } from './tree-node.ts';

/** What the tree of connections is made of. */
export interface Connections {
  readonly projects: readonly Project[];
  readonly stateOf: (project: Project, target: string) => TargetState | undefined;
  readonly testOf: (connection: Connection) => ConnectionTest | undefined;
  readonly local: LocalStatusDocument | undefined;
  readonly now: number;
}

/** The whole tree: both ends of each configuration, and what of Snowmelt runs on this machine. */
export function connectionsNodes(connections: Connections): readonly TreeNode[] {
  const readable = connections.projects.filter(({ document }) => document !== undefined && document.source !== null);
  const [only, ...others] = readable;
  return [
    ...(only === undefined
      ? []
      : others.length === 0
        ? endNodes(connections, only)
        : readable.map((project) => projectNode(connections, project))),
    ...localNodes(connections.local, only === undefined),
  ];
}

function projectNode(connections: Connections, project: Project): TreeNode {
  return {
    id: nodeId('project', project.config),
    subject: { kind: 'project', config: project.config },
    expanded: true,
    children: endNodes(connections, project),
    item: {
      label: project.label,
      icon: { id: 'file-code' },
      contextValue: contextValue('project'),
      spoken: `Connections of ${project.label}.`,
    },
  };
}

function endNodes(connections: Connections, project: Project): readonly TreeNode[] {
  const { document } = project;
  if (document === undefined) return [];
  return [
    ...(document.source === null ? [] : [sourceNode(connections, project, document.source)]),
    ...document.targets.map((target) => targetNode(connections, project, target)),
  ];
}

function sourceNode(
  { testOf, stateOf, now }: Connections,
  project: Project,
  source: NonNullable<NonNullable<Project['document']>['source']>,
): TreeNode {
  const subject = { kind: 'source', config: project.config } as const;
  const prompted = source.secrets.length > 0;
  const looked = project.target === undefined ? undefined : stateOf(project, project.target);
  const state = sourceState(testOf({ side: 'source', project }), looked);
  const id = nodeId('source', project.config);
  return {
    id,
    subject,
    item: sourceItem({ description: source.description, prompted }, state, subject, now),
    ...failureBelow(id, state, { subject, prompted, embedded: false }),
  };
}

function targetNode({ testOf, stateOf, now, local }: Connections, project: Project, target: ProjectTarget): TreeNode {
  const { config } = project;
  const subject = { kind: 'target', config, target: target.name } as const;
  const looked = stateOf(project, target.name);
  const state = targetConnectionState(testOf({ side: 'target', project, target: target.name }), looked);
  const isDefaultFolder = target.dataDir === null;
  const running =
    looked?.state === 'ready' ||
    (isDefaultFolder && looked?.state !== 'stopped' && local?.postgres.state === 'running');
  const chosen = project.target === target.name && (project.document?.targets.length ?? 0) > 1;
  const id = nodeId('target', config, target.name);
  const context = { subject, prompted: target.secrets.length > 0, embedded: target.kind === 'embedded' };
  return {
    id,
    subject,
    item: targetItem(target, state, { subject, chosen, running, now }),
    ...failureBelow(id, state, context),
  };
}

/** What to do about a connection that failed: one line below it. */
function failureBelow(
  id: string,
  { error }: ConnectionState,
  context: FailureContext,
): Pick<TreeNode, 'children' | 'expanded'> {
  if (error === undefined) return {};
  return { expanded: true, children: [failureNode(nodeId(id, 'failure'), error, context)] };
}

/** Not worth mentioning to somebody who has no configuration and runs nothing: the view then says how to begin. */
function localNodes(local: LocalStatusDocument | undefined, isAlone: boolean): readonly TreeNode[] {
  if (local === undefined) return [];
  const { postgres, snowflake } = local;
  if (isAlone && postgres.state === 'stopped' && snowflake.state === 'stopped') return [];
  const label = 'On this machine';
  return [
    {
      id: nodeId('local'),
      expanded: isAlone,
      item: {
        label,
        description: joinFacts(
          ...[postgres, snowflake].map(({ state }, index) => state !== 'stopped' && partNames[index]),
        ),
        icon: { id: 'vm' },
        spoken: 'What of Snowmelt runs on this machine.',
      },
      children: [
        partNode(
          'postgres',
          partNames[0],
          postgres,
          contextValue('embedded', postgres.state === 'running' && 'embeddedRunning'),
        ),
        partNode('snowflake', partNames[1], snowflake, undefined),
      ],
    },
  ];
}

const partNames = ['PostGIS', 'Snowflake stand-in'] as const;

const partIcons: Readonly<Record<LocalPartState['state'], ItemIcon>> = {
  running: { id: 'vm-running', color: 'testing.iconPassed' },
  starting: { id: 'loading~spin' },
  stopped: { id: 'vm-outline', color: 'disabledForeground' },
};

function partNode(id: string, label: string, part: LocalPartState, context: string | undefined): TreeNode {
  const facts = joinFacts(part.state, part.url !== null && addressOf(part.url));
  return {
    id: nodeId('local', id),
    item: {
      label,
      description: facts,
      icon: partIcons[part.state],
      contextValue: context,
      spoken: `Local ${label}: ${facts.replace(' · ', ', ')}.`,
    },
  };
}

/** Host, port and database; never a user or password. */
function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}
