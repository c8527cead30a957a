/**
 * Values as the stand-in's tables hold them (`../snowflake/sql/types/storage.ts`), in Postgres' COPY text. Numbers and the sample's own
 * identifiers need no more than to be put into the line.
 */

/** SQL NULL. */
export const absent = String.raw`\N`;

/** Ends a row; a chunk of a table is whole rows. */
export function copyLine(fields: readonly (string | number)[]): string {
  return `${fields.join('\t')}\n`;
}

const special = /[\\\t\n\r]/gu;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Any text without U+0000. */
export function copyText(text: string): string {
  return text.replace(special, (character) => escapes[character] ?? character);
}

/** A day, from days since 1970-01-01. */
export function copyDate(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** TIMESTAMP_NTZ, or TIMESTAMP_LTZ in UTC: whole milliseconds since 1970, and nanoseconds below that (0 to 999,999). */
export function copyTimestamp(milliseconds: number, nanoseconds = 0): string {
  return `("${instant(milliseconds, nanoseconds)}",${nanoseconds % 1000})`;
}

/** TIMESTAMP_TZ: the same in UTC, and the minutes east of it. */
export function copyTimestampTz(milliseconds: number, nanoseconds: number, offsetMinutes: number): string {
  return `("${instant(milliseconds, nanoseconds)}",${nanoseconds % 1000},${offsetMinutes})`;
}

function instant(milliseconds: number, nanoseconds: number): string {
  const text = new Date(milliseconds).toISOString();
  const microseconds = String(Math.floor(nanoseconds / 1000)).padStart(3, '0');
  return `${text.slice(0, 10)} ${text.slice(11, 23)}${microseconds}`;
}
