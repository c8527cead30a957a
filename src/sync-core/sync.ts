import { claimedRun, type ClaimedRun } from './claimed-run.ts';
import type { TableConfig } from './config/resolved.ts';
import type { SyncEnvironment } from './environment.ts';
import { SyncError, type SyncStep } from './errors.ts';
import type { SyncWarning } from './events.ts';
import { pruneGenerations } from './ledger/prune-generations.ts';
import { planTable, type SyncPlan } from './plan/plan-table.ts';
import { sourceParameters } from './plan/source-query.ts';
import { readSourceToken } from './plan/source-token.ts';
import type { PostgresSession } from './postgres/session.ts';
import type { RowSource } from './snowflake/session.ts';
import { loadRows } from './stage/load-rows.ts';
import {
  buildIndexes,
  createContentStaging,
  createStaging,
  finishStaging,
  prepareContent,
} from './stage/prepare-staging.ts';
import { stagingOf, storageName } from './stage/staging.ts';
import { stagingIndexes } from './stage/staging-table.ts';
import type { Staging } from './stage/target-table.ts';
import type { SwapSessions } from './swap/lock-retries.ts';
import { swap } from './swap/swap.ts';
import { verifyArrival, type Arrival } from './verify/arrival.ts';
import { countLiveRows, countStagedRows } from './verify/count-rows.ts';
import { guardRowCount } from './verify/guards.ts';

export interface SyncOptions {
  /** Skips the guards against an empty or shrunken source. */
  readonly force: boolean;
}

/** What a sync did. */
export interface SyncResult {
  readonly table: string;
  readonly run: string;
  /** Rows that Snowflake sent, and that were loaded. */
  readonly rowsSynced: number;
  /** Rows counted in the new table. */
  readonly finalCount: number;
  /** Bytes of COPY text. */
  readonly bytes: number;
  readonly generation: number;
  readonly strategy: string;
  readonly extractPath: string;
  readonly sourceQueryId: string;
  readonly ms: number;
  readonly stepMs: Readonly<Partial<Record<SyncStep, number>>>;
  readonly warnings: readonly SyncWarning[];
}

/**
 * Makes one table equal to its source: plan → extract → stage → verify → swap, with the record of it in the swap's own
 * transaction. Until that commits no reader sees any change; if it does not, the live table is as it was, and what was
 * built beside it is removed here or, if this process dies, by the next run.
 * @throws SyncError with table, target and step.
 */
export async function syncTable(
  environment: SyncEnvironment,
  config: TableConfig,
  options: SyncOptions,
): Promise<SyncResult> {
  return claimedRun(environment, config, async (claimed) => {
    const { run, ledger, control } = claimed;
    const [work, snowflake] = await both(claimed.openPostgres(), claimed.openSnowflake(sourceParameters(config)));

    const [plan, sourceToken] = await run.step('plan', async () => {
      // Before the extract, so that a change in between makes the rows look older than they are, and never newer.
      const [planned, token] = await both(
        planTable(config, snowflake, work, ledger),
        readSourceToken(snowflake, config),
      );
      for (const warning of planned.warnings) run.emit({ kind: 'warning', warning });
      run.emit({
        kind: 'planned',
        source: planned.source,
        strategy: planned.strategy.choice,
        strategyReason: planned.strategy.reason,
        extractPath: planned.extractPath.choice,
        extractReason: planned.extractPath.reason,
      });
      return [planned, token] as const;
    });

    const snapshot = new Date();
    const source = await run.step('extract', async () => {
      const submitted = await snowflake.submit(plan.extractSql);
      run.emit({ kind: 'extracted', sourceQueryId: submitted.queryId, rows: submitted.rowCount });
      if (!options.force) guardRowCount(config, submitted.rowCount, await countLiveRows(work, ledger, plan.target));
      return submitted;
    });

    const staging = stagingOf(plan.target, run.id, ledger.names);
    const arrived = await run.step('stage', async () => {
      await claimed.willStage(staging.relation, plan.source);
      return stageRows({ claimed, plan, staging, source, work });
    });

    const finalCount = await run.step('verify', async () => {
      await verifyArrival(snowflake, source.queryId, arrived);
      run.emit({ kind: 'arrived', rows: arrived.rows, bytes: arrived.bytes });
      return countStagedRows(work, staging, arrived);
    });

    const generation = await run.step('swap', () =>
      swapAndRecord({ claimed, plan, staging, source, work, arrived, snapshot, sourceToken }),
    );
    claimed.hasStaged();

    for (const warning of await pruneGenerations(control, ledger, config)) run.emit({ kind: 'warning', warning });
    run.emit({ kind: 'run-finished', outcome: 'success', rows: arrived.rows, bytes: arrived.bytes, ms: run.elapsedMs });
    return {
      table: config.name,
      run: run.id,
      rowsSynced: arrived.rows,
      finalCount,
      bytes: arrived.bytes,
      generation,
      strategy: plan.strategy.choice,
      extractPath: plan.extractPath.choice,
      sourceQueryId: source.queryId,
      ms: run.elapsedMs,
      stepMs: run.stepMs,
      warnings: plan.warnings,
    };
  });
}

interface Loading {
  readonly claimed: ClaimedRun;
  readonly plan: SyncPlan;
  readonly staging: Staging;
  readonly source: RowSource;
  readonly work: PostgresSession;
}

/** Creates the staging table, fills it, and builds what is built better on a full table. */
async function stageRows({ claimed, plan, staging, source, work }: Loading): Promise<Arrival> {
  const { config, run, signal } = claimed;
  const { target } = plan;
  const inPlace = plan.strategy.choice !== 'rename';
  if (inPlace) await createContentStaging(work, target, staging);
  else await createStaging(work, target, staging);
  const arrived = await loadRows(work, source, plan, staging, { run, signal });
  if (inPlace) {
    await prepareContent(work, target, staging, config, plan.strategy.choice === 'merge');
  } else {
    await buildIndexes(work, target, staging, config, (message) => {
      run.emit({ kind: 'detail', step: 'stage', message });
    });
    await finishStaging(target, staging, config, swapSessions(claimed, work));
  }
  return arrived;
}

interface Swapping extends Loading {
  readonly arrived: Arrival;
  readonly snapshot: Date;
  readonly sourceToken: string | null;
}

/** The swap and its record, in one transaction. @returns the new generation's number. */
async function swapAndRecord(load: Swapping): Promise<number> {
  const { claimed, plan, staging, source, work, arrived, snapshot, sourceToken } = load;
  const { config, run, newRun, ledger, control } = claimed;
  const before = await ledger.table(control, config.target);
  const retired = storageName(config.target, `__g${before?.generation ?? 0}`, ledger.names);
  let generation = 0;
  let recordMs = 0;
  try {
    await swap(
      {
        tableName: config.name,
        strategy: plan.strategy.choice,
        table: plan.target,
        key: config.key,
        staging,
        rows: arrived.rows,
        partial: false,
        indexes: stagingIndexes(plan.target, staging),
        retired,
        keep: config.keepGenerations > 0,
        lockTimeoutMs: config.lockTimeoutMs,
        lockWaitMs: config.lockWaitMs,
        fence: (transaction) => ledger.fence(transaction, newRun),
        record: async (transaction, previous) => {
          const startedAt = performance.now();
          generation = await ledger.recordSuccess(transaction, newRun, {
            rows: arrived.rows,
            bytes: arrived.bytes,
            extractPath: plan.extractPath.choice,
            strategy: plan.strategy.choice,
            stepMs: run.stepMs,
            warnings: plan.warnings,
            sourceQueryId: source.queryId,
            sourceSnapshot: snapshot.toISOString(),
            configHash: newRun.configHash,
            sourceColumns: plan.sourceColumns,
            sourceToken,
            previous,
          });
          recordMs = performance.now() - startedAt;
        },
      },
      swapSessions(claimed, work),
    );
  } catch (error) {
    // Where the answer to COMMIT was lost, the ledger, written in the same transaction, knows whether it happened.
    if (generation === 0 || !(await wasCommitted(claimed, error))) throw error;
  }
  run.addStepTime('record', recordMs);
  return generation;
}

function swapSessions({ run, control, signal }: ClaimedRun, work: PostgresSession): SwapSessions {
  return {
    work,
    control,
    signal,
    onWaiting: (holders, waitedMs) => {
      run.emit({ kind: 'waiting', reason: 'lock', holders, waitedMs });
    },
  };
}

/** @throws SyncError `postgres.connectionLost` when nobody can be asked. */
async function wasCommitted({ ledger, control, run }: ClaimedRun, cause: unknown): Promise<boolean> {
  try {
    return (await ledger.statusOf(control, run.id)) === 'success';
  } catch {
    throw new SyncError('postgres.connectionLost', 'The connection to Postgres was cut at the very end of the swap.', {
      cause,
      remedy: 'Whether the new rows are live is not known: `snowmelt status` says so once the server is back.',
    });
  }
}

/** Both, once both have settled: neither is left to itself when the other fails. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}
