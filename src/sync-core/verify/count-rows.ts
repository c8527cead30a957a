import { SyncError } from '../errors.ts';
import type { SyncPlan } from '../plan/plan-table.ts';
import { quoteRelation } from '../postgres/identifiers.ts';
import type { PostgresSession } from '../postgres/session.ts';
import type { Staging } from '../stage/target-table.ts';
import type { Arrival } from './arrival.ts';

/** Rows of the live table: what the ledger wrote down at the last sync, or counted where Snowmelt meets the table for the first time. */
export async function countLiveRows(work: PostgresSession, { record, target }: SyncPlan): Promise<number | null> {
  if (target.live === null) return null;
  return record?.rows ?? countRows(work, quoteRelation(target.relation));
}

/**
 * Counts the staging table, whatever COPY said: a trigger or a rule of the server may have dropped rows.
 * @returns the count.
 * @throws SyncError `arrival.mismatch`.
 */
export async function countStagedRows(work: PostgresSession, staging: Staging, arrived: Arrival): Promise<number> {
  const count = await countRows(work, quoteRelation(staging.relation));
  if (count === arrived.rows) return count;
  throw new SyncError('arrival.mismatch', `${arrived.rows} rows were copied, but the new table has ${count}.`, {
    remedy: 'The live table is as it was. Look for an event trigger that changes new tables.',
    details: { expectedRows: arrived.rows, arrivedRows: count },
  });
}

async function countRows(session: PostgresSession, relation: string): Promise<number> {
  const [row] = await session.query<{ count: string }>(`SELECT count(*) FROM ${relation}`);
  return Number(row?.count);
}
