import { formatBytes, formatRows } from '../protocol/figures.ts';
import type { PlanDocument, PlannedColumn } from '../protocol/protocol.ts';
import { describeWarning } from './describe-event.ts';
import type { Style } from './style.ts';

const labelWidth = 12;

/** Warnings that say what the plan shows in sections of its own. */
const shownAsSections: ReadonlySet<string> = new Set(['drift', 'drift.lost']);

/** A plan for people; with the statement that extracts the rows where it is asked for. */
export function formatPlan(
  plan: PlanDocument,
  target: string,
  style: Style,
  options: { readonly sql: boolean },
): string {
  const label = (text: string): string => `  ${style.dim(text.padEnd(labelWidth))}`;
  const lines = [
    style.bold(plan.table),
    `${label('source')}${plan.source}`,
    `${label('target')}${plan.relation.name} in ${target}, ${describeTarget(plan)}`,
    `${label('key')}${plan.key.length === 0 ? 'none' : plan.key.join(', ')}`,
    `${label('mode')}${plan.mode.mode}: ${plan.mode.reason}`,
    `${label('extract')}${plan.extract.path}: ${plan.extract.reason}`,
    `${label('swap')}${plan.swap.strategy}: ${plan.swap.reason}`,
    ...section('columns', formatColumns(plan.columns), label),
    ...section(
      'drift',
      plan.drift.statements.map((statement) => style.yellow(`${statement};`)),
      label,
    ),
    ...section(
      'dropped',
      plan.drift.lost.map(({ kind, name }) => `${kind} ${name}`),
      label,
    ),
    ...section(
      'indexes',
      plan.indexes.map(({ name, definition, action }) => `${action.padEnd(5)}${name}  ${style.dim(definition)}`),
      label,
    ),
    ...section(
      'kept with it',
      plan.dependents.map(({ kind, name }) => (kind === 'pin' ? name : `${kind} ${name}`)),
      label,
    ),
    ...plan.warnings
      .filter(({ code }) => !shownAsSections.has(code))
      .map((warning) => `  ${style.yellow('warning:')} ${describeWarning(warning)}`),
  ];
  if (options.sql) lines.push(...section('SQL', plan.extract.sql.split('\n'), label));
  return lines.join('\n');
}

function section(title: string, entries: readonly string[], label: (text: string) => string): string[] {
  return entries.map((entry, index) => `${label(index === 0 ? title : '')}${entry}`);
}

function describeTarget({ relation }: PlanDocument): string {
  if (!relation.exists) return 'which will be created';
  const rows = relation.estimatedRows === null ? '' : `about ${formatRows(relation.estimatedRows)}`;
  const bytes = relation.bytes === null ? '' : formatBytes(relation.bytes);
  const figures = [rows, bytes].filter((figure) => figure !== '').join(', ');
  return figures === '' ? 'which exists' : `which exists (${figures})`;
}

function formatColumns(columns: readonly PlannedColumn[]): string[] {
  const widest = (select: (column: PlannedColumn) => string): number =>
    Math.max(0, ...columns.map((column) => select(column).length));
  const nameWidth = widest(({ name }) => name);
  const typeWidth = widest(({ type }) => type);
  return columns.map((column) => {
    const origin = {
      source: `from ${column.source ?? ''} ${column.sourceType ?? ''}`,
      computed: `computed: ${column.expression ?? ''}`,
      default: column.expression === null ? 'NULL' : `default: ${column.expression}`,
    }[column.filledBy];
    const added = column.added ? ' (added)' : '';
    return `${column.name.padEnd(nameWidth)}  ${column.type.padEnd(typeWidth)}  ${origin}${added}`.trimEnd();
  });
}
