import type { Refreshing } from '../refreshing.ts';
import { dropStaging } from '../stage/staging.ts';
import type { Staging } from '../stage/target-table.ts';

/**
 * The part of a table's rows, 0 to 1, that may differ: beyond it, changing rows one by one takes longer than loading all of them.
 * Measured at 1,000,000 rows: see docs/decisions.md.
 */
export const differingLimit = 0.2;

/** So few rows are always brought over by themselves. */
const fewRows = 1_000;

/** How many rows may differ before all rows are brought over instead. */
export function mostDifferences(sourceRows: number, limit: number = differingLimit): number {
  return Math.floor(Math.max(fewRows, sourceRows * limit));
}

/** Of a run that has found nothing to bring over. */
export const nothingChanged = {
  rowsSynced: 0,
  changes: { inserted: 0, updated: 0, deleted: 0 },
  bytes: 0,
  sourceQueryId: null,
} as const;

/** How long the removal of staged rows waits for a lock, in ms. What it cannot remove, the next run will. */
const dropLockTimeoutMs = 5_000;

/** Removes staged rows that do not become live, so that a full refresh can take their place in the same run. */
export async function dropDifferences({ claimed, work }: Refreshing, staging: Staging): Promise<void> {
  await dropStaging(work, staging.relation, dropLockTimeoutMs);
  claimed.hasStaged();
}
