/**
 * How a Snowflake string is held in Postgres, whose text has no U+0000. NUL becomes one private character, so that LENGTH, SUBSTR
 * and REPLACE(…, CHR(0), …) work on stored text as they are; the two noncharacters that this takes away are written as pairs.
 * The mapping is one-to-one: every Snowflake string comes back exactly. What is off for stored text that holds NUL: it sorts
 * after other characters, and a text that holds one of the two noncharacters themselves is one longer per occurrence.
 */
export const storedNul = '\u{8FFFE}';
const escape = '\u{8FFFF}';

const special = /[\u{8FFFE}\u{8FFFF}]/u;
const loneSurrogate = /\p{Surrogate}/u;
const loneSurrogates = /\p{Surrogate}/gu;

export function encodeText(text: string): string {
  const wellFormed = loneSurrogate.test(text) ? text.replaceAll(loneSurrogates, '\uFFFD') : text;
  if (!wellFormed.includes('\0') && !special.test(wellFormed)) return wellFormed;
  return wellFormed.replaceAll(escape, `${escape}b`).replaceAll(storedNul, `${escape}a`).replaceAll('\0', storedNul);
}

export function decodeText(text: string): string {
  if (!text.includes('\u{8FFFE}') && !text.includes('\u{8FFFF}')) return text;
  return text.replaceAll(storedNul, '\0').replaceAll(`${escape}a`, storedNul).replaceAll(`${escape}b`, escape);
}

/** A Postgres string literal for text that is already in its stored form. */
export function quoteLiteral(stored: string): string {
  const doubled = stored.replaceAll("'", "''");
  return stored.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** SQL that is true of stored text whose bytes are those of the Snowflake string. */
export function isPlain(sql: string): string {
  return `(strpos(${sql}, '${storedNul}') = 0 AND strpos(${sql}, '${escape}') = 0)`;
}
