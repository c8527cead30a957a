/** A Snowflake type text, taken apart: `VECTOR(FLOAT, 3)` is VECTOR with one part FLOAT and the number 3. */
export interface ParsedType {
  /** The type's canonical name: an alias such as `DECIMAL` or `STRING` is resolved. */
  readonly name: string;
  readonly numbers: readonly number[];
  readonly parts: readonly TypePart[];
}

/** A type inside a structured type: an OBJECT's named field, an ARRAY's element, a MAP's key and value. */
export interface TypePart {
  /** Empty but for the fields of an OBJECT. */
  readonly name: string;
  readonly type: ParsedType;
  readonly notNull: boolean;
}

const canonicalNames: Readonly<Record<string, string>> = {
  DECIMAL: 'NUMBER',
  NUMERIC: 'NUMBER',
  INT: 'NUMBER',
  INTEGER: 'NUMBER',
  BIGINT: 'NUMBER',
  SMALLINT: 'NUMBER',
  TINYINT: 'NUMBER',
  BYTEINT: 'NUMBER',
  FIXED: 'NUMBER',
  FLOAT4: 'FLOAT',
  FLOAT8: 'FLOAT',
  DOUBLE: 'FLOAT',
  REAL: 'FLOAT',
  STRING: 'VARCHAR',
  TEXT: 'VARCHAR',
  CHAR: 'VARCHAR',
  CHARACTER: 'VARCHAR',
  VARBINARY: 'BINARY',
  DATETIME: 'TIMESTAMP_NTZ',
  TIMESTAMP: 'TIMESTAMP_NTZ',
};

/** Splits at the commas that stand outside every parenthesis and quotation. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const objectField = /^("(?:[^"]|"")+"|[A-Za-z_][\w$]*)\s+(.+)$/s;

function parsePart(text: string, named: boolean): TypePart {
  let name = '';
  let rest = text;
  if (named) {
    const match = objectField.exec(text);
    if (match?.[1] === undefined || match[2] === undefined) throw new Error(`Not a field of an OBJECT type: ${text}`);
    name = match[1].startsWith('"') ? match[1].slice(1, -1).replaceAll('""', '"') : match[1];
    rest = match[2];
  }
  const notNull = /\s+NOT\s+NULL$/i.test(rest);
  return { name, type: parseType(rest.replace(/\s+NOT\s+NULL$/i, '')), notNull };
}

/** Takes a type text apart. Throws for text that is not a type's. */
export function parseType(text: string): ParsedType {
  const match = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*(?:\((.*)\))?\s*$/s.exec(text);
  if (match?.[1] === undefined) throw new Error(`Not a type: ${text}`);
  const written = match[1].toUpperCase();
  const name = canonicalNames[written] ?? written;
  const args = splitArguments(match[2] ?? '');
  const numbers = args.filter((argument) => /^\d+$/.test(argument)).map(Number);
  const parts = args
    .filter((argument) => !/^\d+$/.test(argument))
    .map((argument) => parsePart(argument, name === 'OBJECT'));
  return { name, numbers, parts };
}
