/**
 * Hands the one backend from connection to connection in the order in which they asked (first in, first out, so nobody
 * starves). A connection keeps its turn for a whole transaction.
 */
export class BackendQueue {
  readonly #waiting: { grant: () => void }[] = [];
  #held = false;

  /** How many connections wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with the release of this turn. Rejects with the signal's reason when it is aborted before the turn comes. */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#held) {
      await new Promise<void>((resolve, reject) => {
        const entry = {
          grant: () => {
            signal.removeEventListener('abort', giveUp);
            resolve();
          },
        };
        const giveUp = () => {
          const place = this.#waiting.indexOf(entry);
          if (place >= 0) this.#waiting.splice(place, 1);
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        this.#waiting.push(entry);
      });
    }
    this.#held = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.#waiting.shift();
      if (next) next.grant();
      else this.#held = false;
    };
  }
}
