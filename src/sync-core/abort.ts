import { isSyncError, SyncError } from './errors.ts';

/** Why the signal was aborted, as an error: the reason it was given, or `cancelled`. */
export function abortError(signal: AbortSignal, cause?: unknown): SyncError {
  const reason: unknown = signal.reason;
  return isSyncError(reason) ? reason : new SyncError('cancelled', 'Cancelled.', { cause: cause ?? reason });
}

/** @throws {@link abortError} when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}
