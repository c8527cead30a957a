import type { RelationName } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import type { StoredGeneration } from '../ledger/ledger.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { Relation } from '../postgres/relation.ts';
import type { Transaction } from '../postgres/session.ts';
import { contentColumns } from '../stage/content-staging.ts';
import { newIndexStatements } from '../stage/staging-table.ts';
import type { Staging, TargetTable } from '../stage/target-table.ts';
import { changeColumnStatements, requireRowCount, withoutForcedRowSecurity } from './change-in-place.ts';
import type { SwapRequest } from './swap.ts';

/** Readers wait from here on. */
export function lockForTruncate(live: Relation): string[] {
  return [`LOCK TABLE ${quoteRelation(live)} IN ACCESS EXCLUSIVE MODE`];
}

/** Empties the live table and fills it again. A copy of its rows is kept as the generation. */
export async function truncateInto(
  transaction: Transaction,
  request: SwapRequest,
  live: Relation | null,
): Promise<StoredGeneration | null> {
  if (live === null) throw new SyncError('internal', 'There is no table to truncate.');
  const rowSecurity = withoutForcedRowSecurity(live);
  await transaction.run(rowSecurity.before);
  if (request.keep) await transaction.query(copyGenerationStatement(request.table.relation, request.retired));
  await transaction.run(truncateStatements(request.table, request.staging));
  await requireRowCount(transaction, request);
  await transaction.run([
    ...newIndexStatements(request.table),
    ...rowSecurity.after,
    `DROP TABLE ${quoteRelation(request.staging.relation)}`,
  ]);
  return request.keep ? { relation: request.retired, kind: 'copy', structure: live } : null;
}

/**
 * The replaced system's pattern, made atomic: TRUNCATE and INSERT in one transaction. Readers wait until it commits, for as long
 * as the rows take to be inserted and indexed; they never see the table empty.
 */
export function truncateStatements(table: TargetTable, staging: Staging): string[] {
  const live = quoteRelation(table.relation);
  const names = contentColumns(table).map(({ name }) => quoteIdentifier(name));
  const overriding = table.columns.some(({ live: from, source }) => from?.identity === 'a' && source !== null)
    ? ' OVERRIDING SYSTEM VALUE'
    : '';
  return [
    `TRUNCATE ${live}`,
    ...changeColumnStatements(table),
    `INSERT INTO ${live} (${names.join(', ')})${overriding} SELECT ${names.join(', ')} FROM ${quoteRelation(staging.relation)}`,
  ];
}

/** Keeps the rows as they are, for a rollback. */
export function copyGenerationStatement(table: RelationName, stored: RelationName): string {
  return `CREATE TABLE ${quoteRelation(stored)} AS TABLE ${quoteRelation(table)}`;
}
