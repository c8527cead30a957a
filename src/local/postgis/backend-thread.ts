import { inspect } from 'node:util';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { BackendThreadData, FromBackendThread, ToBackendThread } from './backend-thread-protocol.ts';
import { flowCell, outputWindow } from './backend-thread-protocol.ts';
import type { InterruptVariables } from './interrupts.ts';
import { forgetCancel, withHarmlessTiming } from './interrupts.ts';
import { LocalPostgisError } from './local-postgis-error.ts';
import { openPglite } from './pglite.ts';
import type { PostgresModule } from './pglite-wire.ts';
import { PgliteWire } from './pglite-wire.ts';
import { shareWasmMemory } from './shared-wasm-memory.ts';

/**
 * The thread that runs PGlite. It exists because PostgreSQL reads its connection synchronously: in COPY FROM STDIN the
 * backend calls for more input from the middle of a statement and takes an empty answer for a broken connection. A
 * thread can sleep there until the client has sent more, while the main thread goes on serving sockets.
 */
const { port, flow, assets, pgData } = workerData as BackendThreadData;
const cells = new Int32Array(flow);
const chunkBytes = 64 * 1024;

function post(message: FromBackendThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

let staged = new Uint8Array(chunkBytes);
let stagedBytes = 0;

function flushOutput(): void {
  if (stagedBytes === 0) return;
  /** A short answer is copied: handing the buffer over with it would cost a new one for each. */
  const handsOver = stagedBytes > chunkBytes / 4;
  const bytes = handsOver ? staged.subarray(0, stagedBytes) : staged.slice(0, stagedBytes);
  Atomics.add(cells, flowCell.outputPending, stagedBytes);
  post({ kind: 'output', bytes }, [bytes.buffer]);
  if (handsOver) staged = new Uint8Array(chunkBytes);
  stagedBytes = 0;
  for (let pending; (pending = Atomics.load(cells, flowCell.outputPending)) > outputWindow;) {
    Atomics.wait(cells, flowCell.outputPending, pending);
  }
}

function write(bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) {
    const part = bytes.subarray(offset, offset + chunkBytes - stagedBytes);
    staged.set(part, stagedBytes);
    stagedBytes += part.length;
    offset += part.length;
    if (stagedBytes === chunkBytes) flushOutput();
  }
}

function readMore(): Uint8Array {
  for (let told = false; ;) {
    const posted = Atomics.load(cells, flowCell.inputPosted);
    const received = receiveMessageOnPort(port) as { message: ToBackendThread } | undefined;
    if (received === undefined) {
      if (!told) {
        flushOutput();
        post({ kind: 'starved' });
        told = true;
      }
      Atomics.wait(cells, flowCell.inputPosted, posted);
    } else if (received.message.kind === 'input') {
      return received.message.bytes;
    } else {
      throw new Error(`the backend was asked to ${received.message.kind} while it reads COPY data`);
    }
  }
}

let interrupts: InterruptVariables | undefined;

function interruptVariables(postgres: PostgresModule): InterruptVariables {
  const memory = postgres.HEAPU8.buffer;
  if (!(memory instanceof SharedArrayBuffer)) throw new Error("PostgreSQL's memory is not shared between threads");
  return {
    memory,
    interruptPending: postgres._InterruptPending,
    queryCancelPending: postgres._QueryCancelPending,
  };
}

async function main(): Promise<void> {
  shareWasmMemory((imports) => withHarmlessTiming(imports, () => interrupts));
  const { pglite, facts } = await openPglite({
    assets,
    pgData,
    onStep: (step) => {
      post({ kind: 'progress', step });
    },
  });
  const postgres = pglite.Module as unknown as PostgresModule;
  const wire = new PgliteWire(postgres, { readMore, write });
  const variables = (interrupts = interruptVariables(postgres));
  port.on('message', (message: ToBackendThread) => {
    if (message.kind === 'run') {
      try {
        forgetCancel(variables);
        wire.run(message.bytes);
        flushOutput();
        post({ kind: 'done' });
      } catch (error) {
        fail(error);
      }
    } else if (message.kind === 'close') {
      pglite.close().then(() => {
        post({ kind: 'closed' });
        port.close();
      }, fail);
    }
  });
  post({ kind: 'ready', facts: { ...facts, parameters: wire.startSession() }, interrupts: variables });
}

function fail(error: unknown): void {
  const code = error instanceof LocalPostgisError ? error.code : 'start-failed';
  post({
    kind: 'failed',
    code,
    message: error instanceof Error ? error.message : String(error),
    stack: inspect(error),
  });
  port.close();
}

if (parentPort === null) throw new Error('backend-thread runs only as a thread');
main().catch(fail);
