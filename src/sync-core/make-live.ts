import type { ClaimedRun } from './claimed-run.ts';
import { SyncError } from './errors.ts';
import type { RowChanges, RunSuccess } from './ledger/ledger.ts';
import type { SyncPlan } from './plan/plan-table.ts';
import type { PostgresSession } from './postgres/session.ts';
import type { Refreshed } from './refreshing.ts';
import { storageName } from './stage/staging.ts';
import { stagingIndexes } from './stage/staging-table.ts';
import type { Staging } from './stage/target-table.ts';
import { analyzeLive } from './swap/analyze-live.ts';
import type { SwapSessions } from './swap/lock-retries.ts';
import { swap } from './swap/swap.ts';

/** Staged rows that are to become live. */
export interface StagedRows {
  readonly claimed: ClaimedRun;
  readonly plan: SyncPlan;
  readonly staging: Staging;
  readonly work: PostgresSession;
  /** The staging table holds only the rows that differ, and the keys of those that go. */
  readonly partial: boolean;
  /** Rows that the table is to have. */
  readonly rows: number;
  /** Rows that Snowflake sent, and that were loaded. */
  readonly rowsSynced: number;
}

/** What only the mode knows of its run. */
export type RunFacts = Pick<
  RunSuccess,
  'bytes' | 'sourceQueryId' | 'sourceSnapshot' | 'sourceToken' | 'sourceOffset'
> & {
  /** What the history calls it, where that is not the name of the strategy. */
  readonly strategy?: string;
};

/** Makes staged rows live, and records it: the last step of a sync in whatever mode. @throws SyncError; nothing is changed then. */
export async function makeLive(staged: StagedRows, facts: RunFacts): Promise<Refreshed> {
  const { claimed, plan, work, rows, rowsSynced } = staged;
  const { generation, changes } = await claimed.run.step('swap', () => swapAndRecord(staged, facts));
  claimed.hasStaged();
  // A server's autovacuum sees to a table of which little changes at a time, and analyzing it each time would cost more than the changes.
  const inPlace = plan.strategy.choice !== 'rename';
  if (inPlace && (!staged.partial || work.server.embedded)) await analyzeLive(work, plan.target.relation);
  const { bytes, sourceQueryId } = facts;
  return { rowsSynced, finalCount: rows, changes, bytes, generation, sourceQueryId };
}

/** The swap and its record, in one transaction. */
async function swapAndRecord(
  { claimed, plan, staging, work, partial, rows }: StagedRows,
  facts: RunFacts,
): Promise<{ readonly generation: number; readonly changes: RowChanges | null }> {
  const { config, run, newRun, ledger } = claimed;
  const retired = storageName(config.target, `__g${plan.record?.generation ?? 0}`, ledger.names);
  let recorded: { readonly generation: number; readonly changes: RowChanges | null } | undefined;
  let recordMs = 0;
  try {
    await swap(
      {
        tableName: config.name,
        strategy: plan.strategy.choice,
        table: plan.target,
        key: config.key,
        staging,
        rows,
        partial,
        indexes: stagingIndexes(plan.target, staging),
        retired,
        keep: config.keepGenerations > 0,
        lockTimeoutMs: config.lockTimeoutMs,
        lockWaitMs: config.lockWaitMs,
        fence: (transaction) => ledger.fence(transaction, newRun),
        record: async (transaction, { previous, changes }) => {
          const startedAt = performance.now();
          const { strategy = plan.strategy.choice, ...known } = facts;
          const generation = await ledger.recordSuccess(transaction, newRun, {
            ...known,
            strategy,
            rows,
            changes,
            mode: plan.mode,
            extractPath: plan.extractPath.choice,
            stepMs: run.stepMs,
            warnings: plan.warnings,
            configHash: newRun.configHash,
            sourceColumns: plan.sourceColumns,
            previous,
          });
          recorded = { generation, changes };
          recordMs = performance.now() - startedAt;
        },
      },
      swapSessions(claimed, work),
    );
  } catch (error) {
    if (recorded === undefined || !(await wasCommitted(claimed, error))) throw error;
  }
  if (recorded === undefined) throw new SyncError('internal', 'A swap has ended without its record.');
  run.addStepTime('record', recordMs);
  return recorded;
}

/**
 * Records, in a transaction of its own, that the table has been found to be equal to its source.
 * @returns the live generation, which stays.
 */
export async function recordUnchanged(
  { claimed, plan, work, rows }: Pick<StagedRows, 'claimed' | 'plan' | 'work' | 'rows'>,
  { strategy, sourceSnapshot, sourceToken, sourceOffset }: Omit<RunFacts, 'bytes' | 'sourceQueryId'>,
): Promise<number> {
  const { ledger, newRun, run } = claimed;
  let generation: number | undefined;
  try {
    await work.transaction(async (transaction) => {
      await ledger.fence(transaction, newRun);
      generation = await ledger.recordUnchanged(transaction, newRun, {
        rows,
        mode: plan.mode,
        strategy: strategy ?? plan.strategy.choice,
        extractPath: plan.extractPath.choice,
        stepMs: run.stepMs,
        warnings: plan.warnings,
        sourceSnapshot,
        sourceToken,
        sourceOffset,
      });
    });
  } catch (error) {
    if (generation === undefined || !(await wasCommitted(claimed, error))) throw error;
  }
  if (generation === undefined) throw new SyncError('internal', 'A transaction has ended without its record.');
  return generation;
}

export function swapSessions({ run, control, signal }: ClaimedRun, work: PostgresSession): SwapSessions {
  return {
    work,
    control,
    signal,
    onWaiting: (holders, waitedMs) => {
      run.emit({ kind: 'waiting', reason: 'lock', holders, waitedMs });
    },
  };
}

/**
 * Where the answer to COMMIT was lost, the ledger, written in the same transaction, knows whether it happened.
 * @throws SyncError `postgres.connectionLost` when nobody can be asked.
 */
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
