import type { RelationEntry } from '../catalog/model.ts';
import { storageType } from '../types/storage.ts';
import { historyName, rowIdSql, tableName } from './row-storage.ts';

/** The columns that an INSERT must fill beside those that it names, and what it fills them with. */
export const hiddenColumns = 'began, row_id';

export function hiddenCells(transaction: number): string {
  return `${transaction}::bigint, nextval('sf.row_ids')`;
}

/**
 * Holds off other statements that update, delete or merge rows of the table until the transaction ends, as Snowflake does; inserts go on
 * (sql-reference/transactions, "Resource locking"). A lock of its own, since VACUUM would wait for a lock on the table, and be waited for.
 */
export function lockRowsSql({ id }: Pick<RelationEntry, 'id'>): string {
  return `SELECT pg_advisory_xact_lock(${rowLocks}, ${id})`;
}

/** Any number: it tells these locks from others. */
const rowLocks = 477_102_756;

/** What goes into the table's history of rows that a transaction takes away; what nobody but itself ever saw does not. */
function keepSql(table: RelationEntry, transaction: number, gone: string): string {
  const columns = [...table.columns.map(({ storage }) => storage), hiddenColumns].join(', ');
  return `INSERT INTO ${historyName(table)} (${columns}, ended) SELECT ${columns}, ${transaction} FROM ${gone} WHERE began IS DISTINCT FROM ${transaction}`;
}

function whole(table: RelationEntry): string {
  return [...table.columns.map(({ storage }) => `t.${storage}`), 't.began', `${rowIdSql('t')} AS row_id`].join(', ');
}

/** Which rows of a table a statement changes, and how. */
export interface RowChange {
  readonly table: RelationEntry;
  readonly transaction: number;
  /** Whether what the rows were is to be kept. */
  readonly keep: boolean;
  /** Further FROM items, and which rows of `t`. */
  readonly using: string | null;
  readonly where: string;
}

/** A query whose only value is the number of rows that it deleted. */
export function deleteSql({ table, transaction, keep, using, where }: RowChange): string {
  const from = using === null ? '' : ` USING ${using}`;
  const gone = `DELETE FROM ${tableName(table)} t${from} WHERE ${where}`;
  if (!keep) return `WITH gone AS (${gone} RETURNING 1) SELECT count(*) FROM gone`;
  return `WITH gone AS (${gone} RETURNING ${whole(table)}), kept AS (${keepSql(table, transaction, 'gone')}) SELECT count(*) FROM gone`;
}

/**
 * A query whose only value is the number of rows that it updated. `values` are Postgres columns with their new values, which may refer to
 * `t` and to what `using` brings. The rows must have been locked ({@link lockRowsSql}): a row that another transaction replaces
 * meanwhile would be left out.
 */
export function updateSql(
  { table, transaction, keep, using, where }: RowChange,
  values: readonly (readonly [storage: string, sql: string])[],
): string {
  const stored = new Map(table.columns.map(({ storage, type }) => [storage, storageType(type)]));
  if (!keep) {
    const sets = values.map(([storage, sql]) => `${storage} = ${sql}`);
    sets.push(`began = ${transaction}`, `row_id = ${rowIdSql('t')}`);
    const from = using === null ? '' : ` FROM ${using}`;
    return `WITH changed AS (UPDATE ${tableName(table)} t SET ${sets.join(', ')}${from} WHERE ${where} RETURNING 1) SELECT count(*) FROM changed`;
  }
  const from = using === null ? '' : ` USING ${using}`;
  const news = values.map(([storage, sql]) => `(${sql})::${stored.get(storage) ?? 'text'} AS new_${storage}`);
  const changed = new Set(values.map(([storage]) => storage));
  const names = table.columns.map(({ storage }) => storage);
  const cells = names.map((name) => (changed.has(name) ? `new_${name}` : name));
  return `WITH gone AS (DELETE FROM ${tableName(table)} t${from} WHERE ${where} RETURNING ${[whole(table), ...news].join(', ')}),
    kept AS (${keepSql(table, transaction, 'gone')}),
    back AS (INSERT INTO ${tableName(table)} (${[...names, hiddenColumns].join(', ')}) SELECT ${[...cells, transaction, 'row_id'].join(', ')} FROM gone)
    SELECT count(*) FROM gone`;
}

/** Empties the table. */
export function truncateSql(table: RelationEntry, transaction: number, keep: boolean): readonly string[] {
  const truncate = `TRUNCATE ${tableName(table)}`;
  if (!keep) return [truncate];
  return [
    // Rows that others insert between the two would be lost.
    `LOCK TABLE ${tableName(table)} IN ACCESS EXCLUSIVE MODE`,
    keepSql(table, transaction, `(SELECT ${whole(table)} FROM ${tableName(table)} t) gone`),
    truncate,
  ];
}
