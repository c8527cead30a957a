import { formatCount } from '../worker/protocol/figures.ts';

/**
 * How times, shares and sentences are written in the editor. Figures that the command line writes too are in
 * src/worker/protocol/figures.ts. Times are those of this machine, in 24 hours, whatever the editor's language: the text around
 * them is English.
 */

const clock = dateFormat({ hour: '2-digit', minute: '2-digit' });
const dayAndMonth = dateFormat({ day: 'numeric', month: 'short' });
const dayMonthAndYear = dateFormat({ day: 'numeric', month: 'short', year: 'numeric' });
const weekday = dateFormat({ weekday: 'long' });
const dateAndTime = dateFormat({
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** `153,592`, and `~153,592` for an estimate. */
export function formatEstimate(count: number, exact: boolean): string {
  return `${exact ? '' : '~'}${formatCount(count)}`;
}

/** `64 %`: rounded down, so that nothing is said to be finished that is not. */
export function formatShare(part: number, whole: number): string {
  return `${Math.floor((Math.min(Math.max(part, 0), whole) / whole) * 100)} %`;
}

/** `12:04` today, `26 Nov 12:04` this year, `26 Nov 2025 12:04` before it. Times in ms since the epoch. */
export function formatMoment(time: number, now: number): string {
  const date = new Date(time);
  const today = new Date(now);
  if (dayKey(time) === dayKey(now)) return clock(date);
  const day = date.getFullYear() === today.getFullYear() ? dayAndMonth : dayMonthAndYear;
  return `${day(date)} ${clock(date)}`;
}

/** `27 Nov 2026, 12:04:11` */
export function formatDateTime(time: number): string {
  return dateAndTime(new Date(time));
}

/** The day of a time on this machine, for comparing and sorting: `2026-11-27`. */
export function dayKey(time: number): string {
  const date = new Date(time);
  const digits = (number: number, length: number): string => String(number).padStart(length, '0');
  return `${digits(date.getFullYear(), 4)}-${digits(date.getMonth() + 1, 2)}-${digits(date.getDate(), 2)}`;
}

/** `Today`, `Yesterday`, `Monday, 23 Nov` this year, `23 Nov 2025` before it. */
export function formatDay(time: number, now: number): string {
  const date = new Date(time);
  const today = new Date(now);
  if (dayKey(time) === dayKey(now)) return 'Today';
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (dayKey(time) === dayKey(yesterday.getTime())) return 'Yesterday';
  return date.getFullYear() === today.getFullYear() ? `${weekday(date)}, ${dayAndMonth(date)}` : dayMonthAndYear(date);
}

/** The first sentence of a message, for a place with room for one. A dot within a word, a name or a number ends none. */
export function firstSentence(message: string): string {
  const line = message.trim().split('\n', 1)[0] ?? '';
  return /^.*?[.!?](?=\s+[^\sa-z])/u.exec(line)?.[0] ?? line;
}

/** `1 cache table is`, `3 cache tables are`: the number, and the word that fits it. */
export function formatNumberOf(count: number, one: string, several: string): string {
  return `${formatCount(count)} ${count === 1 ? one : several}`;
}

/** What is known of several things, on one line: `153,592 rows · 2 min ago`. */
export function joinFacts(...facts: readonly (string | false | null | undefined)[]): string {
  return facts.filter((fact) => typeof fact === 'string' && fact !== '').join(' · ');
}

/** Makes the format at its first use: the language data behind it takes long to load, and activation needs none of it. */
function dateFormat(options: Intl.DateTimeFormatOptions): (date: Date) => string {
  let format: Intl.DateTimeFormat | undefined;
  return (date) => {
    format ??= new Intl.DateTimeFormat('en-GB', options);
    return format.format(date);
  };
}
