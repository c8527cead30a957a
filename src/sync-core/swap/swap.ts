import { setTimeout as delay } from 'node:timers/promises';
import type { RelationName } from '../config/resolved.ts';
import { SyncError, type LockHolder } from '../errors.ts';
import type { StoredGeneration } from '../ledger/ledger.ts';
import type { StrategyName } from '../plan/choose-strategy.ts';
import { displayRelation } from '../postgres/identifiers.ts';
import { sqlStateOf } from '../postgres/postgres-error.ts';
import { describeRelation, structureOf, type Relation } from '../postgres/relation.ts';
import type { PostgresSession, Transaction } from '../postgres/session.ts';
import type { StagingIndex } from '../stage/staging-table.ts';
import type { Staging, TargetTable } from '../stage/target-table.ts';
import { lockHolders } from './lock-holders.ts';
import { lockForMerge, mergeInto } from './merge-swap.ts';
import { lockForRename, renameInto } from './rename-swap.ts';
import { lockForTruncate, truncateInto } from './truncate-swap.ts';

const lockNotAvailable = '55P03';
const deadlockDetected = '40P01';
/** Base of the pause between attempts, in ms; doubled up to the longest, and jittered so that two swaps do not march in step. */
const retryDelayMs = 100;
const longestRetryDelayMs = 2_000;

/** What becomes live, and how. */
export interface SwapRequest {
  readonly tableName: string;
  readonly strategy: StrategyName;
  readonly table: TargetTable;
  readonly key: readonly string[];
  readonly staging: Staging;
  /** Rows of the staging table. */
  readonly rows: number;
  readonly indexes: readonly StagingIndex[];
  /** Where the live generation is kept; its name must be free. */
  readonly retired: RelationName;
  /** Whether it is kept at all. */
  readonly keep: boolean;
  readonly lockTimeoutMs: number;
  readonly lockWaitMs: number;
  /** Makes sure, in the transaction and once the locks are held, that the run still has its claim. */
  readonly fence: (transaction: Transaction) => Promise<void>;
  /** Writes the ledger, as the last thing in the transaction. */
  readonly record: (transaction: Transaction, previous: StoredGeneration | null) => Promise<void>;
}

export interface SwapSessions {
  readonly work: PostgresSession;
  /** Looks for the holders of locks while `work` is between attempts. */
  readonly control: PostgresSession;
  readonly signal: AbortSignal;
  readonly onWaiting: (holders: readonly LockHolder[], waitedMs: number) => void;
}

/** How a strategy does its part of the transaction. */
interface Strategy {
  /** Takes the locks, before anything is read. */
  readonly lock: (live: Relation) => readonly string[];
  /** Makes the staged rows live. @returns how the generation before is kept. */
  readonly apply: (
    transaction: Transaction,
    request: SwapRequest,
    live: Relation | null,
  ) => Promise<StoredGeneration | null>;
}

const strategies: Readonly<Record<StrategyName, Strategy>> = {
  rename: { lock: lockForRename, apply: renameInto },
  merge: { lock: lockForMerge, apply: mergeInto },
  truncate: { lock: lockForTruncate, apply: truncateInto },
};

/**
 * Makes the staged rows live, in one transaction. A lock that is not granted within `lockTimeoutMs` is given up, so that readers who
 * queue behind the swap wait no longer than that, and tried again after a pause.
 * @throws SyncError `swap.lockTimeout` with the holders after `lockWaitMs`; `target.incompatible` when the live table was
 * altered since it was described.
 */
export async function swap(request: SwapRequest, sessions: SwapSessions): Promise<void> {
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await sessions.work.transaction((transaction) => swapOnce(request, transaction), {
        lockTimeoutMs: request.lockTimeoutMs,
        // A policy that hides rows from the owner would make a merge miss them: an error instead.
        settings: { row_security: 'off' },
      });
      return;
    } catch (error) {
      const state = sqlStateOf(error);
      if (state !== lockNotAvailable && state !== deadlockDetected) throw error;
      const waitedMs = Math.round(performance.now() - startedAt);
      const holders = request.table.live === null ? [] : await lockHolders(sessions.control, request.table.live);
      if (waitedMs >= request.lockWaitMs) throw lockTimeout(request, attempt, waitedMs, holders, error);
      sessions.onWaiting(holders, waitedMs);
      const pause = Math.min(retryDelayMs * 2 ** (attempt - 1), longestRetryDelayMs);
      await delay(pause * (0.5 + Math.random()), undefined, { signal: sessions.signal });
    }
  }
}

async function swapOnce(request: SwapRequest, transaction: Transaction): Promise<void> {
  const planned = request.table.live;
  const strategy = strategies[request.strategy];
  if (planned !== null) await transaction.run(strategy.lock(planned));
  await request.fence(transaction);
  const live = (await describeRelation(transaction, request.table.relation)) ?? null;
  requireUnaltered(request, planned, live);
  await request.record(transaction, await strategy.apply(transaction, request, live));
}

/** An index or a grant that came while the rows were loaded would be lost. */
function requireUnaltered(request: SwapRequest, planned: Relation | null, live: Relation | null): void {
  const same = planned === null || live === null ? planned === live : structureOf(planned) === structureOf(live);
  if (same) return;
  throw new SyncError(
    'target.incompatible',
    `${displayRelation(request.table.relation)} was altered while its rows were loaded.`,
    {
      table: request.tableName,
      remedy: 'Nothing was changed. Run it again: it will start from the table as it is now.',
    },
  );
}

function lockTimeout(
  request: SwapRequest,
  attempts: number,
  waitedMs: number,
  holders: readonly LockHolder[],
  cause: unknown,
): SyncError {
  const first = holders[0];
  const who =
    first === undefined
      ? ''
      : ` It is held by process ${first.pid} (${first.user}), for ${Math.round(first.ageMs / 1000)} s: ${first.query}`;
  return new SyncError(
    'swap.lockTimeout',
    `The lock on ${displayRelation(request.table.relation)} was not granted within ${waitedMs} ms.${who}`,
    {
      table: request.tableName,
      cause,
      remedy: 'Wait for that session or end it (SELECT pg_terminate_backend(pid)), or raise "lockWait".',
      details: { waitedMs, attempts, holders },
    },
  );
}
