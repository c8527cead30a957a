import type { Readable } from 'node:stream';
import { throwIfAborted } from '../abort.ts';
import { SyncError } from '../errors.ts';
import type { Arrival } from '../verify/arrival.ts';

/** COPY text of whole rows, each with its line end. Valid only until the promise of its consumer settles. */
export interface CopyBatch {
  readonly body: Buffer;
  readonly rows: number;
}

export interface CopyBatchesOptions {
  /** Sends one batch; the next one is filled meanwhile, and is not sent before this one has settled. */
  readonly copy: (batch: CopyBatch) => Promise<void>;
  /** Told after each batch what has been copied so far. */
  readonly onCopied: (arrived: Arrival) => void;
  readonly signal: AbortSignal;
  /** Bytes of one batch. */
  readonly batchBytes?: number;
}

/**
 * Bytes of one COPY. Bounded, so that no transaction is open while rows are waited for, an error names a line that is still at
 * hand, and the embedded PostGIS, which takes a COPY as one message, stays small. Two of them are held.
 */
const defaultBatchBytes = 8 * 1024 * 1024;

const lineEnd = 0x0a;

/**
 * Gathers the lines of a result (rows of one text column) into batches and sends them, one while the next is filled.
 * Back-pressure: no row is read while both are full.
 * @returns rows and bytes that were copied.
 * @throws SyncError `snowflake.resultCut` when the stream breaks or ends early; whatever `copy` throws.
 */
export async function copyInBatches(
  rows: Readable,
  expectedRows: number,
  options: CopyBatchesOptions,
): Promise<Arrival> {
  const batchBytes = options.batchBytes ?? defaultBatchBytes;
  let filling = Buffer.allocUnsafe(batchBytes);
  let spare = Buffer.allocUnsafe(batchBytes);
  let length = 0;
  let lines = 0;
  let arrived: Arrival = { rows: 0, bytes: 0 };
  let inFlight: Promise<void> = Promise.resolve();
  // An object, for the compiler cannot see that a callback sets it.
  const batches = { failed: false };

  const send = async (batch: CopyBatch): Promise<void> => {
    // A failure of the batch before surfaces here: nothing is sent after it.
    await inFlight;
    inFlight = options.copy(batch).then(() => {
      arrived = { rows: arrived.rows + batch.rows, bytes: arrived.bytes + batch.body.length };
      options.onCopied(arrived);
    });
    inFlight.catch(() => {
      batches.failed = true;
      // Wakes the reader below, which may be waiting for rows.
      rows.destroy();
    });
  };
  const flush = async (): Promise<void> => {
    if (lines === 0) return;
    const batch = { body: filling.subarray(0, length), rows: lines };
    await send(batch);
    [filling, spare] = [spare, filling];
    length = 0;
    lines = 0;
  };
  /** @returns a promise where the caller must wait before the next row. */
  const append = (line: string): Promise<void> | undefined => {
    // A UTF-16 code unit takes three bytes at the most: the exact length is only asked for near the end.
    if (length + line.length * 3 + 1 > batchBytes && length + Buffer.byteLength(line) + 1 > batchBytes) {
      return appendToNext(line);
    }
    length += filling.write(line, length);
    filling[length] = lineEnd;
    length += 1;
    lines += 1;
    return undefined;
  };
  const appendToNext = async (line: string): Promise<void> => {
    await flush();
    if (Buffer.byteLength(line) + 1 > batchBytes) await send({ body: Buffer.from(`${line}\n`), rows: 1 });
    else await append(line);
  };

  try {
    await forEachRow(rows, options.signal, (row) => {
      if (batches.failed) return inFlight;
      const line = (row as [string | null])[0];
      if (line === null) throw new SyncError('internal', 'Snowflake returned NULL for a COPY line.');
      return append(line);
    });
    await flush();
    await inFlight;
  } catch (error) {
    if (batches.failed) await inFlight;
    throwIfAborted(options.signal);
    if (error instanceof SyncError) throw error;
    throw cut(expectedRows, arrived.rows + lines, error);
  } finally {
    rows.destroy();
    await inFlight.catch(() => undefined);
  }
  if (arrived.rows < expectedRows) throw cut(expectedRows, arrived.rows, undefined);
  return arrived;
}

/**
 * Calls `take` for each row in order; waits for rows without polling, and for `take` only where it has something to wait for.
 * @throws what the stream fails with, or the signal's reason.
 */
async function forEachRow(
  rows: Readable,
  signal: AbortSignal,
  take: (row: unknown) => Promise<void> | undefined,
): Promise<void> {
  const stream: { failure?: Error; ended: boolean } = { ended: false };
  let wake = (): void => undefined;
  rows.on('error', (error) => {
    stream.failure ??= error;
    wake();
  });
  rows.on('end', () => {
    stream.ended = true;
    wake();
  });
  rows.on('readable', () => {
    wake();
  });
  rows.on('close', () => {
    wake();
  });
  const onAbort = (): void => {
    wake();
  };
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      throwIfAborted(signal);
      for (let row: unknown = rows.read(); row !== null; row = rows.read()) {
        const pending = take(row);
        if (pending !== undefined) {
          await pending;
          throwIfAborted(signal);
        }
      }
      if (stream.failure !== undefined) throw stream.failure;
      if (stream.ended) return;
      if (rows.destroyed) throw new Error('the stream was closed');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function cut(expected: number, arrived: number, cause: unknown): SyncError {
  return new SyncError('snowflake.resultCut', `The result ended after about ${arrived} of ${expected} rows.`, {
    cause,
    remedy:
      'The live table is as it was. Check the network between here and Snowflake (a proxy that cuts long downloads?) and run it again.',
  });
}
