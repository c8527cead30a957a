/**
 * A raw string constant: in `$$…$$` a backslash is only a backslash.
 * @see https://docs.snowflake.com/en/sql-reference/data-types-text#dollar-quoted-string-constants
 */
export function snowflakeText(text: string): string {
  if (text.includes('$$')) throw new RangeError('a dollar-quoted constant cannot hold $$');
  return `$$${text}$$`;
}

/**
 * What Postgres' COPY text format needs escaped, as Snowflake expressions: character, then its escape. Backslash first, or the
 * escapes of the others would be escaped again.
 * @see https://www.postgresql.org/docs/current/sql-copy.html (Text Format)
 */
export const copyEscapes: readonly (readonly [character: string, escape: string])[] = [
  [snowflakeText('\\'), snowflakeText('\\\\')],
  ['CHR(9)', snowflakeText('\\t')],
  ['CHR(10)', snowflakeText('\\n')],
  ['CHR(13)', snowflakeText('\\r')],
];

/** COPY's marker of NULL, as a Snowflake expression. */
export const copyNull = snowflakeText('\\N');
