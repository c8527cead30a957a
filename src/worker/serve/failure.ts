import { ResponseError } from 'vscode-jsonrpc/node';
import { abortError } from '../../sync-core/abort.ts';
import { isSyncError, SyncError, toErrorDocument, type ErrorDocument } from '../../sync-core/errors.ts';
import { failedRequest } from '../protocol/protocol.ts';

/** Whatever a request failed with, as its answer. */
export function failure(error: unknown, signal: AbortSignal): ResponseError<unknown> {
  if (error instanceof ResponseError) return error as ResponseError<unknown>;
  const cause = signal.aborted && !isSyncError(error) ? abortError(signal, error) : error;
  const document: ErrorDocument = toErrorDocument(cause);
  return new ResponseError(failedRequest, document.message, document);
}

/**
 * A request that does several tables goes on to its end when it is cancelled, and says of each what became of it. To its client it
 * has failed all the same; the answer that it would have had goes with the error.
 *
 * @throws SyncError `cancelled` where a table was not done because of that.
 */
export function throwWhereCancelled(result: object | null): void {
  if (result === null || !('tables' in result) || !Array.isArray(result.tables)) return;
  const tables = result.tables as readonly { readonly error?: { readonly code?: unknown } | null }[];
  if (!tables.some(({ error }) => error?.code === 'cancelled')) return;
  throw new SyncError('cancelled', 'Cancelled.', { details: { ...result } });
}
