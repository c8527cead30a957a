import { abortError } from '../../sync-core/abort.ts';
import { isSyncError, SyncError } from '../../sync-core/errors.ts';
import { LocalPostgisError } from '../../local/postgis/local-postgis-error.ts';

/** What a local part failed with, as an error of the product; anything else stays as it is. */
export function localFailure(error: unknown, signal: AbortSignal): unknown {
  if (isSyncError(error)) return error;
  if (signal.aborted) return abortError(signal, error);
  if (error instanceof LocalPostgisError) {
    const message = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    return new SyncError('local.failed', `The embedded PostGIS cannot be started. ${message}`, {
      cause: error,
      details: { reason: error.code },
    });
  }
  return error;
}
