import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { abortError, throwIfAborted } from '../abort.ts';
import { isSyncError, SyncError } from '../errors.ts';
import { toPostgresError } from './postgres-error.ts';
import { connectClient, requireVersion } from './connect.ts';
import type { PostgresConnectionOptions } from './connection-options.ts';

/** What Snowmelt needs to know of a server and of its own role there. */
export interface PostgresServer {
  /** As `server_version_num`: 150018, 180003. */
  readonly version: number;
  /** It can look whether the client of a running statement is still there: not on every system. */
  readonly checksClients: boolean;
  /** PGlite: one backend shared by all connections, no cancel, no parallel COPY. */
  readonly embedded: boolean;
  readonly database: string;
  readonly role: string;
  readonly superuser: boolean;
  /** Process of this session's backend. */
  readonly backendPid: number;
  /** The schema that PostGIS is installed in; null where it is not installed. */
  readonly postgisSchema: string | null;
  readonly postgisVersion: string | null;
  /** The schema that pgvector is installed in; null where it is not installed. */
  readonly vectorSchema: string | null;
}

export interface SessionOptions {
  /** Shown in `pg_stat_activity`. Postgres cuts it at 63 bytes. */
  readonly applicationName: string;
  /** Aborting it cancels what runs and closes the session. */
  readonly signal?: AbortSignal;
  /** Told of every statement that has ended. */
  readonly onStatement?: (text: string, ms: number) => void;
  /** Connects again where the connection was cut between transactions; what was under way then fails all the same. */
  readonly reconnect?: boolean;
}

export interface TransactionOptions {
  /** How long one lock is waited for, in ms; 0, the default, without limit. */
  readonly lockTimeoutMs?: number;
  /** `statement_timeout` in ms; 0, the default, is no limit, whatever the role's setting says. */
  readonly statementTimeoutMs?: number;
  /** Schemas that unqualified names are looked up in; `pg_catalog` alone where it is not given, so that definitions read from the catalog are fully qualified. */
  readonly searchPath?: readonly string[];
  /** More settings for this transaction alone, by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What can be done inside a transaction. */
export interface Transaction {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A statement that changes rows. @returns how many it has changed. */
  change(text: string): Promise<number>;
  /**
   * Plans a query of text parameters once, with its first run, for one that is run again while others wait for a lock. From then on
   * the transaction's plans are generic ones. Forgotten with the transaction.
   */
  prepare<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
  ): Promise<(values: readonly string[]) => Promise<Row[]>>;
  /** The types of the columns that a query returns: oid and modifier, as `format_type` takes them. */
  resultTypes(text: string): Promise<readonly { readonly oid: number; readonly modifier: number }[]>;
  /** Several statements without parameters, in one round trip. */
  run(statements: readonly string[]): Promise<void>;
  /** Sends `body` as the whole input of a `COPY … FROM STDIN`. @returns rows copied. */
  copyIn(statement: string, body: Buffer): Promise<number>;
}

/**
 * How long the server waits for this client in the middle of a transaction, in ms. Nothing is waited for there (see
 * {@link PostgresSession.transaction}), so a client that is silent for so long hangs, sleeps or is cut off, and must not keep its
 * locks: a swap's keep every reader out.
 */
const idleInTransactionMs = 60_000;

/**
 * How often the server looks whether the client of a running statement is still there, in ms: otherwise it goes on with an index or a
 * merge for one that was killed.
 * @see https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL
 */
const clientCheckMs = 5_000;

/** A cancelled statement that does not end within this time has its connection closed. */
const cancelGraceMs = 5_000;

/**
 * One connection. Everything runs in a transaction whose settings are `SET LOCAL`: timeouts of the role cannot kill the load,
 * a pooler in transaction mode works, and on the embedded PostGIS, where all connections share one backend, nothing leaks
 * into the application's session.
 */
export class PostgresSession {
  #server: PostgresServer;
  #client: pg.Client;
  readonly #endpoint: PostgresConnectionOptions;
  readonly #options: SessionOptions;
  #closed = false;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    client: pg.Client,
    endpoint: PostgresConnectionOptions,
    server: PostgresServer,
    options: SessionOptions,
  ) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#server = server;
    this.#options = options;
  }

  /**
   * Connects as the endpoint's `sslmode` asks.
   * @throws SyncError `postgres.connect`, `postgres.auth`, `postgres.tls` or `cancelled`.
   */
  static async open(endpoint: PostgresConnectionOptions, options: SessionOptions): Promise<PostgresSession> {
    const { client, server } = await connectDescribed(endpoint, options);
    return new PostgresSession(client, endpoint, server, options);
  }

  get server(): PostgresServer {
    return this.#server;
  }

  get endpoint(): PostgresConnectionOptions {
    return this.#endpoint;
  }

  /** One statement in a transaction of its own. */
  async query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
    options: TransactionOptions = {},
  ): Promise<Row[]> {
    return this.transaction((transaction) => transaction.query<Row>(text, values), options);
  }

  /**
   * Runs `body` in a transaction: committed when it resolves, rolled back when it rejects. Transactions of one session run one
   * after the other, in the order of the calls. What `body` does must not wait for anything but its transaction, so that it
   * stays short.
   * @throws SyncError, or what `body` throws.
   */
  async transaction<T>(body: (transaction: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const turn = this.#last.then(() => this.#transact(body, options));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #transact<T>(body: (transaction: Transaction) => Promise<T>, options: TransactionOptions): Promise<T> {
    if (this.#closed) throw new SyncError('postgres.connectionLost', 'The Postgres session is closed.');
    await this.#begin(options);
    let result: T;
    const prepared: string[] = [];
    try {
      result = await body({
        query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
          (await this.#execute<Row>(text, values)).rows,
        change: async (text) => (await this.#execute(text)).rowCount ?? 0,
        prepare: async <Row extends pg.QueryResultRow>(text: string) => {
          // Unlike the protocol's own prepared statements it is the server's alone, and goes before a pooler gives the server to others.
          const name = pg.escapeIdentifier(`snowmelt_${randomUUID()}`);
          prepared.push(name);
          await this.#execute(`SET LOCAL plan_cache_mode = force_generic_plan; PREPARE ${name} AS ${text}`);
          return async (values) =>
            (await this.#execute<Row>(`EXECUTE ${name}(${values.map((value) => pg.escapeLiteral(value)).join(', ')})`))
              .rows;
        },
        resultTypes: async (text) =>
          (await this.#execute(text)).fields.map((field) => ({
            oid: field.dataTypeID,
            modifier: field.dataTypeModifier,
          })),
        run: async (statements) => {
          if (statements.length > 0) await this.#execute(statements.join(';\n'));
        },
        copyIn: (statement, copyBody) => this.#copyIn(statement, copyBody),
      });
    } catch (error) {
      await this.#client.query(ending('ROLLBACK', prepared)).catch(() => undefined);
      throw error;
    }
    await this.#execute(ending('COMMIT', prepared));
    return result;
  }

  async #begin(options: TransactionOptions): Promise<void> {
    try {
      await this.#execute(this.#opening(options));
    } catch (error) {
      if (this.#options.reconnect !== true || !isSyncError(error, 'postgres.connectionLost')) throw error;
      await this.#client.end().catch(() => undefined);
      const { client, server } = await connectDescribed(this.#endpoint, this.#options);
      this.#client = client;
      this.#server = server;
      // Closed meanwhile: nobody will close it again.
      if (this.#closed) await client.end().catch(() => undefined);
      await this.#execute(this.#opening(options));
    }
  }

  /** Ends the connection. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#client.end().catch(() => undefined);
  }

  #opening(options: TransactionOptions): string {
    const path = (options.searchPath ?? ['pg_catalog']).map((schema) => pg.escapeIdentifier(schema)).join(', ');
    const settings: Record<string, string> = {
      statement_timeout: String(options.statementTimeoutMs ?? 0),
      idle_in_transaction_session_timeout: String(this.server.embedded ? 0 : idleInTransactionMs),
      ...(this.server.checksClients && { client_connection_check_interval: String(clientCheckMs) }),
      ...(this.server.version >= 170_000 && { transaction_timeout: '0' }),
      lock_timeout: String(options.lockTimeoutMs ?? 0),
      timezone: 'UTC',
      datestyle: 'ISO, YMD',
      ...options.settings,
    };
    const sets = Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = ${pg.escapeLiteral(value)}`);
    return ['BEGIN', ...sets, `SET LOCAL search_path = ${path}`].join('; ');
  }

  async #execute<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    return this.#abortable(text, async () =>
      values.length > 0 ? this.#client.query<Row>(text, [...values]) : this.#client.query<Row>(text),
    );
  }

  async #copyIn(statement: string, body: Buffer): Promise<number> {
    return this.#abortable(statement, async () => {
      const stream = this.#client.query(copyFrom(statement));
      await new Promise<void>((resolve, reject) => {
        stream.on('error', reject);
        stream.on('finish', resolve);
        stream.end(body);
      });
      return stream.rowCount;
    });
  }

  /** Runs one statement; an abort meanwhile cancels it on the server and, if that does not help, closes the connection. */
  async #abortable<T>(text: string, run: () => Promise<T>): Promise<T> {
    const { signal, onStatement } = this.#options;
    throwIfAborted(signal);
    const startedAt = performance.now();
    let grace: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      void this.#cancelRunning();
      grace = setTimeout(() => {
        void this.close();
      }, cancelGraceMs);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await run();
    } catch (error) {
      if (signal?.aborted === true) throw abortError(signal, error);
      throw toPostgresError(error, text);
    } finally {
      clearTimeout(grace);
      signal?.removeEventListener('abort', onAbort);
      onStatement?.(text, performance.now() - startedAt);
    }
  }

  /** Cancels through a second connection, which works through TLS and where the wire's cancel request is not passed on. */
  async #cancelRunning(): Promise<void> {
    if (this.server.embedded) return;
    try {
      const other = await connectClient(this.#endpoint, `${this.#options.applicationName} cancel`, undefined);
      try {
        await other.query('SELECT pg_catalog.pg_cancel_backend($1)', [this.server.backendPid]);
      } finally {
        await other.end();
      }
    } catch {
      // The grace period closes the connection instead.
    }
  }
}

/** The end of a transaction, and of what it has prepared, which does not go with it. One message, so that a pooler sends it to one server. */
function ending(end: 'COMMIT' | 'ROLLBACK', prepared: readonly string[]): string {
  return [end, ...prepared.map((name) => `DEALLOCATE ${name}`)].join('; ');
}

async function connectDescribed(
  endpoint: PostgresConnectionOptions,
  options: SessionOptions,
): Promise<{ readonly client: pg.Client; readonly server: PostgresServer }> {
  throwIfAborted(options.signal);
  const client = await connectClient(endpoint, options.applicationName, options.signal);
  try {
    const server = await describeServer(client);
    requireVersion(server.version);
    return { client, server };
  } catch (error) {
    await client.end().catch(() => undefined);
    if (options.signal?.aborted === true) throw abortError(options.signal, error);
    throw toPostgresError(error);
  }
}

async function describeServer(client: pg.Client): Promise<PostgresServer> {
  interface Row {
    version: string;
    full_version: string;
    database: string;
    role: string;
    superuser: boolean;
    pid: number;
    postgis: string | null;
    postgis_version: string | null;
    vector: string | null;
  }
  const { rows } = await client.query<Row>(`
    SELECT pg_catalog.current_setting('server_version_num') AS version,
           pg_catalog.version() AS full_version,
           pg_catalog.current_database() AS database,
           current_user AS role,
           (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS superuser,
           pg_catalog.pg_backend_pid() AS pid,
           (SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
             WHERE e.extname = 'postgis') AS postgis,
           (SELECT e.extversion FROM pg_catalog.pg_extension e WHERE e.extname = 'postgis') AS postgis_version,
           (SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
             WHERE e.extname = 'vector') AS vector`);
  const row = rows[0];
  if (row === undefined) throw new SyncError('postgres.statement', 'The server did not describe itself.');
  return {
    version: Number(row.version),
    checksClients: row.full_version.includes('-linux-'),
    embedded: /\bemcc\b|emscripten|wasm/i.test(row.full_version),
    database: row.database,
    role: row.role,
    superuser: row.superuser,
    backendPid: row.pid,
    postgisSchema: row.postgis,
    postgisVersion: row.postgis_version,
    vectorSchema: row.vector,
  };
}
