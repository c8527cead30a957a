import type { ColumnDifference, RowDifference, Verification } from '../../sync-core/verify/verification.ts';
import { formatCount, formatDuration, formatRows } from '../protocol/figures.ts';
import type { Style } from './style.ts';

/** Characters of a value that a line shows. */
const shownValue = 60;

/** What a person reads of a table that was compared. */
export function formatVerification(verification: Verification, style: Style): string {
  const { status, table, level, sourceRows, targetRows, snapshot, otherColumns, ms } = verification;
  const moment = snapshot === null ? 'without a snapshot' : `as of ${snapshot}`;
  const how = `${level}, ${moment}, ${formatDuration(ms)}`;
  const first =
    status === 'equal'
      ? `${style.green('equal')} ${style.bold(table)}: ${formatRows(sourceRows)} (${how})`
      : `${style.red('different')} ${style.bold(table)}: ${formatCount(sourceRows)} at the source, ` +
        `${formatCount(targetRows)} in the target (${how})`;
  return [
    first,
    ...foundLines(verification),
    ...otherColumns.map(({ column, reason }) => `  not hashed: ${column}: ${reason}`),
  ].join('\n');
}

function foundLines({
  missing,
  extra,
  different,
  buckets,
  columnGroups,
  rows,
  status,
  repaired,
}: Verification): string[] {
  if (status === 'equal' || buckets === null) return [];
  if (missing === null || extra === null || different === null) {
    const columns = columnGroups.filter(({ equal }) => !equal).flatMap((group) => group.columns);
    const among = columns.length === 0 ? '' : `; among the columns ${columns.join(', ')}`;
    const of = `${formatCount(buckets.different)} of ${formatCount(buckets.compared)}`;
    return [`  ${of} buckets of the key differ${among}; --level diff finds the rows`];
  }
  const total = missing + extra + different;
  const more = total - rows.reduce((sum, { copies }) => sum + copies, 0);
  return [
    `  ${formatCount(missing)} missing, ${formatCount(extra)} extra, ${formatCount(different)} different`,
    ...rows.map((row) => `  ${formatRowDifference(row)}`),
    ...(more > 0 ? [`  and ${formatCount(more)} more; --limit shows more of them`] : []),
    ...(repaired > 0 ? [`  repaired ${formatRows(repaired)}`] : []),
  ];
}

/** `different id = 7: name "road 7" at the source, NULL in the target` */
export function formatRowDifference({ kind, key, columns, copies }: RowDifference): string {
  const names = Object.entries(key).map(([name, value]) => `${name} = ${value ?? 'NULL'}`);
  const keyless = columns.map((column) => `${column.column} = ${shorten(column.source ?? column.target)}`);
  const which = (names.length > 0 ? names : keyless).join(', ');
  const times = copies > 1 ? ` (${formatCount(copies)} times)` : '';
  const values = kind === 'different' ? `: ${columns.map(formatColumn).join('; ')}` : '';
  return `${kind} ${which}${times}${values}`;
}

function formatColumn({ column, source, target }: ColumnDifference): string {
  return `${column} ${shorten(source)} at the source, ${shorten(target)} in the target`;
}

function shorten(value: string | null): string {
  if (value === null) return 'NULL';
  const shown = value.length <= shownValue ? value : `${value.slice(0, shownValue)}…`;
  return JSON.stringify(shown);
}
