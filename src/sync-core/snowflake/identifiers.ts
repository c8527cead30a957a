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

/** A name that may stand without quotes, and means itself then. */
const plainName = /^[A-Z_][A-Z0-9_$]*$/;

/** @see https://docs.snowflake.com/en/sql-reference/reserved-keywords */
const reservedWords: ReadonlySet<string> = new Set(
  `ACCOUNT ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CONNECTION CONSTRAINT CREATE CROSS CURRENT
   CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATABASE DELETE DISTINCT DROP ELSE EXISTS FALSE FOLLOWING FOR
   FROM FULL GRANT GROUP GSCLUSTER HAVING ILIKE IN INCREMENT INNER INSERT INTERSECT INTO IS ISSUE JOIN LATERAL LEFT LIKE
   LOCALTIME LOCALTIMESTAMP MINUS NATURAL NOT NULL OF ON OR ORDER ORGANIZATION QUALIFY REGEXP REVOKE RIGHT RLIKE ROW ROWS
   SAMPLE SCHEMA SELECT SET SOME START TABLE TABLESAMPLE THEN TO TRIGGER TRUE TRY_CAST UNION UNIQUE UPDATE USING VALUES
   VIEW WHEN WHENEVER WHERE WITH`.split(/\s+/),
);

/** The name as people write it: quoted only where it must be. */
export function displaySnowflakeIdentifier(name: string): string {
  return plainName.test(name) && !reservedWords.has(name) ? name : quoteSnowflakeIdentifier(name);
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
  return plainName.test(snowflakeName) ? snowflakeName.toLowerCase() : snowflakeName;
}

/** Postgres cuts longer names silently; Snowmelt refuses them instead. */
export function fitsPostgresName(name: string): boolean {
  return Buffer.byteLength(name, 'utf8') <= postgresNameBytes;
}
