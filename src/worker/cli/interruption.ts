import { exitCodeOf, SyncError } from '../../sync-core/errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The two-stage end of a command: the first SIGINT, SIGTERM or SIGHUP aborts `signal`, so that everything is cleaned up; the
 * second ends the process at once. What is then left behind, the next run removes.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #onFirst: () => void;
  readonly #end: (code: number) => void;
  readonly #handler = (): void => {
    this.interrupt();
  };

  /**
   * @param onFirst told of the first one, to say that it was heard.
   * @param end ends the process.
   */
  constructor(onFirst: () => void, end: (code: number) => void = (code) => process.exit(code)) {
    this.#onFirst = onFirst;
    this.#end = end;
    for (const name of signals) process.on(name, this.#handler);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** As if a signal had come; for a terminal in raw mode, which sends none. */
  interrupt(): void {
    const cancelled = new SyncError('cancelled', 'Cancelled.');
    if (this.signal.aborted) {
      this.#end(exitCodeOf(cancelled));
      return;
    }
    this.#onFirst();
    this.#controller.abort(cancelled);
  }

  /** From here on a signal does again what it does by itself. */
  close(): void {
    for (const name of signals) process.off(name, this.#handler);
  }
}
