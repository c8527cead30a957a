import { formatBytes, formatCount, formatRows } from '../../worker/protocol/figures.ts';
import type {
  Dependent,
  DescribedColumn,
  DescribedGeneration,
  DescribedIndex,
  TableDocument,
} from '../../worker/protocol/protocol.ts';
import { formatDateTime, formatMoment, joinFacts } from '../format.ts';
import { commands } from '../ids.ts';
import type { TableState } from '../model/target-state.ts';
import { contextValue } from './context-value.ts';
import { code, commandLink, factTable, paragraphs, plain } from './markdown.ts';
import { nodeId } from './node-id.ts';
import type { ItemIcon, TreeNode } from './tree-node.ts';

/** What is below a table: its columns, indexes, generations and what depends on it, each in a group. */
export function partNodes(id: string, table: TableState, document: TableDocument, now: number): readonly TreeNode[] {
  if (!document.exists) return [absentNode(id, table)];
  const groups = [
    group(
      id,
      'Columns',
      'symbol-field',
      document.columns.map((column) => columnNode(id, column)),
    ),
    group(
      id,
      'Indexes',
      'list-tree',
      document.indexes.map((index) => indexNode(id, index)),
    ),
    group(id, 'Generations', 'history', generationNodes(id, table, document.generations, now)),
    group(
      id,
      'Dependents',
      'references',
      document.dependents.map((dependent) => dependentNode(id, dependent)),
    ),
  ];
  return groups.filter(({ children }) => children !== undefined && children.length > 0);
}

function absentNode(id: string, table: TableState): TreeNode {
  const subject = subjectOf(table);
  const label = 'The table does not exist yet.';
  return {
    id: nodeId(id, 'absent'),
    item: {
      label,
      description: 'Sync',
      icon: { id: 'info' },
      action: { kind: 'command', title: 'Sync', command: commands.syncTable, subject },
      spoken: `${label} Sync creates it.`,
    },
  };
}

function group(id: string, label: string, icon: string, children: readonly TreeNode[]): TreeNode {
  return {
    id: nodeId(id, label),
    item: {
      label,
      description: formatCount(children.length),
      icon: { id: icon },
      spoken: `${label}: ${formatCount(children.length)}.`,
    },
    children,
  };
}

function columnNode(id: string, column: DescribedColumn): TreeNode {
  const { name, type, sourceType, notNull, key, generated, expression } = column;
  const from = sourceType === null ? (generated ? ' (computed)' : '') : ` ← ${sourceType}`;
  return {
    id: nodeId(id, 'Columns', name),
    item: {
      label: name,
      description: joinFacts(`${type}${from}`, notNull && !key && 'not null'),
      icon: columnIcon(column),
      tooltip: paragraphs(
        `**${plain(name)}**`,
        factTable(
          ['', ''],
          [
            ['Postgres', code(type)],
            ['Snowflake', sourceType === null ? undefined : code(sourceType)],
            ['Key', key ? 'yes' : undefined],
            ['Null', notNull ? 'not allowed' : 'allowed'],
            [generated ? 'Computed as' : 'Default', expression === null ? undefined : code(expression)],
          ],
        ),
        sourceType === null && !generated && 'No column of the source fills it.',
      ),
      spoken: `${[
        `Column ${name}`,
        type,
        sourceType !== null && `from ${sourceType} in Snowflake`,
        generated && 'computed by Postgres',
        key && 'key',
        notNull ? 'not null' : 'nullable',
      ]
        .filter((fact) => fact !== false)
        .join(', ')}.`,
    },
  };
}

function columnIcon({ key, generated, sourceType, type }: DescribedColumn): ItemIcon {
  if (key) return { id: 'key', color: 'charts.yellow' };
  if (generated) return { id: 'symbol-operator' };
  if (/^(?:geometry|geography)\b/.test(type)) return { id: 'globe' };
  return { id: sourceType === null ? 'symbol-constant' : 'symbol-field' };
}

function indexNode(id: string, index: DescribedIndex): TreeNode {
  const { name, definition, method, unique, primary, valid, bytes, columns } = index;
  const kind = primary ? 'primary key' : unique ? 'unique' : undefined;
  const of = `${method} (${columns.join(', ')})`;
  return {
    id: nodeId(id, 'Indexes', name),
    item: {
      label: name,
      description: joinFacts(!valid && 'invalid', of, kind, formatBytes(bytes)),
      icon: valid ? { id: primary ? 'key' : 'list-tree' } : { id: 'warning', color: 'list.warningForeground' },
      tooltip: paragraphs(
        `**${plain(name)}** · ${formatBytes(bytes)}`,
        code(definition),
        !valid &&
          '$(warning) Postgres does not use this index: building it has failed. A sync that renames builds it anew.',
      ),
      spoken: `${valid ? 'Index' : 'Invalid index'} ${name}, ${[kind, of, formatBytes(bytes)].filter(Boolean).join(', ')}.`,
    },
  };
}

function generationNodes(
  id: string,
  table: TableState,
  earlier: readonly DescribedGeneration[],
  now: number,
): readonly TreeNode[] {
  const { status } = table;
  const live = status?.generation ?? null;
  return [
    ...(status === undefined || live === null ? [] : [liveNode(id, live, status, now)]),
    ...earlier.map((generation) => earlierNode(id, table, generation, now)),
  ];
}

function liveNode(id: string, generation: number, status: NonNullable<TableState['status']>, now: number): TreeNode {
  const facts = joinFacts(
    'live',
    status.syncedRows !== null && formatRows(status.syncedRows),
    status.syncedAt !== null && `since ${formatMoment(Date.parse(status.syncedAt), now)}`,
    status.bytes !== null && formatBytes(status.bytes),
  );
  return {
    id: nodeId(id, 'Generations', generation),
    item: {
      label: `generation ${formatCount(generation)}`,
      description: facts,
      icon: { id: 'circle-filled', color: 'testing.iconPassed' },
      spoken: `Generation ${formatCount(generation)}: ${facts.replaceAll(' · ', ', ')}.`,
    },
  };
}

function earlierNode(id: string, table: TableState, described: DescribedGeneration, now: number): TreeNode {
  const { generation, rows, retiredAt, bytes } = described;
  const subject = { ...subjectOf(table), kind: 'generation', generation } as const;
  const facts = joinFacts(
    rows !== null && formatRows(rows),
    `until ${formatMoment(Date.parse(retiredAt), now)}`,
    formatBytes(bytes),
  );
  return {
    id: nodeId(id, 'Generations', generation),
    subject,
    item: {
      label: `generation ${formatCount(generation)}`,
      description: facts,
      icon: { id: 'circle-outline' },
      contextValue: contextValue('generation'),
      tooltip: paragraphs(
        `**generation ${formatCount(generation)}** was live until ${plain(formatDateTime(Date.parse(retiredAt)))}.`,
        commandLink('Roll Back…', commands.rollBack, subject),
      ),
      spoken: `Generation ${formatCount(generation)}: ${facts.replaceAll(' · ', ', ')}.`,
    },
  };
}

const dependents: Readonly<Record<Dependent['kind'], { readonly icon: string; readonly says: string }>> = {
  view: { icon: 'eye', says: 'view' },
  trigger: { icon: 'zap', says: 'trigger' },
  policy: { icon: 'shield', says: 'policy' },
  rule: { icon: 'law', says: 'rule' },
  publication: { icon: 'broadcast', says: 'publication' },
  statistics: { icon: 'graph', says: 'statistics' },
  sequence: { icon: 'symbol-numeric', says: 'sequence' },
  pin: { icon: 'pin', says: 'pins the table: merge is used' },
};

function dependentNode(id: string, { kind, name }: Dependent): TreeNode {
  const { icon, says } = dependents[kind];
  return {
    id: nodeId(id, 'Dependents', kind, name),
    item: {
      label: name,
      description: says,
      icon: { id: icon },
      tooltip:
        kind === 'pin'
          ? `${plain(name)} refers to this very table, so another cannot take its place. Its rows are merged, or truncated and inserted where it has no key.`
          : `Every sync keeps this ${says}.`,
      spoken: `${name}: ${says}.`,
    },
  };
}

function subjectOf({ project, target, table }: TableState) {
  return { kind: 'table', config: project.config, target: target.name, table: table.name } as const;
}
