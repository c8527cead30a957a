import { MessageChannel, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { locateBackendThread } from './assets.ts';
import type { PgliteAssets } from './assets.ts';
import type {
  BackendFacts,
  BackendThreadData,
  FromBackendThread,
  StartStep,
  ToBackendThread,
} from './backend-thread-protocol.ts';
import { flowCell, flowCells } from './backend-thread-protocol.ts';
import { LocalPostgisError } from './local-postgis-error.ts';
import { requestCancel } from './interrupts.ts';
import type { InterruptVariables } from './interrupts.ts';

export interface OpenBackendOptions {
  readonly assets: PgliteAssets;
  readonly pgData: string | undefined;
  readonly onStep?: ((step: StartStep) => void) | undefined;
}

/** Receives what one batch produces. */
export interface BatchListener {
  /** Call `taken` once the bytes have left this process: the backend pauses while too many have not. */
  onOutput(bytes: Buffer, taken: () => void): void;
  /** The backend is inside COPY FROM STDIN and sleeps until {@link Backend.feed}. */
  onStarved(): void;
}

interface Batch {
  readonly listener: BatchListener;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

const cancelAgainMs = 20;
/**
 * With Node's own 4 MB a deeply nested expression ends the thread ("Maximum call stack size exceeded"); from 16 MB on
 * PostgreSQL's `max_stack_depth` (2 MB of its own stack) comes first, and is an ordinary error.
 */
const stackSizeMb = 32;

/**
 * The one PostgreSQL backend, in its thread. Runs one batch of messages at a time; who may run one is decided by
 * `BackendQueue`.
 */
export class Backend {
  readonly facts: BackendFacts;
  /** Resolves with the reason when the thread ends without {@link close}. */
  readonly crashed: Promise<Error>;
  readonly #thread: Worker;
  readonly #port: MessagePort;
  readonly #cells: Int32Array;
  readonly #closed: Promise<void>;
  #batch: Batch | undefined;
  #cancelling: NodeJS.Timeout | undefined;
  readonly #interrupts: InterruptVariables;
  #failure: Error | undefined;
  #reportCrash: (error: Error) => void = () => undefined;
  #reportClosed: () => void = () => undefined;

  private constructor(
    thread: Worker,
    port: MessagePort,
    cells: Int32Array,
    { facts, interrupts }: FromBackendThread & { kind: 'ready' },
  ) {
    this.#thread = thread;
    this.#port = port;
    this.#cells = cells;
    this.facts = facts;
    this.#interrupts = interrupts;
    this.crashed = new Promise((resolve) => (this.#reportCrash = resolve));
    this.#closed = new Promise((resolve) => (this.#reportClosed = resolve));
    port.on('message', (message: FromBackendThread) => {
      this.#receive(message);
    });
    thread.on('error', (error) => {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
    thread.on('exit', () => {
      this.#fail(new Error('the thread of the embedded PostgreSQL ended'));
    });
  }

  /** Starts the thread; resolves when PostGIS is there. Rejects with what went wrong in it. */
  static async open(options: OpenBackendOptions): Promise<Backend> {
    const channel = new MessageChannel();
    const flow = new SharedArrayBuffer(flowCells * Int32Array.BYTES_PER_ELEMENT);
    const data: BackendThreadData = { port: channel.port2, flow, assets: options.assets, pgData: options.pgData };
    const entry = locateBackendThread();
    const thread = new Worker(entry.code, {
      eval: entry.eval,
      workerData: data,
      transferList: [channel.port2],
      resourceLimits: { stackSizeMb },
    });
    const port = channel.port1;
    try {
      const ready = await new Promise<FromBackendThread & { kind: 'ready' }>((resolve, reject) => {
        port.on('message', (message: FromBackendThread) => {
          if (message.kind === 'progress') options.onStep?.(message.step);
          else if (message.kind === 'ready') resolve(message);
          else if (message.kind === 'failed')
            reject(new LocalPostgisError(message.code, message.message, { cause: message.stack }));
        });
        thread.once('error', reject);
        thread.once('exit', (code) => {
          reject(new Error(`the thread of the embedded PostgreSQL ended with code ${code}`));
        });
      });
      port.removeAllListeners('message');
      thread.removeAllListeners();
      return new Backend(thread, port, new Int32Array(flow), ready);
    } catch (error) {
      port.close();
      await thread.terminate();
      throw error;
    }
  }

  /**
   * Executes whole protocol messages, whose memory it may take over; resolves when the backend has consumed them and all their output was handed to the
   * listener. Rejects only when the backend crashed. One batch at a time.
   */
  run(messages: Uint8Array, listener: BatchListener): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#batch) throw new Error('the backend runs a batch already');
    return new Promise((done, failed) => {
      this.#batch = { listener, done, failed };
      Atomics.store(this.#cells, flowCell.outputPending, 0);
      this.#post({ kind: 'run', bytes: messages });
    });
  }

  /** More input for the running batch, whose memory it may take over, for a backend in COPY FROM STDIN. */
  feed(bytes: Uint8Array): void {
    if (this.#batch) this.#post({ kind: 'input', bytes });
  }

  /**
   * Has the running batch's statement cancelled, as SIGINT does with a server's process: it ends with SQLSTATE 57014 at
   * the backend's next look. Asks again until the batch ends, because a backend that is just about to begin forgets it.
   */
  cancel(): void {
    if (!this.#batch || this.#cancelling) return;
    requestCancel(this.#interrupts);
    this.#cancelling = setInterval(() => {
      requestCancel(this.#interrupts);
    }, cancelAgainMs);
  }

  /** Shuts PostgreSQL down (a checkpoint, so that the next start needs no recovery) and ends the thread. */
  async close(): Promise<void> {
    if (!this.#failure) {
      this.#failure = new Error('the embedded PostgreSQL is closed');
      this.#post({ kind: 'close' });
      await this.#closed;
    }
    this.#port.close();
    await this.#thread.terminate();
  }

  #post(message: ToBackendThread): void {
    this.#port.postMessage(message, 'bytes' in message ? wholeBuffer(message.bytes) : []);
    Atomics.add(this.#cells, flowCell.inputPosted, 1);
    Atomics.notify(this.#cells, flowCell.inputPosted);
  }

  #receive(message: FromBackendThread): void {
    switch (message.kind) {
      case 'output': {
        const { bytes } = message;
        const batch = this.#batch;
        batch?.listener.onOutput(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), () => {
          if (this.#batch !== batch) return;
          Atomics.sub(this.#cells, flowCell.outputPending, bytes.byteLength);
          Atomics.notify(this.#cells, flowCell.outputPending);
        });
        break;
      }
      case 'starved':
        this.#batch?.listener.onStarved();
        break;
      case 'done':
        this.#endBatch()?.done();
        break;
      case 'failed':
        this.#fail(new Error(message.message, { cause: message.stack }));
        break;
      case 'closed':
        this.#reportClosed();
        break;
      case 'progress':
      case 'ready':
        break;
    }
  }

  #fail(error: Error): void {
    this.#reportClosed();
    if (this.#failure) return;
    this.#failure = error;
    this.#endBatch()?.failed(error);
    this.#reportCrash(error);
  }

  #endBatch(): Batch | undefined {
    clearInterval(this.#cancelling);
    this.#cancelling = undefined;
    const batch = this.#batch;
    this.#batch = undefined;
    return batch;
  }
}

/** The memory of bytes that share it with nothing, to be handed over instead of copied. */
function wholeBuffer({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
