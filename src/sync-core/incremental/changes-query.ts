import { copyLineSelect, type CopyField } from '../extract/copy-line.ts';
import { quoteSnowflakeIdentifier } from '../snowflake/identifiers.ts';
import { goneColumn } from '../stage/content-staging.ts';
import { constantMoment } from '../verify/source-snapshot.ts';

/** The rows of an object that have changed, and how its rows are read. */
export interface ChangedRows {
  readonly qualifiedName: string;
  /** Changes that were committed at this moment or before are left out. */
  readonly after: Date;
  /** Changes that were committed at this moment are in. */
  readonly until: Date;
  readonly fields: readonly CopyField[];
  /** Source columns of the key. */
  readonly key: readonly string[];
  readonly strip: boolean;
}

/** The last field of each line: whether the row is gone. */
export const goneField: CopyField = { source: goneColumn, type: { kind: 'boolean' }, postgresType: 'boolean' };

/**
 * The net changes between two moments as COPY lines: rows that have come or changed as they are at the end, and of rows that have gone,
 * or were changed, the key alone. A row that was changed is there twice.
 * @see https://docs.snowflake.com/en/sql-reference/constructs/changes
 */
export function changesSelect({ qualifiedName, after, until, fields, key, strip }: ChangedRows): string {
  const keys = new Set(key);
  const gone = `METADATA$ACTION = 'DELETE'`;
  const columns = fields.map(({ source }) => {
    const name = quoteSnowflakeIdentifier(source);
    return keys.has(source) ? name : `IFF(${gone}, NULL, ${name}) AS ${name}`;
  });
  // A row without a key was never in the table.
  const keyless = key.map((source) => `${quoteSnowflakeIdentifier(source)} IS NULL`).join(' OR ');
  const query =
    `SELECT ${[...columns, `${gone} AS ${quoteSnowflakeIdentifier(goneColumn)}`].join(', ')}\n` +
    `FROM ${qualifiedName} CHANGES(INFORMATION => DEFAULT) ` +
    `AT(TIMESTAMP => ${constantMoment(after)}) END(TIMESTAMP => ${constantMoment(until)})\n` +
    `WHERE NOT (${gone} AND (${keyless}))`;
  return copyLineSelect(query, [...fields, goneField], { strip });
}
