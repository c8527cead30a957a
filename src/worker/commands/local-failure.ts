import { LocalPostgisError } from '../../local/postgis/local-postgis-error.ts';
import { LocalSnowflakeError } from '../../local/snowflake/local-snowflake-error.ts';
import { abortError } from '../../sync-core/abort.ts';
import { isSyncError, SyncError } from '../../sync-core/errors.ts';

/** What a local part failed with, as an error of the product; anything else stays as it is. */
export function localFailure(error: unknown, signal: AbortSignal): unknown {
  if (isSyncError(error)) return error;
  if (signal.aborted) return abortError(signal, error);
  if (error instanceof LocalPostgisError || error instanceof LocalSnowflakeError) {
    const part = error instanceof LocalPostgisError ? 'embedded PostGIS' : 'Snowflake stand-in';
    return new SyncError('local.failed', `The ${part} cannot be started: ${sentence(error.message)}`, {
      cause: error,
      remedy: error.code === 'sample-conflict' ? 'Keep what it holds, or delete it with --reset.' : undefined,
      details: { reason: error.code },
    });
  }
  if (error instanceof RangeError) {
    const message = sentence(error.message);
    return new SyncError('usage', message.charAt(0).toUpperCase() + message.slice(1), { cause: error });
  }
  return error;
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
