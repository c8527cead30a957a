import type { TableConfig } from '../../sync-core/config/resolved.ts';
import { Ledger } from '../../sync-core/ledger/ledger.ts';
import type { PostgresSession } from '../../sync-core/postgres/session.ts';

/** The ledgers of these tables: one for the database, or, where that was not allowed, one in each schema of tables. */
export async function findLedgers(
  session: PostgresSession,
  tables: readonly TableConfig[],
): Promise<readonly Ledger[]> {
  const found = new Map<string, Ledger>();
  for (const schema of new Set(tables.map(({ target }) => target.schema))) {
    const ledger = await Ledger.find(session, schema);
    if (ledger !== undefined) found.set(ledger.names.runs, ledger);
  }
  return [...found.values()];
}
