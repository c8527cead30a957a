import type { TableConfig } from '../config/resolved.ts';
import { isSyncError } from '../errors.ts';
import type { PostgresSession } from '../postgres/session.ts';
import { Ledger } from './ledger.ts';

/** `none`: nothing was ever synced into this database; `unreadable`: the role may not look at the history. */
export type LedgerAccess = 'read' | 'none' | 'unreadable';

/**
 * Hands each ledger of the tables to `read`, with the tables that are in it, for whoever only looks: nothing is created or upgraded,
 * and what the role may not read is left out. A ledger that is not in a schema of its own stands beside its tables, so each of their
 * schemas may have one.
 *
 * @throws SyncError `ledger.incompatible`, `postgres.…` except `postgres.privilege`.
 */
export async function readLedgers(
  session: PostgresSession,
  tables: readonly TableConfig[],
  read: (ledger: Ledger, tables: readonly TableConfig[]) => Promise<void>,
): Promise<LedgerAccess> {
  let access: LedgerAccess = 'none';
  for (const [schema, inSchema] of bySchema(tables)) {
    try {
      const ledger = await Ledger.find(session, schema);
      if (ledger === undefined) continue;
      await read(ledger, inSchema);
      access = 'read';
    } catch (error) {
      // Neither kept nor creatable: a role that only reads. What the tables themselves say can be shown all the same.
      if (!isSyncError(error, 'postgres.privilege')) throw error;
      if (access === 'none') access = 'unreadable';
    }
  }
  return access;
}

function bySchema(tables: readonly TableConfig[]): ReadonlyMap<string, readonly TableConfig[]> {
  const groups = new Map<string, TableConfig[]>();
  for (const table of tables) {
    const group = groups.get(table.target.schema);
    if (group === undefined) groups.set(table.target.schema, [table]);
    else group.push(table);
  }
  return groups;
}
