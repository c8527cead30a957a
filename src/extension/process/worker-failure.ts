import type { ErrorDocument } from '../../worker/protocol/protocol.ts';
import { WorkerError } from './worker-client.ts';

/** Why no worker could answer, in `details.reason` of errors with the code `internal` or `usage`. */
export type WorkerFailure =
  /** The workspace is not trusted. */
  | 'untrusted'
  /** The worker could not be started. */
  | 'start-failed'
  /** The worker of another version speaks another protocol. */
  | 'version'
  /** The worker ended while it was at work on the request. */
  | 'worker-ended'
  /** The worker ended twice within a minute, and stays so until a person starts it again. */
  | 'worker-stopped';

export function workerError(reason: WorkerFailure, message: string, remedy: string, cause?: unknown): WorkerError {
  const code = reason === 'untrusted' ? 'usage' : 'internal';
  return new WorkerError({ code, message, remedy, details: { reason } }, cause === undefined ? undefined : { cause });
}

export function cancelledError(): WorkerError {
  return new WorkerError({ code: 'cancelled', message: 'Cancelled.' });
}

/** Anything that was thrown, in the form in which the worker reports errors. */
export function errorDocumentOf(error: unknown): ErrorDocument {
  if (error instanceof WorkerError) return error.document;
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

/** `details.reason`, where the error has one. */
export function reasonOf({ details }: ErrorDocument): string | undefined {
  if (typeof details !== 'object' || details === null || !('reason' in details)) return undefined;
  return typeof details.reason === 'string' ? details.reason : undefined;
}
