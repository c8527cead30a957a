import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';

/**
 * Refuses a source that is empty or has shrunk by more than the configuration allows.
 * @param liveRows rows of the live table; null where there is none.
 * @throws SyncError `guard.empty` or `guard.shrunk` with the numbers.
 */
export function guardRowCount(config: TableConfig, sourceRows: number, liveRows: number | null): void {
  if (liveRows === null || liveRows === 0) return;
  if (sourceRows === 0) {
    throw new SyncError('guard.empty', `${config.name}: the source is empty, and the table has ${liveRows} rows.`, {
      table: config.name,
      remedy: 'Nothing was changed. If it is meant to be empty, sync it with --force.',
      details: { sourceRows, liveRows },
    });
  }
  if (sourceRows < liveRows * (1 - config.maxShrink)) {
    const percent = Math.round((1 - sourceRows / liveRows) * 100);
    throw new SyncError(
      'guard.shrunk',
      `${config.name}: the source has ${sourceRows} rows, ${percent} % fewer than the ${liveRows} of the table.`,
      {
        table: config.name,
        remedy: `Nothing was changed. If that is right, sync it with --force, or raise "maxShrink" (now ${config.maxShrink}).`,
        details: { sourceRows, liveRows, maxShrink: config.maxShrink },
      },
    );
  }
}
