import { throwIfAborted } from '../abort.ts';
import { isSyncError } from '../errors.ts';
import type { CopyText } from '../snowflake/copy-text-decoder.ts';
import { resultCut } from '../snowflake/result-cut.ts';
import type { Arrival } from '../verify/arrival.ts';

/** COPY text of whole rows, each with its line end. Valid only until the promise of its consumer settles. */
export type CopyBatch = CopyText;

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

/**
 * Gathers the lines of a result into batches and sends them, one while the next is filled. Back-pressure: nothing is read while
 * both are full.
 * @param lines the result's lines; its signal is aborted when they are no longer wanted. A text need not outlive the next one.
 * @returns rows and bytes that were copied.
 * @throws SyncError `snowflake.resultCut` when the lines break off or end early; whatever `copy` throws.
 */
export async function copyInBatches(
  lines: (signal: AbortSignal) => AsyncIterable<CopyText>,
  expectedRows: number,
  options: CopyBatchesOptions,
): Promise<Arrival> {
  const batches = new Batches(options);
  let read = 0;
  try {
    for await (const text of lines(batches.signal)) {
      throwIfAborted(options.signal);
      read += text.rows;
      await batches.append(text);
    }
    await batches.flush();
    await batches.settled();
  } catch (error) {
    // What failed first: a copy that fails aborts the reading.
    await batches.settled();
    throwIfAborted(options.signal);
    if (isSyncError(error)) throw error;
    throw resultCut(expectedRows, read, error);
  }
  if (read !== expectedRows) throw resultCut(expectedRows, read, undefined);
  return batches.arrived;
}

/** Two buffers: one that is filled, and one whose content is being copied. */
class Batches {
  /** Aborted with the caller's signal, and when a batch cannot be copied. */
  readonly signal: AbortSignal;
  arrived: Arrival = { rows: 0, bytes: 0 };
  readonly #options: CopyBatchesOptions;
  readonly #failed = new AbortController();
  #filling: Buffer;
  #spare: Buffer;
  #length = 0;
  #rows = 0;
  #inFlight: Promise<void> = Promise.resolve();

  constructor(options: CopyBatchesOptions) {
    this.#options = options;
    this.signal = AbortSignal.any([options.signal, this.#failed.signal]);
    const batchBytes = options.batchBytes ?? defaultBatchBytes;
    this.#filling = Buffer.allocUnsafe(batchBytes);
    this.#spare = Buffer.allocUnsafe(batchBytes);
  }

  /** Waits while there is no room. A text that is larger than a batch is one by itself. */
  async append(text: CopyText): Promise<void> {
    if (this.#length + text.body.length > this.#filling.length) await this.flush();
    if (text.body.length > this.#filling.length) {
      await this.#send(text);
      // Its bytes are the reader's, who may not go on before they are copied.
      await this.#inFlight;
      return;
    }
    text.body.copy(this.#filling, this.#length);
    this.#length += text.body.length;
    this.#rows += text.rows;
  }

  /** Sends what is there, once the batch before has been copied. */
  async flush(): Promise<void> {
    if (this.#rows === 0) return;
    await this.#send({ body: this.#filling.subarray(0, this.#length), rows: this.#rows });
    [this.#filling, this.#spare] = [this.#spare, this.#filling];
    this.#length = 0;
    this.#rows = 0;
  }

  /** Resolves when nothing is being copied any more. @throws what a copy failed with. */
  async settled(): Promise<void> {
    await this.#inFlight;
  }

  async #send(batch: CopyBatch): Promise<void> {
    // A failure of the batch before surfaces here: nothing is sent after it.
    await this.#inFlight;
    this.#inFlight = this.#options.copy(batch).then(() => {
      this.arrived = { rows: this.arrived.rows + batch.rows, bytes: this.arrived.bytes + batch.body.length };
      this.#options.onCopied(this.arrived);
    });
    this.#inFlight.catch((error: unknown) => {
      this.#failed.abort(error);
    });
  }
}
