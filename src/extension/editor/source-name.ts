/** A name of Snowflake as far as it has been typed, inside a JSON string. */
export interface TypedSourceName {
  /** The parts before the last one, as Snowflake stores them. */
  readonly qualifiers: readonly string[];
  /** The last part as far as it is there, unquoted. */
  readonly last: string;
  /** Where the last part begins, in UTF-16 code units from the begin of the raw text. */
  readonly lastOffset: number;
}

/**
 * Reads what stands between the quotes of a JSON string, escapes and all, as a dotted name of Snowflake: unquoted parts are
 * folded to upper case, quoted ones (`\"My Schema\"`) keep theirs.
 */
export function readTypedSourceName(raw: string): TypedSourceName {
  const qualifiers: string[] = [];
  let part = '';
  let isQuoted = false;
  let wasQuoted = false;
  let lastOffset = 0;
  for (let at = 0; at < raw.length;) {
    const { text, length } = characterAt(raw, at);
    if (text === '"') {
      const next = characterAt(raw, at + length);
      if (isQuoted && next.text === '"') {
        part += '"';
        at += next.length;
      } else {
        isQuoted = !isQuoted;
        wasQuoted = true;
      }
    } else if (text === '.' && !isQuoted) {
      qualifiers.push(wasQuoted ? part : part.trim().toUpperCase());
      part = '';
      wasQuoted = false;
      lastOffset = at + length;
    } else part += text;
    at += length;
  }
  return { qualifiers, last: part, lastOffset };
}

/** The parts of a whole name (not escaped), as Snowflake stores them; undefined where it has not three. */
export function objectParts(name: string): { database: string; schema: string; object: string } | undefined {
  const { qualifiers } = readTypedSourceName(escapeForJson(`${name}.`));
  const [database, schema, object] = qualifiers;
  if (qualifiers.length !== 3 || !database || !schema || !object) return undefined;
  return { database, schema, object };
}

/** A text as it stands between the quotes of a JSON string. */
export function escapeForJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The character of a JSON string's raw text at a place, unescaped, and how much of the raw text it takes. */
function characterAt(raw: string, at: number): { text: string; length: number } {
  if (raw[at] !== '\\') return { text: raw.slice(at, at + 1), length: 1 };
  const length = raw[at + 1] === 'u' ? 6 : 2;
  try {
    return { text: String(JSON.parse(`"${raw.slice(at, at + length)}"`)), length };
  } catch {
    return { text: raw.slice(at, at + length), length };
  }
}
