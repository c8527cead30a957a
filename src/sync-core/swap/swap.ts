import { setTimeout as delay } from 'node:timers/promises';
import type { RelationName } from '../config/resolved.ts';
import { SyncError, type LockHolder } from '../errors.ts';
import { displayRelation } from '../postgres/identifiers.ts';
import { sqlStateOf } from '../postgres/postgres-error.ts';
import { describeRelation, structureOf, type Relation } from '../postgres/relation.ts';
import type { PostgresSession, Transaction } from '../postgres/session.ts';
import type { StagingIndex } from '../stage/staging-table.ts';
import type { Staging, TargetTable } from '../stage/target-table.ts';
import { lockHolders } from './lock-holders.ts';
import { lockStatements, renameStatements } from './rename-swap.ts';

const lockNotAvailable = '55P03';
const deadlockDetected = '40P01';
/** Base of the pause between attempts, in ms; doubled up to the longest, and jittered so that two swaps do not march in step. */
const retryDelayMs = 100;
const longestRetryDelayMs = 2_000;

export interface SwapRequest {
  readonly tableName: string;
  readonly table: TargetTable;
  readonly staging: Staging;
  readonly indexes: readonly StagingIndex[];
  readonly retired: RelationName;
  readonly lockTimeoutMs: number;
  readonly lockWaitMs: number;
  /** Runs in the transaction after the locks are held: the claim's fence before the statements, the ledger after them. */
  readonly fence: (transaction: Transaction) => Promise<void>;
  readonly record: (transaction: Transaction) => Promise<void>;
}

export interface SwapSessions {
  readonly work: PostgresSession;
  /** Looks for the holders of locks while `work` is between attempts. */
  readonly control: PostgresSession;
  readonly signal: AbortSignal;
  readonly onWaiting: (holders: readonly LockHolder[], waitedMs: number) => void;
}

/**
 * Makes the staging table live, in one transaction that holds its locks for some milliseconds. A lock that is not granted within
 * `lockTimeoutMs` is given up, so that readers who queue behind the swap wait no longer than that, and tried again after a pause.
 * @throws SyncError `swap.lockTimeout` with the holders after `lockWaitMs`;
 * `target.incompatible` when the live table was altered since it was described.
 */
export async function swap(request: SwapRequest, sessions: SwapSessions): Promise<void> {
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await sessions.work.transaction((transaction) => swapOnce(request, transaction), {
        lockTimeoutMs: request.lockTimeoutMs,
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
  const { table, staging, indexes, retired } = request;
  const planned = table.live;
  if (planned !== null) await transaction.run(lockStatements(planned));
  await request.fence(transaction);
  const live = (await describeRelation(transaction, table.relation)) ?? null;
  requireUnaltered(request, planned, live);
  const staged = await describeRelation(transaction, staging.relation);
  if (staged === undefined)
    throw new SyncError('internal', `The staging table ${displayRelation(staging.relation)} is gone.`);
  await transaction.run(renameStatements({ table: { ...table, live }, staging, staged, indexes, retired }));
  await request.record(transaction);
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
