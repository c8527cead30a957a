import type { RelationName } from '../config/resolved.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { Column, Relation } from '../postgres/relation.ts';
import { undoColumn } from './merge-swap.ts';

/** Columns whose values can be written. */
function writable(relation: Relation): readonly string[] {
  return relation.columns.filter(({ generated }) => generated === '').map(({ name }) => quoteIdentifier(name));
}

function overriding(relation: Relation): string {
  return relation.columns.some(({ identity }) => identity === 'a') ? ' OVERRIDING SYSTEM VALUE' : '';
}

/** How the columns of the live table and those of an earlier generation differ. */
function columnChanges(
  live: Relation,
  structure: Relation,
): {
  readonly missing: readonly Column[];
  readonly surplus: readonly Column[];
  readonly retyped: readonly Column[];
} {
  const now = new Map(live.columns.map((column) => [column.name, column]));
  const then = new Set(structure.columns.map(({ name }) => name));
  return {
    missing: structure.columns.filter(({ name }) => !now.has(name)),
    surplus: live.columns.filter(({ name }) => !then.has(name)),
    retyped: structure.columns.filter(({ name, type }) => {
      const column = now.get(name);
      return column !== undefined && column.type !== type;
    }),
  };
}

/**
 * Takes a merge back, by what was written down before it, and with it what drift has changed of the columns. A column that was
 * dropped comes back at the end of the table: PostgreSQL has no other place for it.
 * @param live the table as it is.
 * @param structure the table as it was before the merge: its columns are those of the undo table.
 */
export function undoStatements(
  live: Relation,
  undo: RelationName,
  structure: Relation,
  key: readonly string[],
): string[] {
  const table = quoteRelation(live);
  const from = quoteRelation(undo);
  const columns = writable(structure);
  const keys = new Set(key.map(quoteIdentifier));
  const sameKey = [...keys].map((name) => `t.${name} = u.${name}`).join(' AND ');
  // An identity that is always generated cannot be updated, and a merge has not changed it.
  const fixed = new Set(
    structure.columns.filter(({ identity }) => identity === 'a').map(({ name }) => quoteIdentifier(name)),
  );
  const assignments = columns
    .filter((name) => !keys.has(name) && !fixed.has(name))
    .map((name) => `${name} = u.${name}`);
  const { retyped } = columnChanges(live, structure);
  const remove = (operations: string): string =>
    `DELETE FROM ${table} t USING ${from} u WHERE u.${undoColumn} IN (${operations}) AND ${sameKey}`;
  const insert = (operations: string): string =>
    `INSERT INTO ${table} (${columns.join(', ')})${overriding(structure)} SELECT ${columns.join(', ')} FROM ${from} WHERE ${undoColumn} IN (${operations})`;
  const update =
    assignments.length === 0
      ? []
      : [`UPDATE ${table} t SET ${assignments.join(', ')} FROM ${from} u WHERE u.${undoColumn} = 'u' AND ${sameKey}`];
  const rows =
    retyped.length === 0
      ? { before: [], after: [remove("'i'"), ...update, insert("'d'")] }
      : // Values of one type need not fit the other: changed rows go before the types change, and come back after.
        { before: [remove("'i', 'u'")], after: [insert("'u', 'd'")] };
  return [
    ...rows.before,
    ...restoreColumnStatements(live, structure),
    ...rows.after,
    ...restoreDependentStatements(live, structure),
  ];
}

/** Fills the table with the rows and the columns of a copy. */
export function refillStatements(live: Relation, copy: RelationName, structure: Relation): string[] {
  const columns = writable(structure).join(', ');
  return [
    `TRUNCATE ${quoteRelation(live)}`,
    ...restoreColumnStatements(live, structure),
    `INSERT INTO ${quoteRelation(live)} (${columns})${overriding(structure)} SELECT ${columns} FROM ${quoteRelation(copy)}`,
    ...restoreDependentStatements(live, structure),
  ];
}

function restoreColumnStatements(live: Relation, structure: Relation): string[] {
  const { missing, surplus, retyped } = columnChanges(live, structure);
  const alter = `ALTER TABLE ${quoteRelation(live)}`;
  return [
    ...surplus.map(({ name }) => `${alter} DROP COLUMN ${quoteIdentifier(name)}`),
    ...missing.map((column) => {
      const generated = column.generated === '' ? '' : ` GENERATED ALWAYS AS (${column.default ?? 'NULL'}) STORED`;
      const fallback = column.generated === '' && column.default !== null ? ` DEFAULT ${column.default}` : '';
      return `${alter} ADD COLUMN ${quoteIdentifier(column.name)} ${column.type}${generated}${fallback}`;
    }),
    ...retyped.map(
      ({ name, type }) =>
        `${alter} ALTER COLUMN ${quoteIdentifier(name)} TYPE ${type} USING ${quoteIdentifier(name)}::${type}`,
    ),
  ];
}

/** What went with a dropped column. */
function restoreDependentStatements(live: Relation, structure: Relation): string[] {
  const alter = `ALTER TABLE ${quoteRelation(live)}`;
  const { missing } = columnChanges(live, structure);
  const constraints = new Set(live.constraints.map(({ name }) => name));
  const indexes = new Set(live.indexes.map(({ name }) => name));
  const statistics = new Set(live.statistics.map(({ name }) => name));
  return [
    ...missing
      .filter(({ notNull }) => notNull)
      .map(({ name }) => `${alter} ALTER COLUMN ${quoteIdentifier(name)} SET NOT NULL`),
    ...structure.constraints
      .filter(({ name, type }) => type !== 'n' && !constraints.has(name))
      .map(({ name, definition }) => `${alter} ADD CONSTRAINT ${quoteIdentifier(name)} ${definition}`),
    ...structure.indexes
      .filter(({ name, constraint }) => constraint === null && !indexes.has(name))
      .map(({ definition }) => definition),
    ...structure.statistics.filter(({ name }) => !statistics.has(name)).map(({ definition }) => definition),
  ];
}
