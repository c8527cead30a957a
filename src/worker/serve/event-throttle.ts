import type { SyncEvent } from '../../sync-core/events.ts';

/** The least time between two reports of a run's progress, in ms. */
const intervalMs = 100;

/**
 * Passes events on in their order, of a run's `progress` at most ten a second: the latest. One that is held back goes out
 * before whatever follows it, so that the last figures of a step are always told.
 */
export class EventThrottle {
  readonly #send: (event: SyncEvent) => void;
  readonly #sentAt = new Map<string, number>();
  readonly #held = new Map<string, SyncEvent>();
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (event: SyncEvent) => void) {
    this.#send = send;
  }

  add(event: SyncEvent): void {
    if (event.kind === 'progress') {
      const now = performance.now();
      if (now - (this.#sentAt.get(event.run) ?? -Infinity) < intervalMs) {
        this.#held.set(event.run, event);
        this.#timer ??= setTimeout(() => {
          this.flush();
        }, intervalMs);
        return;
      }
      this.#sentAt.set(event.run, now);
      this.#held.delete(event.run);
      this.#send(event);
      return;
    }
    this.#release(event.run);
    if (event.kind === 'run-finished') this.#sentAt.delete(event.run);
    this.#send(event);
  }

  /** Sends what is held back. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const run of [...this.#held.keys()]) this.#release(run);
  }

  #release(run: string): void {
    const held = this.#held.get(run);
    if (held === undefined) return;
    this.#held.delete(run);
    this.#sentAt.set(run, performance.now());
    this.#send(held);
  }
}
