import type { Refreshed, Refreshing } from '../refreshing.ts';
import { prepareContent } from '../stage/prepare-staging.ts';
import { makeLive, recordUnchanged } from '../make-live.ts';
import { SyncError } from '../errors.ts';
import {
  areSame,
  compareBuckets,
  comparisonBounds,
  firstBits,
  type BucketsComparison,
} from '../verify/bucket-comparison.ts';
import { sourceSide, targetSide, type ComparedSide } from '../verify/compared-side.ts';
import { describeComparison, type Comparison } from '../verify/comparison.ts';
import { guardRowCount } from '../verify/guards.ts';
import { takeSnapshot } from '../verify/source-snapshot.ts';
import { DifferenceStaging } from './difference-staging.ts';
import { differingLimit, dropDifferences, mostDifferences, nothingChanged } from './differences.ts';
import type { Fallback } from './fallback.ts';
import { offsetAt, type SourceOffset } from './source-offset.ts';

/** How far a comparison goes before all rows are brought over instead. */
export interface RowDiffLimits {
  /** The part of the table's rows, 0 to 1, that may be in buckets that differ. */
  readonly inDifferentBuckets: number;
  /** The part of the table's rows, 0 to 1, that may differ. */
  readonly differing: number;
}

/**
 * Measured at 1,000,000 rows: see docs/decisions.md. Beyond the first, changes are scattered and comparing goes on and on; beyond the
 * second, changing rows one by one takes longer than loading all of them.
 */
export const rowDiffLimits: RowDiffLimits = { inDifferentBuckets: 0.5, differing: differingLimit };

export const noRowDiffLimits: RowDiffLimits = { inDifferentBuckets: 1, differing: 1 };

/**
 * Compares both sides by hashes and brings over the rows that differ, in one transaction that leaves every other row's physical version
 * as it is. A table that is equal stays as it is, without a new generation, and is recorded as fresh.
 * @param options `recordedAs`: the strategy as the history has it, where that is not the plan's; `allColumns`: fetches the columns that
 * cannot be hashed, of every row, and brings over rows that differ in those alone.
 * @throws SyncError `guard.…`; `source.duplicateKey` or `source.nullKey` before anything is changed.
 */
export async function refreshByRowDiff(
  refreshing: Refreshing,
  options: { readonly limits?: RowDiffLimits; readonly recordedAs?: string; readonly allColumns?: boolean } = {},
): Promise<Refreshed | Fallback> {
  const { claimed, plan, work, force } = refreshing;
  const { config, run } = claimed;
  const { limits = rowDiffLimits, recordedAs, allColumns = false } = options;

  const startedAt = new Date();
  const compared = await run.step('extract', async () => {
    const sides = await compare(refreshing);
    const { sourceRows, targetRows, different, division } = sides.found;
    const message = `Compared ${sourceRows} rows by hash in ${2 ** division.block} buckets: ${different.length} differ.`;
    run.emit({ kind: 'detail', step: 'extract', message });
    if (!force) guardRowCount(config, sourceRows, targetRows);
    return sides;
  });
  const { comparison, source, found } = compared;
  const { record } = plan;
  const isWhole = comparison.unhashedColumns.length === 0 || allColumns;
  const facts = {
    sourceSnapshot: (comparison.snapshot.at ?? startedAt).toISOString(),
    // Columns that were not compared are as old as they were.
    sourceToken: isWhole ? refreshing.sourceToken : (record?.sourceToken ?? null),
    sourceOffset: isWhole ? offsetOf(comparison) : null,
    strategy: recordedAs ?? plan.strategy.choice,
  };

  const toFetch = allColumns && comparison.unhashedColumns.length > 0;
  const isKnown = record !== undefined && record.oid === plan.target.live?.oid;
  if (found.different.length === 0 && !toFetch && plan.target.newIndexes.length === 0 && isKnown) {
    const generation = await run.step('swap', () =>
      recordUnchanged({ claimed, plan, work, rows: found.sourceRows }, facts),
    );
    return { ...nothingChanged, finalCount: found.sourceRows, generation };
  }
  if (isScattered(found, limits)) {
    return { fallback: 'its changes are scattered over more than half of the rows, so that all rows take less time' };
  }

  const staging = new DifferenceStaging(refreshing, comparison);
  const most = mostDifferences(found.sourceRows, limits.differing);
  const fallback = await run.step('stage', async () => {
    const reason = await staging.load(compared, { most, unhashed: toFetch });
    if (reason !== undefined) return reason;
    await prepareContent(work, plan.target, staging.staging, config, true);
    return undefined;
  });
  const reason = fallback ?? (await run.step('verify', () => confirm(comparison, source, found)));
  if (reason !== undefined) {
    await dropDifferences(refreshing, staging.staging);
    return { fallback: reason };
  }
  const { arrived } = staging;
  run.emit({ kind: 'arrived', rows: arrived.rows, bytes: arrived.bytes });

  return makeLive(
    {
      claimed,
      plan,
      staging: staging.staging,
      work,
      partial: true,
      rows: found.sourceRows,
      rowsSynced: arrived.rows,
    },
    { ...facts, bytes: arrived.bytes, sourceQueryId: staging.queryId },
  );
}

/** Up to where the rows follow the source now: a repair of a table that is kept up to date by its changes must not have them applied again. */
function offsetOf({ config, snapshot }: Comparison): SourceOffset | null {
  if (config.incremental?.mode !== 'changes' || snapshot.at === null) return null;
  return offsetAt(snapshot.at);
}

/** Two sides, and what all of their buckets have come to. */
export interface ComparedSides {
  readonly source: ComparedSide;
  readonly target: ComparedSide;
  readonly found: BucketsComparison;
}

/** What a comparison was made with, and what it has found. */
interface Compared extends ComparedSides {
  readonly comparison: Comparison;
}

async function compare({ claimed, plan, work, snowflake }: Refreshing): Promise<Compared> {
  const { config, signal } = claimed;
  const { live } = plan.target;
  if (live === null) throw new SyncError('internal', 'A table that does not exist cannot be compared.');
  const comparison = await describeComparison(config, live, await takeSnapshot(snowflake, config), work);
  const [source, target] = [sourceSide(snowflake, comparison, signal), targetSide(work, comparison)];
  const rows = Math.max(live.estimatedRows, plan.record?.rows ?? 0);
  const wanted = config.incremental?.mode === 'row-diff' ? config.incremental.buckets : undefined;
  const bits = wanted === undefined ? firstBits(rows) : Math.ceil(Math.log2(wanted));
  return { comparison, source, target, found: await compareBuckets(source, target, bits) };
}

/** Whether the hashes of so many rows would have to be looked through that loading all of them takes less time. */
function isScattered({ different, sourceRows }: BucketsComparison, limits: RowDiffLimits): boolean {
  const rows = different.reduce((sum, bucket) => sum + bucket.rows, 0);
  return rows > comparisonBounds.rowsAtOnce && rows > sourceRows * limits.inDifferentBuckets;
}

/**
 * Makes sure that a source without a snapshot has stayed as it was while its rows were fetched: they are those of one moment then.
 * @returns why they are not.
 */
async function confirm(
  comparison: Comparison,
  source: ComparedSide,
  found: BucketsComparison,
): Promise<string | undefined> {
  if (comparison.snapshot.at !== null) return undefined;
  if (areSame(found.source, await source.buckets(found.division, null))) return undefined;
  return 'the source changed while it was compared, and has no Time Travel';
}
