import { longestIdentifierBytes } from '../postgres/identifiers.ts';

/** The parts of a dotted name, or why it is none. */
export type ParsedName = { readonly parts: readonly string[] } | { readonly problem: string };

const part = /"((?:[^"]|"")*)"|([^".]+)/y;

/**
 * A Postgres name as SQL reads it: parts are separated by dots; what is in double quotes is taken as it is, everything else
 * is folded to lower case (ASCII letters only, as Postgres folds in UTF-8).
 */
export function parsePostgresName(text: string): ParsedName {
  return parseName(text, foldUnquoted);
}

/**
 * A Snowflake name: unquoted parts are made of letters, digits, `_` and `$`, do not start with a digit, and are folded to
 * upper case. (docs.snowflake.com/sql-reference/identifiers-syntax)
 */
export function parseSnowflakeName(text: string): ParsedName {
  const parsed = parseName(text, (name) => name.toUpperCase());
  if ('problem' in parsed) return parsed;
  const unquoted = text.replace(/"(?:[^"]|"")*"/g, '');
  const odd = /[^A-Za-z0-9_$.\u0080-\uffff]/.exec(unquoted);
  if (odd !== null) return { problem: `${JSON.stringify(odd[0])} needs double quotes around the name` };
  if (/(?:^|\.)[0-9$]/.test(unquoted)) return { problem: 'a name that starts with a digit or $ needs double quotes' };
  return parsed;
}

function parseName(text: string, fold: (name: string) => string): ParsedName {
  const trimmed = text.trim();
  if (trimmed === '') return { problem: 'the name is empty' };
  const parts: string[] = [];
  for (let at = 0; ; at++) {
    part.lastIndex = at;
    const match = part.exec(trimmed);
    if (match === null) {
      return { problem: trimmed[at] === '"' ? 'a double quote is not closed' : 'a part of the name is empty' };
    }
    const name = match[1] === undefined ? fold((match[2] ?? '').trim()) : match[1].replaceAll('""', '"');
    if (name === '') return { problem: 'a part of the name is empty' };
    if (name.includes('\0')) return { problem: 'a name cannot contain a NUL character' };
    parts.push(name);
    at = part.lastIndex;
    if (at === trimmed.length) return { parts };
    if (trimmed[at] !== '.')
      return { problem: `${JSON.stringify(trimmed.slice(at, at + 1))} is not expected after a quoted name` };
  }
}

function foldUnquoted(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * The Postgres column that a setting names. As in SQL, double quotes keep a name as it is, and a plain identifier is folded
 * to lower case; what could not be an identifier without quotes (`Risk %`) is taken as it is.
 */
export function postgresColumnName(text: string): string {
  const quoted = /^"((?:[^"]|"")+)"$/.exec(text);
  if (quoted?.[1] !== undefined) return quoted[1].replaceAll('""', '"');
  return /^[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*$/.test(text) ? foldUnquoted(text) : text;
}

/** Why Postgres would not have this identifier, or undefined. */
export function identifierProblem(name: string): string | undefined {
  if (name === '') return 'A name cannot be empty.';
  if (name.includes('\0')) return 'A name cannot contain a NUL character.';
  const bytes = Buffer.byteLength(name, 'utf8');
  return bytes > longestIdentifierBytes
    ? `${JSON.stringify(name)} has ${bytes} bytes, and a Postgres name can have ${longestIdentifierBytes} at most.`
    : undefined;
}
