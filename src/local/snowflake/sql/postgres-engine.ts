import { randomUUID } from 'node:crypto';
import type { Engine, EngineSession, SessionState } from '../engine.ts';
import { Catalog } from './catalog/catalog.ts';
import { dropTemporaryTables } from './catalog/temporary-tables.ts';
import { Backend } from './execution/backend.ts';
import { StatementMoments } from './history/statement-moments.ts';
import { Streams } from './history/streams.ts';
import { streamsOf } from './catalog/model.ts';
import { bootstrapScripts } from './execution/bootstrap/scripts.ts';
import { loadRows } from './execution/bulk-load.ts';
import { Results } from './execution/results.ts';
import { Session } from './execution/session.ts';
import type { Shared } from './execution/shared.ts';

export interface PostgresEngineOptions {
  /** A database that the engine has for itself, with PostGIS installed or installable. Needs no superuser where PostGIS is there. */
  readonly url: string;
  /** The time that CURRENT_TIMESTAMP, CREATED and a result's age go by. */
  readonly clock?: () => Date;
  /** Most connections to a server; an embedded Postgres always gets one. */
  readonly connections?: number;
  /** How much the kept results may take together before the oldest are dropped, though younger than a day. Default 4 GiB. */
  readonly resultBytes?: number;
}

/** An engine on Postgres, with a door for data that is too much for INSERT. */
export interface PostgresEngine extends Engine {
  /**
   * Appends rows to a table through COPY, all in one transaction. The chunks are Postgres COPY text of all the table's columns in order,
   * values in their storage form (`types/storage.ts`); a chunk may end anywhere. @returns the number of rows.
   */
  loadTable(
    database: string,
    schema: string,
    table: string,
    chunks: AsyncIterable<string> | Iterable<string>,
  ): Promise<number>;
}

/**
 * Opens an engine on a Postgres + PostGIS database (15 and later; PGlite too, which it uses through one connection). Tables and
 * catalog of an earlier run are there again; results are not.
 */
export async function openPostgresEngine(options: PostgresEngineOptions): Promise<PostgresEngine> {
  const clock = options.clock ?? (() => new Date());
  const backend = await Backend.open(options.url, options.connections);
  try {
    await backend.run(async (connection) => {
      for (const script of bootstrapScripts) await connection.query(script);
      await connection.query('DROP SCHEMA IF EXISTS sf_results CASCADE');
      await connection.query('CREATE SCHEMA sf_results');
    });
    const catalog = await Catalog.open(backend, clock);
    const now = (): Date => catalog.versions.now();
    await dropTemporaryTables(catalog, () => true);
    const shared: Shared = {
      backend,
      catalog,
      clock: now,
      statementMoments: new StatementMoments(),
      streams: await Streams.open(
        backend,
        streamsOf(catalog.current).map(({ id }) => id),
      ),
      results: new Results(backend, now, options.resultBytes ?? 4 * 1024 ** 3),
      caseCollation: await findCaseCollation(backend),
      nextStatement: counter(),
    };
    return new Opened(shared);
  } catch (error) {
    await backend.close();
    throw error;
  }
}

class Opened implements PostgresEngine {
  private readonly shared: Shared;
  private readonly sessions = new Set<Session>();

  constructor(shared: Shared) {
    this.shared = shared;
  }

  openSession(state: SessionState): Promise<EngineSession> {
    const session = new Session(randomUUID(), state, this.shared);
    this.sessions.add(session);
    return Promise.resolve(session);
  }

  loadTable(
    database: string,
    schema: string,
    table: string,
    chunks: AsyncIterable<string> | Iterable<string>,
  ): Promise<number> {
    return loadRows([database, schema, table], chunks, this.shared);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.sessions].map((session) => session.close()));
    await this.shared.backend.close();
  }
}

function counter(): () => number {
  let last = 0;
  return () => ++last;
}

/** A collation whose case mapping covers Unicode; the database's own where there is no other. */
async function findCaseCollation(backend: Backend): Promise<string> {
  const names = ['pg_unicode_fast', 'und-x-icu', 'pg_c_utf8', 'C.utf8', 'en_US.utf8'];
  const { rows } = await backend.run((connection) =>
    connection.query(
      `SELECT collname FROM pg_collation WHERE collname IN (${names.map((name) => `'${name}'`).join(', ')}) AND collencoding IN (-1, 6)`,
    ),
  );
  const found = new Set(rows.map(([name]) => name));
  const name = names.find((candidate) => found.has(candidate)) ?? 'default';
  return `pg_catalog."${name}"`;
}
