import { formatBytes } from '../../worker/protocol/figures.ts';
import type { PlanDocument, PlannedColumn, PlannedDrift, PlansDocument } from '../../worker/protocol/protocol.ts';
import { formatEstimate, formatNumberOf, joinFacts } from '../format.ts';
import { code, failedSection, muted, openConfiguration, text } from './report-blocks.ts';
import type { ReportBlock, ReportCell, ReportFact, ReportSection, ReportView } from './report-view.ts';

/** Warnings that say what the report shows as blocks of their own. */
const shownAsBlocks: ReadonlySet<string> = new Set(['drift', 'drift.lost', 'index.added']);

/** What a sync would do, as a report. @param at when it was planned, in ms since the epoch. */
export function planReport(document: PlansDocument, project: string, at: number): ReportView {
  const { target, tables } = document;
  const [only] = tables;
  const failed = tables.filter(({ status }) => status === 'failed').length;
  const drifted = tables.filter((table) => table.status === 'success' && hasDrift(table.drift)).length;
  return {
    title: tables.length === 1 && only !== undefined ? `Plan of ${only.table}` : `Plan of ${target}`,
    subtitle: joinFacts(`Target ${target}`, project),
    summary: [
      `${formatNumberOf(tables.length - failed, 'table was', 'tables were')} planned; nothing was written.`,
      drifted > 0 && `${formatNumberOf(drifted, 'has', 'have')} a source whose columns are not the table’s.`,
      failed > 0 && `${formatNumberOf(failed, 'could', 'could')} not be planned.`,
    ]
      .filter((sentence) => sentence !== false)
      .join(' '),
    tone: failed > 0 ? 'bad' : drifted > 0 ? 'warning' : 'good',
    at,
    sections: tables.map((table) =>
      table.status === 'failed' ? failedSection(table, { action: 'plan', label: 'Plan Again' }) : planSection(table),
    ),
  };
}

function planSection(plan: PlanDocument): ReportSection {
  return {
    table: plan.table,
    badge: badgeOf(plan),
    blocks: [
      { kind: 'facts', facts: factsOf(plan) },
      ...plan.warnings
        .filter((warning) => !shownAsBlocks.has(warning.code))
        .map(({ message, remedy }): ReportBlock => ({
          kind: 'notice',
          tone: 'warning',
          message,
          remedy: remedy ?? null,
        })),
      ...driftBlocks(plan.drift),
      columnsBlock(plan.columns),
      ...indexesBlock(plan),
      ...dependentsBlock(plan),
      { kind: 'sql', title: 'Statement that extracts the rows', text: plan.extract.sql, folded: true },
    ],
    actions: [{ action: 'sync', label: 'Sync' }, { action: 'plan', label: 'Plan Again' }, openConfiguration],
  };
}

function badgeOf({ relation, drift }: PlanDocument): ReportSection['badge'] {
  if (!relation.exists) return { text: 'Will be created', tone: 'neutral' };
  if (hasDrift(drift)) return { text: 'Columns change', tone: 'warning' };
  return { text: 'No drift', tone: 'good' };
}

function hasDrift({ added, dropped, retyped }: PlannedDrift): boolean {
  return added.length + dropped.length + retyped.length > 0;
}

function factsOf({ source, relation, key, mode, swap, extract }: PlanDocument): ReportFact[] {
  const { name, exists, estimatedRows, bytes } = relation;
  const size = joinFacts(
    estimatedRows !== null && `${formatEstimate(estimatedRows, false)} rows`,
    bytes !== null && formatBytes(bytes),
  );
  return [
    { label: 'Source', value: source },
    { label: 'Relation', value: name, reason: exists ? size : 'does not exist yet' },
    { label: 'Key', value: key.length === 0 ? 'none' : key.join(', ') },
    { label: 'Mode', value: mode.mode, reason: mode.reason },
    { label: 'Strategy', value: swap.strategy, reason: swap.reason },
    { label: 'Extract path', value: extract.path, reason: extract.reason },
  ];
}

function driftBlocks({ added, dropped, retyped, lost, statements }: PlannedDrift): ReportBlock[] {
  const rows: ReportCell[][] = [
    ...added.map(({ column, type }) => [text('added', 'added'), code(column), muted(''), code(type, 'added')]),
    ...dropped.map((column) => [text('dropped', 'removed'), code(column), muted(''), muted('')]),
    ...retyped.map(({ column, from, to }) => [
      text('retyped', 'changed'),
      code(column),
      code(from),
      code(to, 'changed'),
    ]),
    ...lost.map(({ kind, name }) => [text('lost', 'removed'), code(`${kind} ${name}`), muted(''), muted('')]),
  ];
  if (rows.length === 0) return [];
  const ddl = statements.map((statement) => `${statement};`).join('\n');
  return [
    { kind: 'table', title: 'Drift', columns: ['Change', 'What', 'Now', 'After'], rows, folded: false },
    { kind: 'sql', title: 'Drift as DDL', text: ddl, folded: false },
  ];
}

function columnsBlock(columns: readonly PlannedColumn[]): ReportBlock {
  return {
    kind: 'table',
    title: `Columns (${columns.length})`,
    columns: ['Column', 'Type in Postgres', 'Filled by', 'Type in Snowflake'],
    rows: columns.map((column) => [
      code(column.name, column.added ? 'added' : undefined),
      code(column.type),
      originOf(column),
      column.sourceType === null ? muted('') : code(column.sourceType),
    ]),
    folded: columns.length > 24,
  };
}

function originOf({ filledBy, source, expression }: PlannedColumn): ReportCell {
  switch (filledBy) {
    case 'source':
      return code(source ?? '');
    case 'computed':
      return text(`computed: ${expression ?? ''}`);
    case 'default':
      return muted(expression === null ? 'NULL' : `default: ${expression}`);
  }
}

function indexesBlock({ indexes }: PlanDocument): ReportBlock[] {
  if (indexes.length === 0) return [];
  return [
    {
      kind: 'table',
      title: `Indexes (${indexes.length})`,
      columns: ['Index', 'Action', 'Definition'],
      rows: indexes.map(({ name, action, definition }) => [
        code(name),
        action === 'add' ? text('added', 'added') : muted('kept'),
        code(definition),
      ]),
      folded: false,
    },
  ];
}

function dependentsBlock({ dependents }: PlanDocument): ReportBlock[] {
  if (dependents.length === 0) return [];
  return [
    {
      kind: 'table',
      title: `Kept with the table (${dependents.length})`,
      columns: ['Kind', 'Name'],
      rows: dependents.map(({ kind, name }) => [text(kind), code(name)]),
      folded: dependents.length > 24,
    },
  ];
}
