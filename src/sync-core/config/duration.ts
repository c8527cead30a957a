import type { Duration } from './resolved.ts';

const msPerUnit: ReadonlyMap<string, number> = new Map([
  ['us', 0.001],
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

const spelledOtherwise: ReadonlyMap<string, string> = new Map([
  ['m', 'min'],
  ['mins', 'min'],
  ['minute', 'min'],
  ['minutes', 'min'],
  ['sec', 's'],
  ['secs', 's'],
  ['second', 's'],
  ['seconds', 's'],
  ['hr', 'h'],
  ['hour', 'h'],
  ['hours', 'h'],
  ['day', 'd'],
  ['days', 'd'],
  ['msec', 'ms'],
  ['millis', 'ms'],
  ['milliseconds', 'ms'],
]);

/** Postgres keeps its timeouts as a signed 32-bit number of milliseconds. */
export const longestDurationMs = 2_147_483_647;

/** What {@link parseDuration} says of a text that is no duration. */
export interface DurationProblem {
  readonly problem: string;
  readonly suggestion?: string;
}

/**
 * A length of time as Postgres writes it: a number and one of its units `us`, `ms`, `s`, `min`, `h`, `d`, or `0` alone.
 * Rounded to whole milliseconds as Postgres rounds; at most 2,147,483,647 ms, which is Postgres' own limit.
 * (postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES)
 */
export function parseDuration(text: string): Duration | DurationProblem {
  const trimmed = text.trim();
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(trimmed);
  const amount = Number(match?.[1]);
  const unit = match?.[2] ?? '';
  if (match === null) {
    return {
      problem: `${JSON.stringify(text)} is not a length of time: write a number and a unit, such as "60s" or "5min".`,
    };
  }
  if (unit === '' && amount === 0) return { ms: 0, text: '0' };
  if (unit === '') {
    return {
      problem: `${JSON.stringify(text)} has no unit: one of ${[...msPerUnit.keys()].join(', ')}.`,
      ...(isDuration(parseDuration(`${trimmed}s`)) && { suggestion: `${trimmed}s` }),
    };
  }
  const factor = msPerUnit.get(unit);
  if (factor === undefined) {
    const meant = spelledOtherwise.get(unit.toLowerCase()) ?? unit.toLowerCase();
    const suggestion = `${match[1] ?? ''}${meant}`;
    return {
      problem: `${JSON.stringify(unit)} is not a unit of time: use one of ${[...msPerUnit.keys()].join(', ')}, as Postgres does.`,
      ...(msPerUnit.has(meant) && isDuration(parseDuration(suggestion)) && { suggestion }),
    };
  }
  const ms = Math.round(amount * factor);
  if (ms > longestDurationMs)
    return { problem: `${JSON.stringify(text)} is longer than Postgres allows (about 24 days).` };
  return { ms, text: trimmed };
}

/** Whether a text was a duration. */
export function isDuration(parsed: Duration | DurationProblem): parsed is Duration {
  return 'ms' in parsed;
}
