import type { ColumnEntry, RelationEntry } from '../catalog/model.ts';
import { storageType } from '../types/storage.ts';

/**
 * How a table and its past are kept. `sf_data.t<id>` holds the rows as they are now, and nothing else, so that a query that does not look
 * back costs what it costs without history. Beside the table's own columns each row has two that no query sees:
 *
 * - `began`, the number of the transaction that wrote it. NULL in rows that came with the table (CREATE TABLE AS, CLONE) or in its
 *   first bulk load, which for most tables is all of them: a NULL takes no space.
 * - `row_id`, which a row keeps through all its updates, and which no other row ever gets. NULL is the row's place in the table;
 *   the number that stands for the place is written down when the row first moves.
 *
 * `sf_data.h<id>` holds what rows were before they were updated or deleted, with `ended`, the number of the transaction that did it.
 * `sf.versions` says which transactions have committed, and in which order.
 */
export function tableName({ id }: Pick<RelationEntry, 'id'>): string {
  return `sf_data.t${id}`;
}

export function historyName({ id }: Pick<RelationEntry, 'id'>): string {
  return `sf_data.h${id}`;
}

const hidden = 'began bigint, row_id bigint';

/** A column as Postgres has it. Defaults are the engine's own business. */
export function columnSql(column: ColumnEntry): string {
  return `${column.storage} ${storageType(column.type)}${column.nullable ? '' : ' NOT NULL'}`;
}

export function createTableSql(table: RelationEntry): string {
  return `CREATE TABLE ${tableName(table)} (${[...table.columns.map(columnSql), hidden].join(', ')}); ${createHistorySql(table)}`;
}

function createHistorySql(table: RelationEntry): string {
  const columns = table.columns.map((column) => `${column.storage} ${storageType(column.type)}`);
  return `CREATE TABLE ${historyName(table)} (${[...columns, hidden, 'ended bigint NOT NULL'].join(', ')})`;
}

export function dropTableSql(table: Pick<RelationEntry, 'id'>): string {
  return `DROP TABLE IF EXISTS ${historyName(table)}, ${tableName(table)}`;
}

/** For a table of a stand-in that kept no history. */
export function adoptTableSql(table: RelationEntry): string {
  const added = hidden.split(', ').map((column) => `ADD COLUMN ${column}`);
  return `ALTER TABLE ${tableName(table)} ${added.join(', ')}; ${createHistorySql(table)}`;
}

/** Runs an ALTER TABLE for the rows as they are and as they were: Time Travel shows old rows in the table's current columns. */
export function alterBothSql(table: RelationEntry, action: string): string {
  return [tableName(table), historyName(table)].map((name) => `ALTER TABLE ${name} ${action}`).join('; ');
}

/** A row's id, of a row of `t<id>` under the given alias. */
export function rowIdSql(alias: string): string {
  const place = `${alias}.ctid::text::point`;
  return `COALESCE(${alias}.row_id, -(((${place})[0])::bigint * 65536 + ((${place})[1])::bigint))`;
}

/** Before the rows of a table move to other places. */
export function pinRowIdsSql(table: RelationEntry): string {
  return `UPDATE ${tableName(table)} t SET row_id = ${rowIdSql('t')} WHERE t.row_id IS NULL`;
}
