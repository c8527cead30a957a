import type { RelationName } from '../config/resolved.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import { contentColumns } from '../stage/content-staging.ts';
import type { Staging, TargetTable } from '../stage/target-table.ts';

/**
 * The replaced system's pattern, made atomic: TRUNCATE and INSERT in one transaction. Readers wait until it commits, for as long
 * as the rows take to be inserted and indexed; they never see the table empty.
 */
export function truncateStatements(table: TargetTable, staging: Staging): string[] {
  const live = quoteRelation(table.relation);
  const names = contentColumns(table).map(({ name }) => quoteIdentifier(name));
  const overriding = table.columns.some(({ live: from, source }) => from?.identity === 'a' && source !== null) ? ' OVERRIDING SYSTEM VALUE' : '';
  return [
    `TRUNCATE ${live}`,
    `INSERT INTO ${live} (${names.join(', ')})${overriding} SELECT ${names.join(', ')} FROM ${quoteRelation(staging.relation)}`,
  ];
}

/** Keeps the rows as they are, for a rollback. */
export function copyGenerationStatement(table: RelationName, stored: RelationName): string {
  return `CREATE TABLE ${quoteRelation(stored)} AS TABLE ${quoteRelation(table)}`;
}
