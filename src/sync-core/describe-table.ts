import type { TableConfig } from './config/resolved.ts';
import { keptSpace, type KeptSpace } from './ledger/kept-generations.ts';
import { readLedgers, type LedgerAccess } from './ledger/read-ledgers.ts';
import { describeRelation, type Relation } from './postgres/relation.ts';
import type { PostgresSession } from './postgres/session.ts';

/** What a table consists of. */
export interface TableDescription {
  readonly config: TableConfig;
  /** Undefined where there is no relation of that name. */
  readonly relation: Relation | undefined;
  /** Full Snowflake type of the source column that filled each column at the last sync; empty where none did or it is not known. */
  readonly sourceColumns: Readonly<Record<string, string>>;
  /** Earlier generations that can be rolled back to, latest first. */
  readonly generations: readonly KeptSpace[];
  readonly ledger: LedgerAccess;
}

/**
 * Describes a table without writing anything and without asking Snowflake. Works where the table is not there, before the first sync, and
 * with a role that may not read the ledger.
 *
 * @throws SyncError `postgres.…`, `ledger.incompatible`.
 */
export async function describeTable(session: PostgresSession, config: TableConfig): Promise<TableDescription> {
  const { target } = config;
  const relation = await session.transaction((transaction) => describeRelation(transaction, target));
  let sourceColumns: TableDescription['sourceColumns'] = {};
  let generations: readonly KeptSpace[] = [];
  const ledger = await readLedgers(session, [config], async (found) => {
    const record = await found.table(session, target);
    // The columns of a table that somebody has put in its place were filled by that somebody.
    if (record?.oid === relation?.oid) sourceColumns = record?.sourceColumns ?? {};
    generations = await keptSpace(session, found, target);
  });
  return { config, relation, sourceColumns, generations, ledger };
}
