import type { SyncResult } from '../../sync-core/sync.ts';
import type { SyncOutcome, TableOutcome } from '../commands/sync.ts';
import { formatBytes, formatCount, formatDuration, formatRows } from '../protocol/figures.ts';
import type { Style } from './style.ts';

/** The line that a successful table ends with. */
export function formatSynced(outcome: Extract<TableOutcome, { status: 'success' }>, style: Style): string {
  const { table, result } = outcome;
  if (result.mode.choice !== 'full') return formatChanged(table, result, style);
  const rate = result.ms > 0 ? `, ${formatCount((result.rowsSynced / result.ms) * 1_000)} rows/s` : '';
  return (
    `${style.green('synced')} ${style.bold(table)}: ${formatRows(result.rowsSynced)}, ${formatBytes(result.bytes)} ` +
    `in ${formatDuration(result.ms)}${rate}; generation ${result.generation}, ${result.strategy}` +
    (result.mode.fallback ? `; a full refresh: ${result.mode.reason}` : '')
  );
}

function formatChanged(
  table: string,
  { mode, changes, finalCount, bytes, ms, generation }: SyncResult,
  style: Style,
): string {
  const took = `in ${formatDuration(ms)}; generation ${generation}, ${mode.choice}`;
  const { inserted, updated, deleted } = changes ?? { inserted: 0, updated: 0, deleted: 0 };
  if (inserted + updated + deleted === 0) {
    const found = mode.choice === 'changes' ? ', nothing has changed' : ' compared, nothing to change';
    return `${style.green('fresh')} ${style.bold(table)}: ${formatRows(finalCount)}${found}, ${took}`;
  }
  const counts = `${formatCount(inserted)} inserted, ${formatCount(updated)} updated, ${formatCount(deleted)} deleted`;
  return `${style.green('synced')} ${style.bold(table)}: ${formatRows(finalCount)}: ${counts}, ${formatBytes(bytes)} ${took}`;
}

/** The line after several tables. */
export function formatSyncTotal({ target, tables }: SyncOutcome): string {
  const synced = tables.flatMap((outcome) => (outcome.status === 'success' ? [outcome.result] : []));
  const rows = synced.reduce((sum, { finalCount }) => sum + finalCount, 0);
  const failed = tables.length - synced.length;
  const failures = failed === 0 ? '' : `; ${failed} failed`;
  return `${synced.length} of ${tables.length} tables synced into ${target}, ${formatRows(rows)}${failures}.`;
}
