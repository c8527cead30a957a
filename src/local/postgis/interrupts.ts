/** Where another thread finds the backend's variables for interrupts, in its shared memory. */
export interface InterruptVariables {
  readonly memory: SharedArrayBuffer;
  /** Addresses of PostgreSQL's `InterruptPending` and `QueryCancelPending` (C `int`s). */
  readonly interruptPending: number;
  readonly queryCancelPending: number;
}

/** What PostgreSQL's handler of SIGINT does: asks the backend to cancel its statement. From any thread. */
export function requestCancel({ memory, interruptPending, queryCancelPending }: InterruptVariables): void {
  const cells = new Int32Array(memory);
  Atomics.store(cells, queryCancelPending >> 2, 1);
  Atomics.store(cells, interruptPending >> 2, 1);
}

/** Forgets a request that came when its statement was over already, so that it does not hit the next one. */
export function forgetCancel({ memory, queryCancelPending }: InterruptVariables): void {
  Atomics.store(new Int32Array(memory), queryCancelPending >> 2, 0);
}

export function isCancelRequested({ memory, queryCancelPending }: InterruptVariables): boolean {
  return Atomics.load(new Int32Array(memory), queryCancelPending >> 2) !== 0;
}

type Imported = Readonly<Record<string, unknown>>;

/** What a WebAssembly module imports, by module and name. */
export interface Imports {
  readonly [module: string]: Imported;
  readonly env?: Imported & { readonly _setitimer_js?: unknown };
  readonly wasi_snapshot_preview1?: Imported & { readonly clock_time_get?: unknown };
}

type ClockTimeGet = (clock: number, precision: bigint, pointer: number) => number;

const longerThanAnySleep = 366n * 86_400n * 1_000_000_000n;

/**
 * A module's imports without what would let PostgreSQL's timing hurt it.
 *
 * - PGlite waits (`pg_sleep`) by looking at the clock until the time has come, without looking for interrupts; for as
 *   long as a cancel is requested the clock says that it has.
 * - PostgreSQL's interval timer goes off between statements, when the thread is idle, and an
 *   `idle_in_transaction_session_timeout` then ends not a connection but the whole backend. The server keeps the time of
 *   its sessions itself (`SessionTimeouts`), so the timer is never set.
 */
export function withHarmlessTiming(imports: Imports, variables: () => InterruptVariables | undefined): Imports {
  const { env, wasi_snapshot_preview1: wasi } = imports;
  if (env?._setitimer_js === undefined || wasi?.clock_time_get === undefined) return imports;
  const original = wasi.clock_time_get as ClockTimeGet;
  const clock: ClockTimeGet = (id, precision, pointer) => {
    const result = original(id, precision, pointer);
    const interrupts = variables();
    if (interrupts && isCancelRequested(interrupts)) {
      const view = new DataView(interrupts.memory);
      view.setBigUint64(pointer, view.getBigUint64(pointer, true) + longerThanAnySleep, true);
    }
    return result;
  };
  return {
    ...imports,
    env: replacing(env, '_setitimer_js', () => 0),
    wasi_snapshot_preview1: replacing(wasi, 'clock_time_get', clock),
  };
}

/** Emscripten makes some imports only as they are asked for, so that a copy would lack them. */
function replacing(imports: Imported, name: string, replacement: unknown): Imported {
  return new Proxy(imports, {
    get: (target, key) => (key === name ? replacement : Reflect.get(target, key)) as unknown,
  });
}
