import type { Backend, BackendConnection } from '../execution/backend.ts';
import type { CatalogDocument } from '../catalog/model.ts';
import { relationsOf } from '../catalog/model.ts';
import { adoptTableSql } from './row-storage.ts';
import { CommitTurns } from './commit-turns.ts';
import { forgetHistory } from './forget-history.ts';
import { PendingChanges } from './pending-changes.ts';

/** One committed change of a table's rows. */
export interface TableVersion {
  /** Nanoseconds since the epoch, as Snowflake's SYSTEM$LAST_CHANGE_COMMIT_TIME has them; greater than that of every commit before. */
  readonly token: bigint;
  /** The number that the rows written by it carry. */
  readonly transaction: number;
  /** The rows that it changed can still be read as they were before. */
  readonly kept: boolean;
  /** It put in the rows that carry no transaction's number. */
  readonly base: boolean;
}

const nanoseconds = 1_000_000n;

/** When a commit was, in ms since the epoch. */
export function millisecondsOf(token: bigint): number {
  return Number(token / nanoseconds);
}

/** The greatest token that a commit of this millisecond may have. */
export function lastTokenOf(milliseconds: number): bigint {
  return (BigInt(milliseconds) + 1n) * nanoseconds - 1n;
}

/**
 * The committed versions of every table, in the order of their commits. Commits take turns: while one has its turn it is given a token, writes
 * its versions down in its own transaction, commits, and becomes known here. So tokens have the order in which other sessions
 * come to see the changes, whatever transaction began first, and are true after a restart and after a rollback.
 */
export class TableVersions {
  private readonly versions: Map<number, TableVersion[]>;
  private readonly clock: () => Date;
  private readonly turns = new CommitTurns();
  private latestToken: bigint;
  private lastTransaction: number;
  /** No commit gets a time at or before this one, in ms since the epoch. */
  private fixedUntil = 0;

  private constructor(
    versions: Map<number, TableVersion[]>,
    clock: () => Date,
    latest: bigint,
    lastTransaction: number,
  ) {
    this.versions = versions;
    this.clock = clock;
    this.latestToken = latest;
    this.lastTransaction = lastTransaction;
  }

  static async open(backend: Backend, catalog: CatalogDocument, clock: () => Date): Promise<TableVersions> {
    const rows = await backend.run(async (connection) => {
      await connection.query(
        'CREATE TABLE IF NOT EXISTS sf.versions (id int, token bigint, transaction bigint NOT NULL, kept boolean NOT NULL, base boolean NOT NULL, PRIMARY KEY (id, token))',
      );
      await connection.query('CREATE SEQUENCE IF NOT EXISTS sf.row_ids');
      await adoptTables(connection, catalog);
      await forgetHistory(connection, catalog, clock());
      const found = await connection.query('SELECT id, token, transaction, kept, base FROM sf.versions ORDER BY token');
      return found.rows;
    });
    const versions = new Map<number, TableVersion[]>();
    let latest = BigInt(catalog.token);
    let lastTransaction = 0;
    for (const [id, token, transaction, kept, base] of rows) {
      const version: TableVersion = {
        token: BigInt(token ?? 0),
        transaction: Number(transaction),
        kept: kept === 't',
        base: base === 't',
      };
      lastTransaction = Math.max(lastTransaction, version.transaction);
      if (version.token > latest) latest = version.token;
      listed(versions, Number(id)).push(version);
    }
    return new TableVersions(versions, clock, latest, lastTransaction);
  }

  /** The time by which statements go: the clock's, and never before the latest commit, so that a client who asks for it sees its own changes. */
  now(): Date {
    return new Date(Math.max(this.clock().getTime(), millisecondsOf(this.latestToken)));
  }

  /** The latest commit that everybody sees; every commit up to it is visible to a statement that begins now. */
  get latest(): bigint {
    return this.latestToken;
  }

  /** Oldest first. */
  of(table: number): readonly TableVersion[] {
    return this.versions.get(table) ?? [];
  }

  /** When the table's rows were last changed, in ms since the epoch; 0 where it has no versions. */
  changedAt(table: number): number {
    return millisecondsOf(this.of(table).at(-1)?.token ?? 0n);
  }

  begin(): PendingChanges {
    this.lastTransaction += 1;
    return new PendingChanges(this.lastTransaction);
  }

  /**
   * Makes what has been committed up to a time final: resolves when the commits under way have ended, and gives every later one a
   * later time. Without it, two reads as of one moment could differ by a commit that was stamped before the first and visible after.
   */
  async settle(milliseconds: number): Promise<void> {
    this.fixedUntil = Math.max(this.fixedUntil, milliseconds);
    await this.turns.settled();
  }

  /** Commits the connection's transaction and writes its changes down in it. The transaction is still open where this throws. */
  async commit(connection: Pick<BackendConnection, 'query'>, changes: PendingChanges): Promise<bigint> {
    const end = await this.turns.take();
    try {
      const { latestToken: latest } = this;
      const at = Math.max(this.clock().getTime(), this.fixedUntil + 1);
      const earliest = BigInt(at) * nanoseconds;
      const token = earliest > latest ? earliest : latest + 1n;
      const versions = [...changes.tables].map(([id, { kept, base }]): [number, TableVersion] => [
        id,
        { token, transaction: changes.transaction, kept, base },
      ]);
      const statements = changes.statements.map((statement) => statement(token));
      if (versions.length > 0) statements.unshift(`INSERT INTO sf.versions VALUES ${versions.map(rowOf).join(', ')}`);
      for (const statement of statements) await connection.query(statement);
      await connection.query('COMMIT');
      for (const [id, version] of versions) listed(this.versions, id).push(version);
      this.latestToken = token;
      for (const then of changes.afterCommit) then(token);
      return token;
    } finally {
      end();
    }
  }
}

function rowOf([id, { token, transaction, kept, base }]: [number, TableVersion]): string {
  return `(${id}, ${token}, ${transaction}, ${kept}, ${base})`;
}

function listed<V>(map: Map<number, V[]>, key: number): V[] {
  const known = map.get(key);
  if (known !== undefined) return known;
  const list: V[] = [];
  map.set(key, list);
  return list;
}

/** Gives the tables of a stand-in that kept no history what they need from now on; of the time before, there is none. */
async function adoptTables(connection: Pick<BackendConnection, 'query'>, catalog: CatalogDocument): Promise<void> {
  const known = await connection.query('SELECT DISTINCT id FROM sf.versions');
  const ids = new Set(known.rows.map(([id]) => Number(id)));
  const tables = relationsOf(catalog).filter(({ kind, id }) => kind === 'TABLE' && !ids.has(id));
  if (tables.length === 0) return;
  const { rows } = await connection.query("SELECT to_regclass('sf.dml_times') IS NOT NULL");
  const changed = new Map<number, bigint>();
  if (rows[0]?.[0] === 't') {
    await connection.query('ALTER TABLE sf.dml_times ADD COLUMN IF NOT EXISTS token numeric');
    const times = await connection.query('SELECT id, COALESCE(token, at * 1000000)::bigint FROM sf.dml_times');
    for (const [id, token] of times.rows) changed.set(Number(id), BigInt(token ?? 0));
  }
  for (const table of tables) {
    const token = changed.get(table.id) ?? BigInt(table.createdAt) * nanoseconds;
    await connection.query(`INSERT INTO sf.versions VALUES (${table.id}, ${token}, 0, false, true)`);
    await connection.query(adoptTableSql(table));
  }
  await connection.query('DROP TABLE IF EXISTS sf.dml_times');
}

/** A Postgres expression: the token of the latest committed change of any of the tables; NULL where there is no table. */
export function latestToken(ids: readonly number[]): string {
  return ids.length === 0
    ? 'NULL::numeric'
    : `(SELECT max(token)::numeric FROM sf.versions WHERE id IN (${ids.join(', ')}))`;
}
