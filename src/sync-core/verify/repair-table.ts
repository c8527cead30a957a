import { claimedRun, type ClaimedRun } from '../claimed-run.ts';
import type { TableConfig } from '../config/resolved.ts';
import type { SyncEnvironment } from '../environment.ts';
import { SyncError } from '../errors.ts';
import { pruneGenerations } from '../ledger/prune-generations.ts';
import { hasDrifted } from '../plan/drift.ts';
import { planTable, type SyncPlan } from '../plan/plan-table.ts';
import { sourceParameters } from '../plan/source-query.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { PostgresSession } from '../postgres/session.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';
import { goneColumn } from '../stage/content-staging.ts';
import { loadRows } from '../stage/load-rows.ts';
import { createContentStaging, prepareContent } from '../stage/prepare-staging.ts';
import { stagingOf, storageName } from '../stage/staging.ts';
import type { Staging } from '../stage/target-table.ts';
import { swap } from '../swap/swap.ts';
import { compareBuckets, differingRows, firstBits, type HashDifference } from './bucket-comparison.ts';
import { signed, sourceSide, targetSide } from './compared-side.ts';
import { describeComparison, describeTarget, readingOptions, type Comparison } from './comparison.ts';
import { DifferenceTally } from './difference-tally.ts';
import { guardRowCount } from './guards.ts';
import { keysAtOnce } from './row-differences.ts';
import { sourceRowsOf } from './source-hashes.ts';
import { takeSnapshot } from './source-snapshot.ts';
import { targetKeyHash } from './target-hashes.ts';

/** What a repair works with. */
interface Repair {
  readonly claimed: ClaimedRun;
  readonly plan: SyncPlan;
  readonly comparison: Comparison;
  readonly staging: Staging;
  readonly work: PostgresSession;
  readonly snowflake: SnowflakeSession;
}

/**
 * Makes the rows of a table that differ equal to the source's, in one transaction, and leaves every other row untouched: its physical
 * version stays. Compares again, under the claim of the table, and is a run of the history that can be rolled back.
 * @returns how many rows differed.
 * @throws SyncError `usage` for a table without a key, `target.incompatible` where its columns are not the source's any more,
 * `guard.…`, and whatever a sync throws.
 */
export async function repairTable(environment: SyncEnvironment, config: TableConfig): Promise<number> {
  if (config.key.length === 0) {
    throw new SyncError('usage', `${config.name} has no key: single rows of it cannot be repaired.`, {
      table: config.name,
      remedy: `Give it a "key", or run \`snowmelt sync ${config.name}\`.`,
    });
  }
  return claimedRun(environment, config, async (claimed) => {
    const { run, control, ledger } = claimed;
    const work = await claimed.openPostgres();
    const snowflake = await claimed.openSnowflake(sourceParameters(config));
    const repair = await run.step('plan', () => planRepair(claimed, work, snowflake));
    const differing = await run.step('stage', () => stageDifferences(repair));
    const rows = await run.step('swap', () => apply(repair));
    claimed.hasStaged();
    for (const warning of await pruneGenerations(control, ledger, config)) run.emit({ kind: 'warning', warning });
    run.emit({ kind: 'run-finished', outcome: 'success', rows, bytes: 0, ms: run.elapsedMs });
    return differing;
  });
}

async function planRepair(claimed: ClaimedRun, work: PostgresSession, snowflake: SnowflakeSession): Promise<Repair> {
  const { config, ledger, run } = claimed;
  const live = await describeTarget(work, config);
  const planned = await planTable({ ...config, strategy: 'merge' }, snowflake, work, ledger);
  if (hasDrifted(planned.drift)) {
    throw new SyncError('target.incompatible', `${config.name}: its columns are not those of the source any more.`, {
      table: config.name,
      remedy: `Run \`snowmelt sync ${config.name}\`, which changes them.`,
    });
  }
  // Indexes of the configuration are a sync's business.
  const plan = { ...planned, target: { ...planned.target, newIndexes: [] } };
  const comparison = await describeComparison(config, live, await takeSnapshot(snowflake, config), work);
  return { claimed, plan, comparison, work, snowflake, staging: stagingOf(plan.target, run.id, ledger.names) };
}

/** Loads the source's rows that differ, and marks the keys of rows that go. @returns how many rows differ. */
async function stageDifferences(repair: Repair): Promise<number> {
  const { claimed, plan, comparison, staging, work, snowflake } = repair;
  const { config, signal } = claimed;
  await claimed.willStage(staging.relation, plan.source);
  await createContentStaging(work, plan.target, staging, true);
  const [source, target] = [sourceSide(snowflake, comparison, signal), targetSide(work, comparison)];
  const buckets = await compareBuckets(source, target, firstBits(comparison.live.estimatedRows));
  guardRowCount(config, buckets.sourceRows, buckets.targetRows);
  const tally = new DifferenceTally();
  for await (const differences of differingRows(source, target, buckets.different, { signal })) {
    tally.addHashes(differences);
    for (let start = 0; start < differences.length; start += keysAtOnce) {
      await stageRows(repair, differences.slice(start, start + keysAtOnce));
    }
  }
  await prepareContent(work, plan.target, staging, config, true);
  return tally.total;
}

async function stageRows(repair: Repair, differences: readonly HashDifference[]): Promise<void> {
  const { claimed, plan, comparison, staging, work, snowflake } = repair;
  const { config, run, signal } = claimed;
  const keys = (inSource: boolean): string[] =>
    differences.filter((difference) => difference.inSource === inSource).map(({ key }) => key);
  const present = keys(true);
  if (present.length > 0) {
    const options = { strip: config.onUnrepresentable === 'strip' };
    const statement = sourceRowsOf(comparison.snapshot.query, comparison.row, plan.fields, options, present);
    await loadRows(work, await snowflake.submit(statement), plan, staging, { run, signal });
  }
  const gone = keys(false).map(signed);
  if (gone.length === 0) return;
  const columns = config.key.map(quoteIdentifier).join(', ');
  await work.query(
    `INSERT INTO ${quoteRelation(staging.relation)} (${columns}, ${quoteIdentifier(goneColumn)})
     SELECT DISTINCT ${columns}, true FROM ${quoteRelation(config.target)} WHERE ${targetKeyHash(comparison.row)} = ANY ($1::bigint[])`,
    [gone],
    readingOptions(config),
  );
}

/** The merge and its record, in one transaction. @returns the rows of the table. */
async function apply({ claimed, plan, comparison, staging, work }: Repair): Promise<number> {
  const { config, run, newRun, ledger, control, signal } = claimed;
  const before = await ledger.table(control, config.target);
  let rows = 0;
  await swap(
    {
      tableName: config.name,
      strategy: 'merge',
      table: plan.target,
      key: config.key,
      staging,
      rows: 0,
      partial: true,
      indexes: [],
      retired: storageName(config.target, `__g${before?.generation ?? 0}`, ledger.names),
      keep: config.keepGenerations > 0,
      lockTimeoutMs: config.lockTimeoutMs,
      lockWaitMs: config.lockWaitMs,
      fence: (transaction) => ledger.fence(transaction, newRun),
      record: async (transaction, previous) => {
        const [row] = await transaction.query<{ count: string }>(
          `SELECT count(*) FROM ${quoteRelation(config.target)}`,
        );
        rows = Number(row?.count);
        await ledger.recordSuccess(transaction, newRun, {
          rows,
          bytes: 0,
          extractPath: plan.extractPath.choice,
          strategy: 'repair',
          stepMs: run.stepMs,
          warnings: plan.warnings,
          sourceQueryId: null,
          sourceToken: null,
          sourceSnapshot: comparison.snapshot.at?.toISOString() ?? null,
          configHash: newRun.configHash,
          sourceColumns: plan.sourceColumns,
          previous,
        });
      },
    },
    {
      work,
      control,
      signal,
      onWaiting: (holders, waitedMs) => {
        run.emit({ kind: 'waiting', reason: 'lock', holders, waitedMs });
      },
    },
  );
  return rows;
}
