import type { SnowflakeType } from '../snowflake/data-types.ts';
import { quoteSnowflakeIdentifier } from '../snowflake/identifiers.ts';
import { copyNull } from './copy-escapes.ts';
import { copyTextOf } from './type-table.ts';

/** One field of the line. */
export interface CopyField {
  /** The source column, as Snowflake stores its name. */
  readonly source: string;
  readonly type: SnowflakeType;
  /** The Postgres type of the column that it is copied into. */
  readonly postgresType: string;
}

/** The name of the one result column. */
export const copyLineColumn = 'L';

/**
 * The expression whose value is one row in Postgres' COPY text format, without the line end.
 * Every field is rendered by {@link copyTextOf}; SQL NULL is `\N`, which an escaped text can never be.
 */
export function copyLineExpression(fields: readonly CopyField[], options: { readonly strip: boolean }): string {
  return fields
    .map(({ source, type, postgresType }) => {
      const text = copyTextOf(type, quoteSnowflakeIdentifier(source), { postgresType, strip: options.strip });
      return `COALESCE(${text}, ${copyNull})`;
    })
    .join(`\n    || CHR(9) || `);
}

/**
 * The extract: one SELECT with one text column, so that the warehouse encodes and Snowmelt only moves bytes.
 * Measured through snowflake-sdk 3.3.0 from a local server: 575,000 rows/s, against 52,000-69,000 with a result column for
 * each of 12 table columns.
 * @param query the source query, without a trailing semicolon.
 * @see https://docs.snowflake.com/en/sql-reference/sql/select
 */
export function copyLineSelect(
  query: string,
  fields: readonly CopyField[],
  options: { readonly strip: boolean },
): string {
  return `SELECT ${copyLineExpression(fields, options)} AS ${copyLineColumn}\nFROM (\n${query}\n)`;
}
