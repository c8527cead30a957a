import { type Agent, get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

export interface ChunkDownloadOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  /** ms without a byte while one is waited for. */
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** The storage answered with another status than 200. */
export class ChunkRefused extends Error {
  override readonly name = 'ChunkRefused';
  readonly status: number;

  constructor(status: number) {
    super(`the storage answered with status ${status}`);
    this.status = status;
  }

  /** Whether a new link may help: this one is expired or otherwise not accepted, as opposed to a server that is busy. */
  get isOfLink(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

/** Bytes that gunzip hands out at once. */
const pieceBytes = 64 * 1024;

/**
 * One request for a result chunk whose answer has begun. Pull-based: while no piece is asked for, the connection is not read
 * and the watch against stalling rests. A body that ends early is an error: by its length, by HTTP's framing, or by the end
 * of gzip, which Node's zlib insists on unless it is told otherwise (the driver's HTTP library tells it).
 */
export class ChunkDownload {
  readonly #response: IncomingMessage;
  readonly #body: Readable;
  readonly #watch: StallWatch;
  readonly #release: () => void;

  private constructor(response: IncomingMessage, watch: StallWatch, release: () => void) {
    this.#response = response;
    this.#watch = watch;
    this.#release = release;
    // A failure of either destroys both, and is what reading ends with.
    this.#body = isGzip(response)
      ? pipeline(response, createGunzip({ chunkSize: pieceBytes }), () => undefined)
      : response;
    // Ahead of its turn nobody reads it yet: an error then is met by whoever reads.
    this.#body.on('error', () => undefined);
  }

  /** @throws ChunkRefused; Error when the network fails, nothing comes in time, or the signal is aborted. */
  static async open(options: ChunkDownloadOptions): Promise<ChunkDownload> {
    const { url, headers, agent, signal } = options;
    signal.throwIfAborted();
    const get = url.protocol === 'https:' ? getHttps : getHttp;
    const request = get(url, { headers: { ...headers, 'accept-encoding': 'gzip' }, agent });
    const connection: { response?: IncomingMessage } = {};
    const fail = (error: Error): void => {
      (connection.response ?? request).destroy(error);
    };
    const watch = new StallWatch(options.stallTimeoutMs, fail);
    const onAbort = (): void => {
      fail(new Error('aborted'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const release = (): void => {
      watch.stop();
      signal.removeEventListener('abort', onAbort);
    };
    try {
      watch.begin();
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request.once('response', resolve);
        // Kept for what comes later: an error that nobody listens to would end the process.
        request.on('error', reject);
      });
      connection.response = response;
      watch.rest();
      if (response.statusCode !== 200) throw new ChunkRefused(response.statusCode ?? 0);
      return new ChunkDownload(response, watch, release);
    } catch (error) {
      release();
      request.destroy();
      throw error;
    }
  }

  /**
   * The body without its compression, in pieces of up to 64 KB.
   * @throws Error when it breaks, ends early or stalls.
   */
  async *pieces(): AsyncGenerator<Buffer, void, undefined> {
    const iterator = this.#body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      for (;;) {
        this.#watch.begin();
        const next = await iterator.next();
        this.#watch.rest();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      this.close();
    }
  }

  /** Ends the connection, unless the body has been read to its end: then others may use it. Safe to call twice. */
  close(): void {
    this.#release();
    this.#body.destroy();
    if (!this.#response.complete) this.#response.destroy();
  }
}

/** One timer for a whole download: begun when something is waited for, at rest while the consumer is busy. */
class StallWatch {
  readonly #timer: NodeJS.Timeout;
  #waiting = false;

  constructor(timeoutMs: number, onStall: (error: Error) => void) {
    this.#timer = setTimeout(() => {
      if (this.#waiting) onStall(new Error(`nothing came for ${timeoutMs} ms`));
    }, timeoutMs);
  }

  begin(): void {
    this.#waiting = true;
    this.#timer.refresh();
  }

  rest(): void {
    this.#waiting = false;
  }

  stop(): void {
    this.#waiting = false;
    clearTimeout(this.#timer);
  }
}

function isGzip(response: IncomingMessage): boolean {
  const encoding = response.headers['content-encoding']?.toLowerCase();
  return encoding === 'gzip' || encoding === 'x-gzip';
}
