/**
 * Snowflake's identifiers: unquoted names fold to upper case, quoted names keep theirs.
 * @see https://docs.snowflake.com/en/sql-reference/identifiers-syntax
 */

/** The longest identifier that Postgres keeps whole (NAMEDATALEN - 1), in bytes. */
const postgresNameBytes = 63;

/** A name with its qualifiers, each part as Snowflake stores it (already folded). */
export interface QualifiedName {
  readonly parts: readonly string[];
}

/** The name in double quotes, which Snowflake reads back exactly. */
export function quoteSnowflakeIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Every part quoted, joined with dots. */
export function formatQualifiedName(name: QualifiedName): string {
  return name.parts.map(quoteSnowflakeIdentifier).join('.');
}

/**
 * Reads `db.schema."Object"` as Snowflake does.
 * @returns undefined when the text is not one to three dotted identifiers.
 */
export function parseQualifiedName(text: string): QualifiedName | undefined {
  const part = /\s*(?:"((?:[^"]|"")+)"|([A-Za-z_][A-Za-z0-9_$]*))\s*/y;
  const parts: string[] = [];
  for (;;) {
    const match = part.exec(text);
    if (match === null) return undefined;
    const [, quoted, plain] = match;
    parts.push(quoted !== undefined ? quoted.replaceAll('""', '"') : (plain ?? '').toUpperCase());
    if (part.lastIndex === text.length) break;
    if (text[part.lastIndex] !== '.') return undefined;
    part.lastIndex += 1;
  }
  return parts.length <= 3 ? { parts } : undefined;
}

/**
 * The Postgres name of a Snowflake column: a name that Snowflake would accept without quotes becomes lower case, a name that
 * needs quotes keeps its case.
 */
export function postgresNameOf(snowflakeName: string): string {
  return /^[A-Z_][A-Z0-9_$]*$/.test(snowflakeName) ? snowflakeName.toLowerCase() : snowflakeName;
}

/** Postgres cuts longer names silently; Snowmelt refuses them instead. */
export function fitsPostgresName(name: string): boolean {
  return Buffer.byteLength(name, 'utf8') <= postgresNameBytes;
}
