import type { RelationName } from '../config/resolved.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { Relation } from '../postgres/relation.ts';
import { undoColumn } from './merge-swap.ts';

/** Columns whose values can be written. */
function writable(relation: Relation): readonly string[] {
  return relation.columns.filter(({ generated }) => generated === '').map(({ name }) => quoteIdentifier(name));
}

function overriding(relation: Relation): string {
  return relation.columns.some(({ identity }) => identity === 'a') ? ' OVERRIDING SYSTEM VALUE' : '';
}

/**
 * Takes a merge back, by what was written down before it.
 * @param structure the table as it was then: its columns are those of the undo table.
 */
export function undoStatements(
  table: RelationName,
  undo: RelationName,
  structure: Relation,
  key: readonly string[],
): string[] {
  const live = quoteRelation(table);
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
  return [
    `DELETE FROM ${live} t USING ${quoteRelation(undo)} u WHERE u.${undoColumn} = 'i' AND ${sameKey}`,
    ...(assignments.length === 0
      ? []
      : [
          `UPDATE ${live} t SET ${assignments.join(', ')} FROM ${quoteRelation(undo)} u WHERE u.${undoColumn} = 'u' AND ${sameKey}`,
        ]),
    `INSERT INTO ${live} (${columns.join(', ')})${overriding(structure)} SELECT ${columns.join(', ')} FROM ${quoteRelation(undo)} WHERE ${undoColumn} = 'd'`,
  ];
}

/** Fills the table with the rows of a copy. */
export function refillStatements(table: RelationName, copy: RelationName, structure: Relation): string[] {
  const columns = writable(structure).join(', ');
  return [
    `TRUNCATE ${quoteRelation(table)}`,
    `INSERT INTO ${quoteRelation(table)} (${columns})${overriding(structure)} SELECT ${columns} FROM ${quoteRelation(copy)}`,
  ];
}

/** Takes back what drift has changed of the columns: those that came go, and types are what they were. */
export function restoreColumnStatements(live: Relation, structure: Relation): string[] {
  const before = new Map(structure.columns.map((column) => [column.name, column]));
  const alter = `ALTER TABLE ${quoteRelation(live)}`;
  return live.columns.flatMap((column) => {
    const was = before.get(column.name);
    const name = quoteIdentifier(column.name);
    if (was === undefined) return [`${alter} DROP COLUMN ${name}`];
    return was.type === column.type
      ? []
      : [`${alter} ALTER COLUMN ${name} TYPE ${was.type} USING ${name}::${was.type}`];
  });
}
