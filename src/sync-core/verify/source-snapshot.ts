import type { TableConfig } from '../config/resolved.ts';
import { isSyncError } from '../errors.ts';
import { sourceQuery } from '../plan/source-query.ts';
import { describeQuery, type SourceColumn } from '../snowflake/describe.ts';
import { formatQualifiedName, parseQualifiedName } from '../snowflake/identifiers.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';

/** The source's rows as every statement of a comparison reads them. */
export interface SourceSnapshot {
  /** Without a trailing semicolon. */
  readonly query: string;
  readonly columns: readonly SourceColumn[];
  /** The moment whose rows the query gives whenever it runs; null where each statement sees the rows of its own moment. */
  readonly at: Date | null;
}

/**
 * Snowflake's own clock, in ms since 1970: a snapshot of the future would be refused.
 * @see https://docs.snowflake.com/en/sql-reference/functions/current_timestamp
 */
export function currentMoment(): string {
  return 'SELECT DATE_PART(EPOCH_MILLISECOND, CURRENT_TIMESTAMP())';
}

/** What Snowflake's clock says. @throws SyncError `snowflake.…`. */
export async function readMoment(session: SnowflakeSession): Promise<Date> {
  const { rows } = await session.read(currentMoment());
  return new Date(Number(rows[0]?.[0]));
}

/** A moment as AT, BEFORE and END take it: a constant of an explicit timestamp type. */
export function constantMoment(moment: Date): string {
  return `TO_TIMESTAMP_LTZ(${moment.getTime()}, 3)`;
}

/**
 * The rows that a table or view had at a moment. Time Travel resolves milliseconds, takes a constant of an explicit timestamp type,
 * and goes through a view to its tables. It is no part of a table's name, so a query of the configuration cannot have it.
 * @see https://docs.snowflake.com/en/sql-reference/constructs/at-before
 */
export function sourceQueryAt(qualifiedName: string, moment: Date): string {
  return `SELECT * FROM ${qualifiedName} AT(TIMESTAMP => ${constantMoment(moment)})`;
}

/**
 * Describes the source as of now, so that all statements of a comparison see the same rows; where Snowflake refuses that (a query,
 * an object without Time Travel), without a moment.
 * @throws SyncError `usage`, `snowflake.…`, `source.unsupported`.
 */
export async function takeSnapshot(session: SnowflakeSession, config: TableConfig): Promise<SourceSnapshot> {
  const plain = sourceQuery(config);
  const name = config.source.kind === 'object' ? parseQualifiedName(config.source.name) : undefined;
  if (name !== undefined) {
    const at = await readMoment(session);
    const query = sourceQueryAt(formatQualifiedName(name), at);
    try {
      return { query, columns: await describeQuery(session, query), at };
    } catch (error) {
      if (!isSyncError(error, 'snowflake.statement') && !isSyncError(error, 'snowflake.objectMissing')) throw error;
    }
  }
  return { query: plain, columns: await describeQuery(session, plain), at: null };
}
