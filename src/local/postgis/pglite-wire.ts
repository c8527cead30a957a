import { readParameterStatus } from './wire-messages.ts';
import { MessageFramer } from './message-framer.ts';

/** What this uses of PGlite's Emscripten module (`PGlite.Module`; its own type leaves the memory untyped). */
export interface PostgresModule {
  readonly HEAPU8: Uint8Array;
  /** Addresses of variables. */
  readonly _InterruptPending: number;
  readonly _QueryCancelPending: number;
  /** The stack pointer of C, a WebAssembly global. */
  readonly ___stack_pointer: { value: number };
  addFunction(callback: (pointer: number, length: number) => number, signature: string): number;
  _pgl_set_rw_cbs(read: number, write: number): void;
  _pgl_setPGliteExitStatus(status: number): number;
  _pgl_getMyProcPort(): number;
  _pgl_sendConnData(): void;
  _pgl_pq_flush(): void;
  _pq_buffer_remaining_data(): number;
  _PostgresMainLoopOnce(): void;
  _PostgresMainLongJmp(): void;
  _PostgresSendReadyForQueryIfNecessary(): void;
  _ProcessStartupPacket(port: number, sslDone: boolean, gssDone: boolean): number;
}

/** How the backend reaches its client. Both calls are synchronous, as PostgreSQL's own are. */
export interface BackendChannel {
  /** At least one more byte of input; sleeps until there is one. */
  readMore(): Uint8Array;
  /** `bytes` is a view of the backend's memory, valid only during the call. */
  write(bytes: Uint8Array): void;
}

/** The backend left its main loop for good (a trap, or PostgreSQL's own exit): nothing in its memory can be trusted. */
export class BackendCrash extends Error {
  override readonly name = 'BackendCrash';
}

/** PostgreSQL's `longjmp` to its outermost handler, as PGlite 0.5.8 reports it. */
const mainLongJump = 100;

/**
 * Runs PostgreSQL's main loop over a channel of ours. PGlite's own `execProtocolRaw` hands the backend one fixed
 * array, so a COPY has to be complete before it starts; this reads on as the client sends. The calls are those that
 * `execProtocolRawSync` of PGlite 0.5.8 makes, in its order.
 */
export class PgliteWire {
  readonly #postgres: PostgresModule;
  readonly #channel: BackendChannel;
  #input: Uint8Array = new Uint8Array(0);

  constructor(postgres: PostgresModule, channel: BackendChannel) {
    this.#postgres = postgres;
    this.#channel = channel;
    const read = postgres.addFunction((pointer: number, most: number) => this.#read(pointer, most), 'iii');
    const write = postgres.addFunction((pointer: number, length: number) => this.#write(pointer, length), 'iii');
    postgres._pgl_set_rw_cbs(read, write);
  }

  /**
   * Executes whole messages, and everything that COPY FROM STDIN reads on top of them. A SQL error is output like any
   * other; throws {@link BackendCrash} when the backend itself is gone.
   */
  run(messages: Uint8Array): void {
    const postgres = this.#postgres;
    const stack = postgres.___stack_pointer.value;
    this.#input = messages;
    try {
      while (this.#input.length > 0 || postgres._pq_buffer_remaining_data() > 0) {
        try {
          postgres._PostgresMainLoopOnce();
        } catch (error) {
          if (postgres._pgl_setPGliteExitStatus(-2) !== mainLongJump) {
            throw new BackendCrash('the embedded PostgreSQL stopped', { cause: error });
          }
          /** The exception does not unwind the C stack: without this every SQL error leaves its frames there, and
           * from about the 1,700th on all that comes is "stack depth limit exceeded". */
          postgres.___stack_pointer.value = stack;
          postgres._PostgresMainLongJmp();
        }
      }
    } finally {
      this.#input = new Uint8Array(0);
    }
    postgres._PostgresSendReadyForQueryIfNecessary();
    postgres._pgl_pq_flush();
  }

  /**
   * Does what a client's StartupMessage makes a backend do, once, and returns the parameters that it reports. Without
   * it PostgreSQL never tells a client when a reported parameter changes.
   */
  startSession(): [name: string, value: string][] {
    const postgres = this.#postgres;
    const body = Buffer.from('\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1');
    const startup = Buffer.alloc(4 + body.length);
    startup.writeInt32BE(startup.length);
    body.copy(startup, 4);
    this.#input = startup;
    const framer = new MessageFramer(1 << 20);
    this.#capture = (bytes) => {
      framer.push(Buffer.from(bytes));
    };
    try {
      if (postgres._ProcessStartupPacket(postgres._pgl_getMyProcPort(), true, true) !== 0) {
        throw new BackendCrash('the embedded PostgreSQL refused to start a session');
      }
      postgres._pgl_sendConnData();
      postgres._pgl_pq_flush();
    } finally {
      this.#capture = undefined;
    }
    const parameters: [string, string][] = [];
    for (let message; (message = framer.next());) {
      if (message.type === 'S') parameters.push(readParameterStatus(message.body));
    }
    return parameters;
  }

  #capture: ((bytes: Uint8Array) => void) | undefined;

  #read(pointer: number, most: number): number {
    if (this.#input.length === 0) this.#input = this.#channel.readMore();
    const part = this.#input.subarray(0, most);
    this.#postgres.HEAPU8.set(part, pointer);
    this.#input = this.#input.subarray(part.length);
    return part.length;
  }

  #write(pointer: number, length: number): number {
    const bytes = this.#postgres.HEAPU8.subarray(pointer, pointer + length);
    if (this.#capture) this.#capture(bytes);
    else this.#channel.write(bytes);
    return length;
  }
}
