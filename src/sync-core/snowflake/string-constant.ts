/**
 * The text as a string constant: inside single quotes a backslash escapes, and a quote is doubled.
 * @see https://docs.snowflake.com/en/sql-reference/data-types-text#string-constants
 */
export function stringConstant(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
