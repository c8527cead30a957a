import type { Prng } from './prng.ts';

/** The sample's "now", so that the same seed gives the same rows on any day: 2026-01-15 06:00 UTC. */
export const sampleNow = Date.UTC(2026, 0, 15, 6);
export const sampleToday = Math.floor(sampleNow / 86_400_000);

const day = 86_400_000;

/** A moment of the last so many days, in ms since 1970; recent ones more often. */
export function recently(days: number, random: Prng): number {
  const age = random.uniform() * random.uniform() * days * day;
  return sampleNow - Math.floor(age);
}

/** Minutes east of UTC in Texas, by whether the US observe daylight saving time (second Sunday of March to first of November). */
export function texasOffset(milliseconds: number): number {
  const year = new Date(milliseconds).getUTCFullYear();
  const begins = sunday(year, 2, 2) + 8 * 3_600_000;
  const ends = sunday(year, 10, 1) + 7 * 3_600_000;
  return milliseconds >= begins && milliseconds < ends ? -300 : -360;
}

/** Midnight UTC of the n-th Sunday of a month (January is 0). */
function sunday(year: number, month: number, n: number): number {
  const first = new Date(Date.UTC(year, month, 1)).getUTCDay();
  return Date.UTC(year, month, 1 + ((7 - first) % 7) + (n - 1) * 7);
}
