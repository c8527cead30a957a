import type { RelationName } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { Relation } from '../postgres/relation.ts';
import type { Transaction } from '../postgres/session.ts';
import { contentColumns, goneColumn, sameKey } from '../stage/content-staging.ts';
import { newIndexStatements } from '../stage/staging-table.ts';
import type { Staging, TargetTable } from '../stage/target-table.ts';
import { changeColumnStatements, requireRowCount, withoutForcedRowSecurity } from './change-in-place.ts';
import type { SwapRequest, Swapped } from './swap.ts';

/**
 * The SQL that makes the live table equal to the staging table by changing only the rows that differ. Readers never wait, and see
 * the old rows until the transaction commits; other writers wait.
 */

/** The column that says what undoes a row of an undo table: `i` delete it, `u` put the old values back, `d` insert it again. */
export const undoColumn = 'snowmelt_undo';

/** Keeps other writers out, and lets readers in. New columns need more, for a moment. */
export function lockForMerge(live: Relation): string[] {
  return [`LOCK TABLE ${quoteRelation(live)} IN SHARE ROW EXCLUSIVE MODE`];
}

/** Changes the rows of the live table that differ. What undoes it is kept instead of a generation. */
export async function mergeInto(
  transaction: Transaction,
  request: SwapRequest,
  live: Relation | null,
): Promise<Swapped> {
  if (live === null) throw new SyncError('internal', 'There is no table to merge into.');
  const rowSecurity = withoutForcedRowSecurity(live);
  const columnChanges = changeColumnStatements(request.table);
  await transaction.run(rowSecurity.before);
  if (request.keep) {
    await transaction.query(undoStatement({ ...request, live, allMatched: columnChanges.length > 0 }, request.retired));
  }
  await transaction.run(columnChanges);
  const statements = mergeStatements(request);
  const deleted = await transaction.change(statements.delete);
  const updated = statements.update === null ? 0 : await transaction.change(statements.update);
  const inserted = await transaction.change(statements.insert);
  if (request.partial) await requireMerged(transaction, request);
  await requireRowCount(transaction, request);
  await transaction.run([
    ...newIndexStatements(request.table),
    ...rowSecurity.after,
    `DROP TABLE ${quoteRelation(request.staging.relation)}`,
  ]);
  return {
    previous: request.keep ? { relation: request.retired, kind: 'undo', structure: live } : null,
    changes: { inserted, updated, deleted },
  };
}

/** What the statements are made from. */
interface Merge {
  readonly table: TargetTable;
  readonly staging: Staging;
  readonly key: readonly string[];
  /** The staging table holds only rows that differ, and the keys of those that go. */
  readonly partial: boolean;
}

interface Undo extends Merge {
  readonly live: Relation;
  /** Columns are about to change, so that it cannot be told yet which rows will differ: all that stay are written down. */
  readonly allMatched: boolean;
}

/**
 * What would undo the merge and the change of columns before it, written down before both: the old versions of rows that go or
 * change, the keys of those that come.
 */
export function undoStatement(merge: Undo, undo: RelationName): string {
  const { table, staging, key, live: described, allMatched } = merge;
  const live = quoteRelation(table.relation);
  const stage = quoteRelation(staging.relation);
  const columns = described.columns.map(({ name }) => name);
  const old = columns.map((name) => `t.${quoteIdentifier(name)}`).join(', ');
  const keys = new Set(key);
  const inserted = columns.map((name) => (keys.has(name) ? `s.${quoteIdentifier(name)}` : 'NULL')).join(', ');
  return `CREATE TABLE ${quoteRelation(undo)} AS
SELECT 'd'::text AS ${undoColumn}, ${old} FROM ${live} t WHERE ${goes(merge)}
UNION ALL
SELECT 'u', ${old} FROM ${live} t JOIN ${stage} s ON ${sameKey(key, 't', 's')} WHERE ${allMatched ? 'true' : differs(merge)}${stays(merge)}
UNION ALL
SELECT 'i', ${inserted} FROM ${stage} s WHERE NOT EXISTS (SELECT FROM ${live} t WHERE ${sameKey(key, 't', 's')})${stays(merge)}`;
}

/** Delete, update, insert; in this order, so that a unique value may move from a row that goes to one that comes. */
export function mergeStatements(merge: Merge): {
  readonly delete: string;
  readonly update: string | null;
  readonly insert: string;
} {
  const { table, staging, key } = merge;
  const live = quoteRelation(table.relation);
  const stage = quoteRelation(staging.relation);
  const names = contentColumns(table).map(({ name }) => name);
  const keys = new Set(key);
  const assignments = names
    .filter((name) => !keys.has(name))
    .map((name) => `${quoteIdentifier(name)} = s.${quoteIdentifier(name)}`);
  const list = names.map(quoteIdentifier).join(', ');
  const overriding = table.columns.some(({ live: from, source }) => from?.identity === 'a' && source !== null)
    ? ' OVERRIDING SYSTEM VALUE'
    : '';
  return {
    delete: `DELETE FROM ${live} t WHERE ${goes(merge)}`,
    update:
      assignments.length === 0
        ? null
        : `UPDATE ${live} t SET ${assignments.join(', ')} FROM ${stage} s WHERE ${sameKey(key, 't', 's')} AND ${differs(merge)}${stays(merge)}`,
    insert: `INSERT INTO ${live} (${list})${overriding} SELECT ${names.map((name) => `s.${quoteIdentifier(name)}`).join(', ')} FROM ${stage} s WHERE NOT EXISTS (SELECT FROM ${live} t WHERE ${sameKey(key, 't', 's')})${stays(merge)}`,
  };
}

/** Whether a row of the live table goes: what a staging table lacks that holds every row, and what a partial one has marked. */
function goes({ staging, key, partial }: Merge): string {
  const stage = quoteRelation(staging.relation);
  return partial
    ? `EXISTS (SELECT FROM ${stage} s WHERE ${sameKey(key, 't', 's')} AND s.${quoteIdentifier(goneColumn)})`
    : `NOT EXISTS (SELECT FROM ${stage} s WHERE ${sameKey(key, 't', 's')})`;
}

/** Whether a row of the staging table is to be in the live one. */
function stays({ partial }: Merge): string {
  return partial ? ` AND NOT s.${quoteIdentifier(goneColumn)}` : '';
}

/**
 * The rows of a partial staging table must be in the live one as they are, once each, and those that it has marked must be gone.
 * @throws SyncError `target.incompatible`; nothing is committed then.
 */
async function requireMerged(transaction: Transaction, merge: SwapRequest): Promise<void> {
  const { table, staging, key } = merge;
  const same = `(SELECT count(*) FROM ${quoteRelation(table.relation)} t WHERE ${sameKey(key, 't', 's')} AND NOT (${differs(merge)}))`;
  const any = `(SELECT count(*) FROM ${quoteRelation(table.relation)} t WHERE ${sameKey(key, 't', 's')})`;
  const wanted = `CASE WHEN s.${quoteIdentifier(goneColumn)} THEN 0 ELSE 1 END`;
  const [row] = await transaction.query<{ count: string }>(
    `SELECT count(*) FROM ${quoteRelation(staging.relation)} s WHERE ${any} <> ${wanted} OR (NOT s.${quoteIdentifier(goneColumn)} AND ${same} <> 1)`,
  );
  if (row?.count === '0') return;
  throw new SyncError(
    'target.incompatible',
    `${merge.tableName}: ${row?.count ?? '?'} rows would not be as they are at the source.`,
    {
      table: merge.tableName,
      remedy:
        'Nothing was changed. Look for rows with the same key, and for a rule or a trigger of the table that keeps rows from being changed.',
    },
  );
}

/**
 * Rows differ when their stored images do: `*<>` tells -0 from 0 and works for types without an equality (json, point), and rows
 * that it finds equal are equal under every other comparison too.
 * @see https://www.postgresql.org/docs/current/functions-comparisons.html#COMPOSITE-TYPE-COMPARISON
 */
function differs({ table, key }: Merge): string {
  const keys = new Set(key);
  const names = contentColumns(table)
    .map(({ name }) => name)
    .filter((name) => !keys.has(name));
  if (names.length === 0) return 'false';
  // The cast keeps the parser from comparing the rows field by field.
  const row = (alias: string): string =>
    `ROW(${names.map((name) => `${alias}.${quoteIdentifier(name)}`).join(', ')})::record`;
  return `${row('t')} *<> ${row('s')}`;
}
