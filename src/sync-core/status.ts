import type { RelationName, TableConfig } from './config/resolved.ts';
import { isSyncError } from './errors.ts';
import { Ledger, type RunIdentity, type RunRecord, type TableRecord } from './ledger/ledger.ts';
import type { PostgresSession } from './postgres/session.ts';
import { measureRelations, type RelationSize } from './postgres/relation-size.ts';

/** How a table of the configuration stands in its target. */
export interface TableStatus {
  readonly table: string;
  readonly relation: RelationName;
  /** `neverSynced`: the relation is there, but no run of Snowmelt has made it; `missing`: it is not there. */
  readonly state: 'synced' | 'neverSynced' | 'missing';
  /** Rows that a reader sees now; null where there is no relation or no estimate. */
  readonly rows: number | null;
  /** Whether `rows` was counted; otherwise it is the planner's estimate. */
  readonly rowsExact: boolean;
  /** Table, indexes and TOAST; null where there is no relation. */
  readonly bytes: number | null;
  readonly generation: number | null;
  /** Rows of the last successful run. */
  readonly syncedRows: number | null;
  /** When the live rows were swapped in. */
  readonly syncedAt: string | null;
  /** Time since then by the server's clock, in ms. */
  readonly ageMs: number | null;
  readonly lastRun: RunRecord | null;
}

/** The tables of one target, and whether their history could be read. */
export interface TargetStatus {
  readonly tables: readonly TableStatus[];
  /** `none`: nothing was ever synced into this database; `unreadable`: the role may not look at the history. */
  readonly ledger: 'read' | 'none' | 'unreadable';
}

/** Runs that are fetched for each table asked for, so that one query nearly always finds the last one of every table. */
const runsPerTable = 20;

/**
 * How the tables stand, without writing anything and without asking Snowflake. Works before the first sync and with a role
 * that may not read the ledger.
 *
 * @param options `exact` counts the rows, which reads the whole tables, in place of the planner's estimate.
 * @throws SyncError `postgres.…`, `ledger.incompatible`.
 */
export async function targetStatus(
  session: PostgresSession,
  identity: RunIdentity,
  tables: readonly TableConfig[],
  options: { readonly exact: boolean },
): Promise<TargetStatus> {
  const sizes = await measureRelations(
    session,
    tables.map(({ target }) => target),
    options,
  );
  const known = await readLedgers(session, identity, tables);
  return {
    ledger: known.ledger,
    tables: tables.map((table) => {
      const size = sizes.find(({ relation }) => isSame(relation, table.target));
      const record = known.records.find(({ relation }) => isSame(relation, table.target));
      const lastRun = known.lastRuns.find(
        ({ table: name, relation }) => name === table.name && isSame(relation, table.target),
      );
      return statusOf(table, size, record, lastRun);
    }),
  };
}

function statusOf(
  table: TableConfig,
  size: RelationSize | undefined,
  record: TableRecord | undefined,
  lastRun: RunRecord | undefined,
): TableStatus {
  const synced = size !== undefined && record !== undefined;
  return {
    table: table.name,
    relation: table.target,
    state: size === undefined ? 'missing' : record === undefined ? 'neverSynced' : 'synced',
    rows: size?.rows ?? null,
    rowsExact: size?.exact ?? false,
    bytes: size?.bytes ?? null,
    generation: synced ? record.generation : null,
    syncedRows: synced ? record.rows : null,
    syncedAt: synced ? record.syncedAt : null,
    ageMs: synced ? Math.max(0, size.measuredAt.getTime() - Date.parse(record.syncedAt)) : null,
    lastRun: lastRun ?? null,
  };
}

interface Known {
  readonly ledger: TargetStatus['ledger'];
  readonly records: readonly TableRecord[];
  readonly lastRuns: readonly RunRecord[];
}

/** A ledger that is not in a schema of its own stands beside its tables, so each of their schemas may have one. */
async function readLedgers(
  session: PostgresSession,
  identity: RunIdentity,
  tables: readonly TableConfig[],
): Promise<Known> {
  const records: TableRecord[] = [];
  const lastRuns: RunRecord[] = [];
  let ledger: TargetStatus['ledger'] = 'none';
  for (const [schema, inSchema] of groupBySchema(tables)) {
    try {
      const found = await Ledger.find(session, schema);
      if (found === undefined) continue;
      ledger = 'read';
      records.push(
        ...(await found.tables(
          session,
          inSchema.map(({ target }) => target),
        )),
      );
      lastRuns.push(...(await latestRuns(session, found, identity, inSchema)));
    } catch (error) {
      // Neither kept nor creatable: a role that only reads. What the tables themselves say can be shown all the same.
      if (!isSyncError(error, 'postgres.privilege')) throw error;
      if (ledger === 'none') ledger = 'unreadable';
    }
  }
  return { ledger, records, lastRuns };
}

async function latestRuns(
  session: PostgresSession,
  ledger: Ledger,
  identity: RunIdentity,
  tables: readonly TableConfig[],
): Promise<RunRecord[]> {
  const names = tables.map(({ name }) => name);
  const limit = names.length * runsPerTable;
  const recent = await ledger.history(session, identity, { tables: names, limit });
  const latest: RunRecord[] = [];
  for (const name of names) {
    const found = recent.find(({ table }) => table === name);
    if (found !== undefined) latest.push(found);
    else if (recent.length === limit)
      latest.push(...(await ledger.history(session, identity, { tables: [name], limit: 1 })));
  }
  return latest;
}

function isSame(a: RelationName, b: RelationName): boolean {
  return a.schema === b.schema && a.name === b.name;
}

function groupBySchema(tables: readonly TableConfig[]): ReadonlyMap<string, readonly TableConfig[]> {
  const groups = new Map<string, TableConfig[]>();
  for (const table of tables) {
    const group = groups.get(table.target.schema);
    if (group === undefined) groups.set(table.target.schema, [table]);
    else group.push(table);
  }
  return groups;
}
