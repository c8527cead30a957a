import type { Socket } from 'node:net';
import { MessageFramer } from './message-framer.ts';
import type { WireMessage } from './wire-messages.ts';

/** Messages that may wait for the connection to be served before its socket is paused, in bytes. */
const inputWindow = 1024 * 1024;
/** Longest single message: a statement with its parameters, or one CopyData. PostgreSQL's own limit is 1 GB. */
const longestMessage = 512 * 1024 * 1024;

/** One client's socket as messages, with bounded memory in both directions. */
export class ClientStream {
  readonly #socket: Socket;
  readonly #framer = new MessageFramer(longestMessage);
  #queue: WireMessage[] = [];
  /** Messages of the queue that were taken; removed in bulk, because shifting one at a time is quadratic. */
  #taken = 0;
  #queuedBytes = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void)[] = [];
  readonly #gone = new AbortController();
  readonly #abandoned = new AbortController();
  #started = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#framer.push(chunk);
      this.#cut();
      this.#notify();
    });
    socket.on('end', () => {
      this.#ended = true;
      if (this.peek() === undefined) this.#abandoned.abort();
      this.#notify();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      this.#gone.abort(new Error('the client closed its connection'));
      this.#abandoned.abort();
      this.#notify();
    });
  }

  /** Aborted when the socket is closed altogether; a client that only finished sending does not abort it. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Aborted when nobody waits for an answer: the client is gone, or ended without the Terminate of one that is done. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** The body of the next message before the session starts, undefined at the end. Throws `ProtocolViolation`. */
  async readUntyped(): Promise<Buffer | undefined> {
    for (;;) {
      const body = this.#framer.nextUntyped();
      if (body !== undefined || this.#ended) return body;
      await this.#changed();
    }
  }

  /** From here on the client sends messages with a type byte. */
  startMessages(): void {
    this.#started = true;
    this.#cut();
  }

  /** The next message, undefined when the client will send no more. Throws `ProtocolViolation`. */
  async read(): Promise<WireMessage | undefined> {
    await this.whenReadable();
    return this.tryRead();
  }

  /** The next message if it is here already. */
  tryRead(): WireMessage | undefined {
    const message = this.#queue[this.#taken];
    if (message) {
      this.#taken += 1;
      if (this.#taken === this.#queue.length || this.#taken >= 4096) {
        this.#queue.splice(0, this.#taken);
        this.#taken = 0;
      }
      this.#queuedBytes -= message.frame.length;
      if (this.#queuedBytes < inputWindow && this.#socket.isPaused()) {
        this.#socket.resume();
      }
    } else if (this.#failure) {
      throw this.#failure;
    }
    return message;
  }

  /** The message that {@link tryRead} would take. */
  peek(): WireMessage | undefined {
    return this.#queue[this.#taken];
  }

  /** Resolves when {@link tryRead} has something, or never will. */
  async whenReadable(): Promise<void> {
    while (this.peek() === undefined && !this.#ended && !this.#failure) await this.#changed();
  }

  /** Whether what the client sent last is no message, so that {@link tryRead} throws. */
  get failed(): boolean {
    return this.peek() === undefined && this.#failure !== undefined;
  }

  /** `taken` runs once when the bytes have left this process, or never will. */
  write(bytes: Buffer, taken?: () => void): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) taken?.();
    else
      this.#socket.write(
        bytes,
        taken &&
          (() => {
            taken();
          }),
      );
  }

  /** Resolves when little enough of what was written still waits in this process. */
  async drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        resolve();
      };
      this.#socket.on('drain', done);
      this.#socket.on('close', done);
    });
  }

  /** Sends what was written, then closes. */
  end(): void {
    this.#socket.end();
    this.#socket.resume();
  }

  /** Sends what was written, then closes whatever the client does. */
  destroySoon(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #cut(): void {
    if (!this.#started || this.#failure) return;
    try {
      for (let message; (message = this.#framer.next());) {
        this.#queue.push(message);
        this.#queuedBytes += message.frame.length;
      }
    } catch (error) {
      this.#failure = error as Error;
    }
    if (this.#queuedBytes >= inputWindow) this.#socket.pause();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #notify(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
