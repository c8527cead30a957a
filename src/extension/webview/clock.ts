/** The extension's clock, which may be another machine's, as it was last told. */
export class Clock {
  #ahead = 0;

  /** @param now the extension's time, in ms since the epoch. */
  set(now: number): void {
    this.#ahead = now - Date.now();
  }

  get now(): number {
    return Date.now() + this.#ahead;
  }
}
