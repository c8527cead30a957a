import { setTimeout as delay } from 'node:timers/promises';
import { SyncError, type LockHolder } from '../errors.ts';
import { displayRelation } from '../postgres/identifiers.ts';
import { sqlStateOf } from '../postgres/postgres-error.ts';
import type { Relation } from '../postgres/relation.ts';
import type { PostgresSession, Transaction } from '../postgres/session.ts';
import { lockHolders } from './lock-holders.ts';

const lockNotAvailable = '55P03';
const deadlockDetected = '40P01';
/** Base of the pause between attempts, in ms; doubled up to the longest, and jittered so that two swaps do not march in step. */
const retryDelayMs = 100;
const longestRetryDelayMs = 2_000;

/** Whose lock is wanted, and for how long it is tried. */
export interface LockRequest {
  readonly tableName: string;
  readonly live: Relation | null;
  readonly lockTimeoutMs: number;
  readonly lockWaitMs: number;
}

export interface SwapSessions {
  readonly work: PostgresSession;
  /** Looks for the holders of locks while `work` is between attempts. */
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
    try {
      await sessions.work.transaction(body, {
        lockTimeoutMs: request.lockTimeoutMs,
        // A policy that hides rows from the owner would make a merge miss them: an error instead.
        settings: { row_security: 'off' },
      });
      return;
    } catch (error) {
      const state = sqlStateOf(error);
      if (state !== lockNotAvailable && state !== deadlockDetected) throw error;
      const waitedMs = Math.round(performance.now() - startedAt);
      const holders = request.live === null ? [] : await lockHolders(sessions.control, request.live);
      if (waitedMs >= request.lockWaitMs) throw lockTimeout(request, attempt, waitedMs, holders, error);
      sessions.onWaiting(holders, waitedMs);
      const pause = Math.min(retryDelayMs * 2 ** (attempt - 1), longestRetryDelayMs);
      await delay(pause * (0.5 + Math.random()), undefined, { signal: sessions.signal });
    }
  }
}

function lockTimeout(
  request: LockRequest,
  attempts: number,
  waitedMs: number,
  holders: readonly LockHolder[],
  cause: unknown,
): SyncError {
  const name = request.live === null ? request.tableName : displayRelation(request.live);
  const first = holders[0];
  const who =
    first === undefined
      ? ''
      : ` It is held by process ${first.pid} (${first.user}), for ${Math.round(first.ageMs / 1000)} s: ${first.query}`;
  return new SyncError('swap.lockTimeout', `The lock on ${name} was not granted within ${waitedMs} ms.${who}`, {
    table: request.tableName,
    cause,
    remedy: 'Wait for that session or end it (SELECT pg_terminate_backend(pid)), or raise "lockWait".',
    details: { waitedMs, attempts, holders },
  });
}
