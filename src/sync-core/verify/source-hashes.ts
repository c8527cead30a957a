/** The statements that Snowflake compares by. */

/**
 * Rows of the source.
 * @see https://docs.snowflake.com/en/sql-reference/functions/count
 */
export function sourceCount(query: string): string {
  return `SELECT COUNT(*) FROM (\n${query}\n)`;
}
