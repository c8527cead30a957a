import { SyncError } from '../errors.ts';
import { displayRelation, quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { Relation } from '../postgres/relation.ts';
import type { Transaction } from '../postgres/session.ts';
import type { TargetTable } from '../stage/target-table.ts';
import type { SwapRequest } from './swap.ts';

/** Columns that have gone or come, and columns whose type changes, for the strategies that keep the live table. */
export function changeColumnStatements(table: TargetTable): string[] {
  const alter = `ALTER TABLE ${quoteRelation(table.relation)}`;
  const drops = table.dropped.map((name) => `${alter} DROP COLUMN ${quoteIdentifier(name)}`);
  const changes = table.columns.flatMap(({ name, type, live, generated }) => {
    const column = quoteIdentifier(name);
    if (live === null) {
      const expression = generated === null ? '' : ` GENERATED ALWAYS AS (${generated.expression}) STORED`;
      return [`${alter} ADD COLUMN ${column} ${type}${expression}`];
    }
    return live.type === type ? [] : [`${alter} ALTER COLUMN ${column} TYPE ${type} USING ${column}::${type}`];
  });
  return [...drops, ...changes];
}

/**
 * A rule or a trigger of the table may have kept rows from being deleted or inserted; and where only differences are staged, somebody
 * may have changed other rows since.
 * @throws SyncError `target.incompatible` when the live table does not have the rows that it is to have; nothing is committed then.
 */
export async function requireRowCount(transaction: Transaction, request: SwapRequest): Promise<void> {
  const [row] = await transaction.query<{ count: string }>(
    `SELECT count(*) FROM ${quoteRelation(request.table.relation)}`,
  );
  const count = Number(row?.count);
  if (count === request.rows) return;
  throw new SyncError(
    'target.incompatible',
    `After the ${request.strategy}, ${displayRelation(request.table.relation)} would have ${count} rows instead of ${request.rows}.`,
    {
      table: request.tableName,
      remedy: request.partial
        ? 'Nothing was changed. Run it again; if it happens again, look for a rule or a trigger of the table that keeps rows from being changed.'
        : 'Nothing was changed. Look for a rule or a trigger of the table that keeps rows from being changed.',
    },
  );
}

/**
 * Lets the owner see and write every row of a table that forces row security on its owner, and forces it again after. It takes an
 * exclusive lock until the commit; only such tables need it.
 */
export function withoutForcedRowSecurity(live: Relation): {
  readonly before: readonly string[];
  readonly after: readonly string[];
} {
  if (!live.rowSecurity || !live.forceRowSecurity) return { before: [], after: [] };
  const alter = `ALTER TABLE ${quoteRelation(live)}`;
  return { before: [`${alter} NO FORCE ROW LEVEL SECURITY`], after: [`${alter} FORCE ROW LEVEL SECURITY`] };
}
