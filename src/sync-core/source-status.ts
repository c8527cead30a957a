import type { TableConfig } from './config/resolved.ts';
import { SyncError, toSyncError } from './errors.ts';
import { sourceObject, sourceQuery } from './plan/source-query.ts';
import { isRefusal, readChangeTokens } from './snowflake/change-token.ts';
import { formatQualifiedName, type QualifiedName } from './snowflake/identifiers.ts';
import { findObject } from './snowflake/list-objects.ts';
import type { SnowflakeSession } from './snowflake/session.ts';
import { sourceCount } from './verify/source-hashes.ts';

/** How the source of a table stands in Snowflake. */
export interface SourceStatus {
  readonly table: string;
  /** Rows of the source now; null where they were not counted. */
  readonly rows: number | null;
  /**
   * Whether the source has changed since the live rows were fetched; null where that cannot be told: a query, a source that
   * Snowflake keeps no token of, or live rows of which no token is known.
   */
  readonly changed: boolean | null;
}

export type SourceOutcome =
  | { readonly table: string; readonly status: 'success'; readonly source: SourceStatus }
  | { readonly table: string; readonly status: 'failed'; readonly error: SyncError };

export interface SourceStatusOptions {
  /** Counts the rows of views and queries too, which runs them. */
  readonly exact: boolean;
}

/** Statements at once in one session: each is a round trip, and hardly anything else. */
const concurrency = 4;

/**
 * The rows of one table, which Snowflake answers from its metadata, without a warehouse ("Metadata-based result" there).
 * @see https://docs.snowflake.com/en/user-guide/ui-query-profile
 * @see https://docs.snowflake.com/en/sql-reference/functions/count
 */
export function tableCount(object: QualifiedName): string {
  return `SELECT COUNT(*) FROM ${formatQualifiedName(object)}`;
}

/**
 * How the sources of the tables stand. What is wrong with one source is in its place.
 * @param liveTokens by the names of tables: the token of the source that their live rows were fetched with.
 * @throws SyncError of the connection, or `cancelled`.
 */
export async function sourceStatus(
  session: SnowflakeSession,
  tables: readonly TableConfig[],
  liveTokens: ReadonlyMap<string, string>,
  options: SourceStatusOptions,
): Promise<readonly SourceOutcome[]> {
  const work = [
    currentTokens(session, tables),
    inParallel(tables, concurrency, (table) => inPlace(table, () => countSource(session, table, options))),
  ] as const;
  await Promise.allSettled(work);
  const [tokens, counts] = await Promise.all(work);
  return tables.map(({ name }, index): SourceOutcome => {
    const counted = counts[index];
    if (counted instanceof SyncError) return { table: name, status: 'failed', error: counted };
    const before = liveTokens.get(name);
    const now = tokens.get(name);
    const changed = before === undefined || now === undefined ? null : before !== now;
    return { table: name, status: 'success', source: { table: name, rows: counted ?? null, changed } };
  });
}

/** The tokens of the sources that have one, by the names of their tables. */
async function currentTokens(
  session: SnowflakeSession,
  tables: readonly TableConfig[],
): Promise<ReadonlyMap<string, string>> {
  const named = tables.flatMap((table) => {
    const object = sourceObject(table);
    return object === undefined ? [] : [{ table: table.name, object }];
  });
  const tokens = await readChangeTokens(
    session,
    named.map(({ object }) => object),
  );
  return new Map(
    named.flatMap(({ table }, index) => {
      const token = tokens[index] ?? null;
      return token === null ? [] : [[table, token] as const];
    }),
  );
}

/** @returns null where the rows are not to be counted. */
async function countSource(
  session: SnowflakeSession,
  table: TableConfig,
  { exact }: SourceStatusOptions,
): Promise<number | null> {
  const object = sourceObject(table);
  if (exact) return countRows(session, sourceCount(sourceQuery(table)));
  if (object === undefined) return null;
  const found = await findObject(session, object);
  if (found === undefined) throw sourceMissing(table);
  // Of a table that keeps no count, such as an external one, a count reads the files.
  return found.rows === null ? null : countRows(session, tableCount(object));
}

async function countRows(session: SnowflakeSession, statement: string): Promise<number> {
  const { rows } = await session.read(statement);
  return Number(rows[0]?.[0]);
}

function sourceMissing(table: TableConfig): SyncError {
  const name = table.source.kind === 'object' ? table.source.name : table.name;
  return new SyncError(
    'snowflake.objectMissing',
    `Snowflake has no table or view ${name}, or the connection’s role may not see it.`,
    {
      table: table.name,
      remedy:
        'Check the name in snowmelt.json, and that the connection’s role may read the object (SHOW GRANTS TO ROLE …).',
    },
  );
}

/** What Snowflake refuses of one table is an outcome; everything else is thrown. */
async function inPlace<T>({ name }: TableConfig, body: () => Promise<T>): Promise<T | SyncError> {
  try {
    return await body();
  } catch (error) {
    const failure = toSyncError(error, { table: name });
    if (isRefusal(failure)) return failure;
    throw failure;
  }
}

/** The results in the order of the items. After a failure no further item is begun, and those under way are waited for. */
async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  body: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results[index] = await body(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, worker);
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return results;
}
