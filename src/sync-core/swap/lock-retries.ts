import { setTimeout as delay } from 'node:timers/promises';
import { abortError } from '../abort.ts';
import { SyncError, type LockHolder } from '../errors.ts';
import { displayRelation } from '../postgres/identifiers.ts';
import { sqlStateOf } from '../postgres/postgres-error.ts';
import type { Relation } from '../postgres/relation.ts';
import type { PostgresSession, Transaction } from '../postgres/session.ts';
import { blockersOf, lockHolders } from './lock-holders.ts';

const lockNotAvailable = '55P03';
const deadlockDetected = '40P01';
/** Base of the pause between attempts, in ms; doubled up to the longest, and jittered so that two swaps do not march in step. */
const retryDelayMs = 100;
const longestRetryDelayMs = 2_000;
/** When in an attempt it is looked who is in the way, as a part of the lock timeout: who is there so late did not just pass by. */
const lookAfter = 0.7;

/** Whose lock is wanted, and for how long it is tried. */
export interface LockRequest {
  readonly tableName: string;
  readonly live: Relation | null;
  /** What is locked, as people say it; the live table where it is not given. */
  readonly locked?: string;
  readonly lockTimeoutMs: number;
  readonly lockWaitMs: number;
}

export interface SwapSessions {
  readonly work: PostgresSession;
  /** Looks for the holders of locks while `work` waits for them. */
  readonly control: PostgresSession;
  readonly signal: AbortSignal;
  readonly onWaiting: (holders: readonly LockHolder[], waitedMs: number) => void;
}

/**
 * Runs `body` in a transaction whose locks are waited for only shortly: one that is not granted within `lockTimeoutMs` is given up, so
 * that readers who queue behind it wait no longer than that, and all is tried again after a pause.
 * @throws SyncError `swap.lockTimeout` with the holders after `lockWaitMs`; whatever `body` throws.
 */
export async function withLockRetries(
  body: (transaction: Transaction) => Promise<void>,
  request: LockRequest,
  sessions: SwapSessions,
): Promise<void> {
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    const watch = watchBlockers(sessions, request.lockTimeoutMs * lookAfter);
    try {
      await sessions.work.transaction(
        async (transaction) => {
          await watch.start(transaction);
          await body(transaction);
        },
        {
          lockTimeoutMs: request.lockTimeoutMs,
          // A policy that hides rows from the owner would make a merge miss them: an error instead.
          settings: { row_security: 'off' },
        },
      );
      return;
    } catch (error) {
      const state = sqlStateOf(error);
      if (state !== lockNotAvailable && state !== deadlockDetected) throw error;
      const waitedMs = Math.round(performance.now() - startedAt);
      const holders = await watch.holders(request.live);
      if (waitedMs >= request.lockWaitMs) throw lockTimeout(request, attempt, waitedMs, holders, error);
      sessions.onWaiting(holders, waitedMs);
      await pause(attempt, sessions.signal);
    } finally {
      watch.stop();
    }
  }
}

/**
 * Takes locks one after the other, and waits for all of them together no longer than for one: readers may queue behind the first
 * while the last is asked for. What is left of the time is the lock timeout of the rest of the transaction.
 */
export async function acquireLocks(
  transaction: Transaction,
  statements: readonly string[],
  lockTimeoutMs: number,
): Promise<void> {
  const startedAt = performance.now();
  for (const statement of statements) {
    // 0 would be no limit.
    const left = Math.max(1, Math.round(lockTimeoutMs - (performance.now() - startedAt)));
    await transaction.run([`SET LOCAL lock_timeout = ${left}`, statement]);
  }
}

interface BlockerWatch {
  /** Begins to watch the backend of the transaction, which a pooler may change from one to the next. */
  start(transaction: Transaction): Promise<void>;
  /** Who was in the way when it was looked, or has a lock on `live` now. */
  holders(live: Relation | null): Promise<readonly LockHolder[]>;
  stop(): void;
}

function watchBlockers({ work, control }: SwapSessions, afterMs: number): BlockerWatch {
  let timer: NodeJS.Timeout | undefined;
  let looked: Promise<readonly LockHolder[]> = Promise.resolve([]);
  return {
    start: async (transaction) => {
      // The embedded PostGIS has one backend for all: nobody waits for another's lock.
      if (work.server.embedded) return;
      const [row] = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      timer = setTimeout(() => {
        looked = blockersOf(control, row?.pid ?? 0).catch(() => []);
      }, afterMs);
    },
    holders: async (live) => {
      clearTimeout(timer);
      const seen = await looked;
      return seen.length > 0 || live === null ? seen : lockHolders(control, live);
    },
    stop: () => {
      clearTimeout(timer);
    },
  };
}

async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(retryDelayMs * 2 ** (attempt - 1), longestRetryDelayMs);
  try {
    await delay(longest * (0.5 + Math.random()), undefined, { signal });
  } catch (error) {
    throw abortError(signal, error);
  }
}

function lockTimeout(
  request: LockRequest,
  attempts: number,
  waitedMs: number,
  holders: readonly LockHolder[],
  cause: unknown,
): SyncError {
  const name = request.locked ?? (request.live === null ? request.tableName : displayRelation(request.live));
  return new SyncError(
    'swap.lockTimeout',
    `The lock on ${name} was not granted within ${waitedMs} ms.${describeFirst(holders)}`,
    {
      table: request.tableName,
      cause,
      remedy: 'Wait for that session or end it (SELECT pg_terminate_backend(pid)), or raise "lockWait".',
      details: { waitedMs, attempts, holders },
    },
  );
}

function describeFirst([first]: readonly LockHolder[]): string {
  if (first === undefined) return '';
  const age = first.ageMs === null ? '' : `, for ${Math.round(first.ageMs / 1000)} s`;
  return ` It is held by process ${first.pid} (${first.user})${age}: ${first.query}`;
}
