import type { StatementResult } from '../../engine.ts';
import { cancelled, timedOut } from '../errors.ts';

/** What STATEMENT_TIMEOUT_IN_SECONDS = 0 means (sql-reference/parameters). */
const longestTimeout = 604_800;

/**
 * Runs a statement with a signal that is aborted after so many seconds too. Rejects as soon as it is aborted, whatever the statement does
 * meanwhile; a result that comes all the same is disposed of.
 */
export async function withinTimeLimit(
  seconds: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<StatementResult>,
): Promise<StatementResult> {
  const deadline = new AbortController();
  // A timer cannot wait longer than this; it is more than three weeks.
  const timer = setTimeout(
    () => {
      deadline.abort();
    },
    Math.min((seconds || longestTimeout) * 1000, 2 ** 31 - 1),
  );
  const either = AbortSignal.any([signal, deadline.signal]);
  try {
    return await unlessAborted(run(either), either);
  } catch (error) {
    throw deadline.signal.aborted && !signal.aborted ? timedOut(seconds) : error;
  } finally {
    clearTimeout(timer);
  }
}

async function unlessAborted(turn: Promise<StatementResult>, signal: AbortSignal): Promise<StatementResult> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(cancelled());
      // A result that comes all the same belongs to nobody.
      turn.then(
        (result) => result.dispose(),
        () => undefined,
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
