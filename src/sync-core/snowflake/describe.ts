import { SyncError } from '../errors.ts';
import { parseSnowflakeType, type SnowflakeType } from './data-types.ts';
import type { SnowflakeSession } from './session.ts';

/** A column that a query returns. */
export interface SourceColumn {
  /** As Snowflake stores it. */
  readonly name: string;
  readonly type: SnowflakeType;
  /** The full type, as Snowflake prints it. */
  readonly typeText: string;
  readonly nullable: boolean;
}

/**
 * The query with no rows: it is compiled, and its result has the full types.
 * @see https://docs.snowflake.com/en/sql-reference/constructs/limit
 */
export function emptySelect(query: string): string {
  return `SELECT * FROM (\n${query}\n) LIMIT 0`;
}

/** @see https://docs.snowflake.com/en/sql-reference/sql/desc-result */
export function describeResult(queryId: string): string {
  return `DESCRIBE RESULT '${queryId}'`;
}

/**
 * What a query returns, with full types: the driver's own row metadata hides some of them.
 * @throws SyncError `snowflake.objectMissing`, `snowflake.statement`, or `source.unsupported` for a query whose columns cannot be told apart.
 */
export async function describeQuery(session: SnowflakeSession, query: string): Promise<readonly SourceColumn[]> {
  const { queryId } = await session.read(emptySelect(query));
  const { columns, rows } = await session.read(describeResult(queryId));
  const at = (name: string): number => columns.findIndex((column) => column.toLowerCase() === name);
  const [name, type, nullable] = [at('name'), at('type'), at('null?')];
  const described = rows.map((row) => {
    const typeText = row[type] ?? '';
    return { name: row[name] ?? '', type: parseSnowflakeType(typeText), typeText, nullable: row[nullable] !== 'N' };
  });
  const seen = new Set<string>();
  for (const column of described) {
    if (seen.has(column.name)) {
      throw new SyncError('source.unsupported', `The source has two columns of the name ${column.name}.`, {
        remedy: 'Give one of them an alias in the query.',
      });
    }
    seen.add(column.name);
  }
  return described;
}
