import type { SyncOutcome, TableOutcome } from '../commands/sync.ts';
import { formatBytes, formatCount, formatDuration, formatRows } from '../protocol/figures.ts';
import type { Style } from './style.ts';

/** The line that a successful table ends with. */
export function formatSynced(outcome: Extract<TableOutcome, { status: 'success' }>, style: Style): string {
  const { table, result } = outcome;
  const rate = result.ms > 0 ? `, ${formatCount((result.rowsSynced / result.ms) * 1_000)} rows/s` : '';
  return (
    `${style.green('synced')} ${style.bold(table)}: ${formatRows(result.rowsSynced)}, ${formatBytes(result.bytes)} ` +
    `in ${formatDuration(result.ms)}${rate}; generation ${result.generation}, ${result.strategy}`
  );
}

/** The line after several tables. */
export function formatSyncTotal({ target, tables }: SyncOutcome): string {
  const synced = tables.flatMap((outcome) => (outcome.status === 'success' ? [outcome.result] : []));
  const rows = synced.reduce((sum, { rowsSynced }) => sum + rowsSynced, 0);
  const failed = tables.length - synced.length;
  const failures = failed === 0 ? '' : `; ${failed} failed`;
  return `${synced.length} of ${tables.length} tables synced into ${target}, ${formatRows(rows)}${failures}.`;
}
