import { configHash } from './config/config-hash.ts';
import type { RelationName, TableConfig } from './config/resolved.ts';
import { findLeftovers, type Leftover } from './ledger/leftovers.ts';
import type { Ledger, RunIdentity, TableRecord } from './ledger/ledger.ts';
import { runHistory, type RunRecord } from './ledger/run-history.ts';
import { readLedgers, type LedgerAccess } from './ledger/read-ledgers.ts';
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
  /** Of the indexes among them. */
  readonly indexBytes: number | null;
  readonly generation: number | null;
  /** Rows of the last successful run. */
  readonly syncedRows: number | null;
  /** When the live rows were swapped in. */
  readonly syncedAt: string | null;
  /** Time since then by the server's clock, in ms. */
  readonly ageMs: number | null;
  readonly lastRun: RunRecord | null;
  /** Earlier generations that can be rolled back to. */
  readonly kept: Space;
  /** Staging tables that runs have left behind; `snowmelt clean` removes them. */
  readonly leftBehind: Space;
  /** What has changed since the live rows were swapped in, as far as that is known without asking Snowflake; null before the first sync. */
  readonly drift: StatusDrift | null;
}

/** Relations beside a table, and their bytes with indexes. */
export interface Space {
  readonly count: number;
  readonly bytes: number;
}

export interface StatusDrift {
  /** Settings that decide rows and columns are not those of the live generation. */
  readonly configurationChanged: boolean;
  /** The relation is not the one that was synced: somebody has put another one in its place. */
  readonly replaced: boolean;
  /** Columns that the last sync has filled and that the relation no longer has. */
  readonly missingColumns: readonly string[];
}

/** The tables of one target, and whether their history could be read. */
export interface TargetStatus {
  readonly tables: readonly TableStatus[];
  readonly ledger: LedgerAccess;
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
  const known = await readKnown(session, identity, tables);
  const columns = await columnNames(session, tables);
  return {
    ledger: known.ledger,
    tables: tables.map((table) => {
      const isOfTable = ({ relation }: { readonly relation: RelationName }): boolean => isSame(relation, table.target);
      const leftovers = known.leftovers.filter(({ of }) => isSame(of, table.target));
      const size = sizes.find(isOfTable);
      const record = known.records.find(isOfTable);
      return {
        ...statusOf(table, size, record),
        lastRun: known.lastRuns.find((run) => run.table === table.name && isOfTable(run)) ?? null,
        kept: spaceOf(leftovers.filter(({ kind }) => kind === 'generation')),
        leftBehind: spaceOf(leftovers.filter(({ kind }) => kind === 'staging')),
        drift:
          size === undefined || record === undefined
            ? null
            : driftOf(table, size, record, columns.find(isOfTable)?.names ?? []),
      };
    }),
  };
}

function spaceOf(leftovers: readonly Leftover[]): Space {
  return { count: leftovers.length, bytes: leftovers.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function driftOf(table: TableConfig, size: RelationSize, record: TableRecord, columns: readonly string[]): StatusDrift {
  return {
    configurationChanged: record.configHash !== configHash(table),
    replaced: record.oid !== size.oid,
    missingColumns: Object.keys(record.sourceColumns ?? {}).filter((column) => !columns.includes(column)),
  };
}

interface ColumnNames {
  readonly relation: RelationName;
  readonly names: readonly string[];
}

async function columnNames(session: PostgresSession, tables: readonly TableConfig[]): Promise<ColumnNames[]> {
  const rows = await session.query<{ schema: string; name: string; columns: string[] }>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name, array_agg(a.attname::text) AS columns
       FROM unnest($1::text[], $2::text[]) AS asked(schema, name)
       JOIN pg_namespace n ON n.nspname = asked.schema
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.name
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      GROUP BY 1, 2`,
    [tables.map(({ target }) => target.schema), tables.map(({ target }) => target.name)],
  );
  return rows.map(({ schema, name, columns }) => ({ relation: { schema, name }, names: columns }));
}

function statusOf(
  table: TableConfig,
  size: RelationSize | undefined,
  record: TableRecord | undefined,
): Omit<TableStatus, 'lastRun' | 'kept' | 'leftBehind' | 'drift'> {
  const synced = size !== undefined && record !== undefined;
  return {
    table: table.name,
    relation: table.target,
    state: size === undefined ? 'missing' : record === undefined ? 'neverSynced' : 'synced',
    rows: size?.rows ?? null,
    rowsExact: size?.exact ?? false,
    bytes: size?.bytes ?? null,
    indexBytes: size?.indexBytes ?? null,
    generation: synced ? record.generation : null,
    syncedRows: synced ? record.rows : null,
    syncedAt: synced ? record.syncedAt : null,
    ageMs: synced ? Math.max(0, size.measuredAt.getTime() - Date.parse(record.syncedAt)) : null,
  };
}

interface Known {
  readonly ledger: TargetStatus['ledger'];
  readonly records: readonly TableRecord[];
  readonly lastRuns: readonly RunRecord[];
  readonly leftovers: readonly Leftover[];
}

async function readKnown(
  session: PostgresSession,
  identity: RunIdentity,
  tables: readonly TableConfig[],
): Promise<Known> {
  const records: TableRecord[] = [];
  const lastRuns: RunRecord[] = [];
  const leftovers: Leftover[] = [];
  const ledger = await readLedgers(session, tables, async (found, inLedger) => {
    const relations = inLedger.map(({ target }) => target);
    records.push(...(await found.tables(session, relations)));
    leftovers.push(...(await findLeftovers(session, found, identity, { relations, generations: true })));
    lastRuns.push(...(await latestRuns(session, found, identity, inLedger)));
  });
  return { ledger, records, lastRuns, leftovers };
}

async function latestRuns(
  session: PostgresSession,
  ledger: Ledger,
  identity: RunIdentity,
  tables: readonly TableConfig[],
): Promise<RunRecord[]> {
  const names = tables.map(({ name }) => name);
  const limit = names.length * runsPerTable;
  const recent = await runHistory(session, ledger, identity, { tables: names, limit });
  const latest: RunRecord[] = [];
  for (const name of names) {
    const found = recent.find(({ table }) => table === name);
    if (found !== undefined) latest.push(found);
    else if (recent.length === limit)
      latest.push(...(await runHistory(session, ledger, identity, { tables: [name], limit: 1 })));
  }
  return latest;
}

function isSame(a: RelationName, b: RelationName): boolean {
  return a.schema === b.schema && a.name === b.name;
}
