import { formatDuration } from '../../worker/protocol/figures.ts';

/** How long something has been going on: in whole seconds, which is as often as it is worth looking at. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000);
}

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
