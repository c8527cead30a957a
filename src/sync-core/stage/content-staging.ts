import { quoteIdentifier, quoteRelation, suffixedIdentifier } from '../postgres/identifiers.ts';
import type { Staging, TargetColumn, TargetTable } from './target-table.ts';

/**
 * The staging table of the strategies that keep the live table and change its rows: only the columns that are written, with no more
 * on them than what finds a row by its key.
 */

/** The columns whose values come from the staging table: loaded ones, and computed ones that are plain in the live table. */
export function contentColumns(table: TargetTable): readonly TargetColumn[] {
  return table.columns.filter(({ source, generated }) => source !== null || generated?.plainAfterLoad === true);
}

/**
 * The column of a partial staging table that marks a row of which nothing but the key is there: the live table's row goes. A staging
 * table that is not partial holds every row, and what it lacks goes.
 */
export const goneColumn = 'snowmelt_gone';

/** Creates the table; types and collations are those of the live columns, so that values compare as they will be stored. */
export function createContentStagingStatements(table: TargetTable, staging: Staging, partial: boolean): string[] {
  const columns = contentColumns(table).map((column) => {
    const collation = column.live?.collation == null ? '' : ` COLLATE ${column.live.collation}`;
    const generated = column.generated === null ? '' : ` GENERATED ALWAYS AS (${column.generated.expression}) STORED`;
    return `${quoteIdentifier(column.name)} ${column.type}${collation}${generated}`;
  });
  if (partial) columns.push(`${quoteIdentifier(goneColumn)} boolean NOT NULL DEFAULT false`);
  return [
    `CREATE TABLE ${quoteRelation(staging.relation)} (\n  ${columns.join(',\n  ')}\n) WITH (autovacuum_enabled = off)`,
  ];
}

/** The index that finds a row by its key, and fails on a key that is there twice. */
export function keyIndexStatement(staging: Staging, key: readonly string[]): string {
  const name = quoteIdentifier(suffixedIdentifier(staging.relation.name, '_key'));
  return `CREATE UNIQUE INDEX ${name} ON ${quoteRelation(staging.relation)} (${key.map(quoteIdentifier).join(', ')})`;
}

/** Rows of the staging table whose key has a NULL: they could never be found again. */
export function nullKeyQuery(staging: Staging, key: readonly string[]): string {
  const nulls = key.map((name) => `${quoteIdentifier(name)} IS NULL`).join(' OR ');
  return `SELECT count(*)::int8::text AS count FROM ${quoteRelation(staging.relation)} WHERE ${nulls}`;
}

/** Whether a row of one table and a row of another, by their aliases, have the same key. */
export function sameKey(key: readonly string[], one: string, other: string): string {
  return key.map((name) => `${one}.${quoteIdentifier(name)} = ${other}.${quoteIdentifier(name)}`).join(' AND ');
}
