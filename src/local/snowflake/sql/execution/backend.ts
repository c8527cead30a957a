import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { cancelled } from '../errors.ts';

export interface QueryOutput {
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows that the last command touched. */
  readonly count: number;
}

/** One Postgres connection, lent to one user at a time. Every value comes back as Postgres' text. */
export interface BackendConnection {
  query(sql: string, signal?: AbortSignal): Promise<QueryOutput>;
  /** Runs one COPY … FROM STDIN with the whole of the given text. */
  copy(sql: string, data: Buffer): Promise<void>;
}

interface Waiter {
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: Error) => void;
}

const connectionSettings = [
  'SET extra_float_digits = 0',
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, YMD'",
  "SET bytea_output = 'hex'",
  'SET client_min_messages = warning',
  'SET jit = off',
  'SET synchronous_commit = off',
  'SET statement_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
  "SET work_mem = '32MB'",
];

/** Lowers the cost of long values; absent from builds without lz4. */
const optionalSettings = ["SET default_toast_compression = 'lz4'"];

/** Results come as text, whatever their type. */
const textTypes: pg.CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };

class Connection implements BackendConnection {
  readonly client: pg.Client;
  readonly pid: number;
  private readonly cancel: ((pid: number) => Promise<void>) | null;
  broken = false;

  constructor(client: pg.Client, pid: number, cancel: ((pid: number) => Promise<void>) | null) {
    this.client = client;
    this.pid = pid;
    this.cancel = cancel;
    client.on('error', () => {
      this.broken = true;
    });
  }

  async query(sql: string, signal?: AbortSignal): Promise<QueryOutput> {
    if (signal?.aborted === true) throw cancelled();
    const running = this.client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
    const onAbort = (): void => {
      this.cancel?.(this.pid).catch(() => undefined);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const result: unknown = await running;
      const last = (Array.isArray(result) ? result.at(-1) : result) as pg.QueryArrayResult<(string | null)[]>;
      return { rows: last.rows, count: last.rowCount ?? 0 };
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async copy(sql: string, data: Buffer): Promise<void> {
    const stream = this.client.query(copyFrom(sql));
    await new Promise<void>((resolve, reject) => {
      stream.on('finish', resolve);
      stream.on('error', reject);
      stream.end(data);
    });
  }
}

/**
 * The connections to the engine's own Postgres: a handful on a server, exactly one on an embedded Postgres, whose
 * connections all share one backend session. Borrowers queue in the order in which they came.
 */
export class Backend {
  /** An embedded Postgres cannot be cancelled from outside and runs one thing at a time. */
  readonly embedded: boolean;
  private readonly url: string;
  private readonly limit: number;
  private readonly idle: Connection[] = [];
  private readonly open = new Set<Connection>();
  private readonly reserved = new Set<Connection>();
  private readonly waiters: Waiter[] = [];
  private opening = 0;
  private control: pg.Client | null = null;
  private closed = false;

  private constructor(url: string, embedded: boolean, limit: number) {
    this.url = url;
    this.embedded = embedded;
    this.limit = embedded ? 1 : limit;
  }

  static async open(url: string, limit = 8): Promise<Backend> {
    const probe = new pg.Client({ connectionString: url, application_name: 'snowmelt:snowflake' });
    await probe.connect();
    try {
      const version = await probe.query<{ version: string }>('SELECT version()');
      const embedded = /emscripten|emcc|wasm|clang.*web/iu.test(version.rows[0]?.version ?? '');
      return new Backend(url, embedded, limit);
    } finally {
      await probe.end();
    }
  }

  /** Lends a connection for the length of a task. */
  async run<T>(task: (connection: BackendConnection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const connection = await this.borrow(signal);
    try {
      return await task(connection);
    } finally {
      this.giveBack(connection);
    }
  }

  /**
   * Runs a task that reads what has long been committed. Where the only connection is lent for a transaction, the task goes in between
   * its statements: the session that reads may be the one whose transaction it is.
   */
  async aside<T>(task: (connection: BackendConnection) => Promise<T>): Promise<T> {
    const [lent] = this.reserved;
    if (this.embedded && lent !== undefined) return task(lent);
    return this.run(task);
  }

  /** Lends a connection until `release` is called: for a transaction. */
  async reserve(signal?: AbortSignal): Promise<{ connection: BackendConnection; release: () => void }> {
    const connection = await this.borrow(signal);
    this.reserved.add(connection);
    return {
      connection,
      release: () => {
        if (!this.reserved.delete(connection)) return;
        this.giveBack(connection);
      },
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const waiter of this.waiters.splice(0)) waiter.reject(new Error('The engine is closed.'));
    await Promise.allSettled([...this.open].map((connection) => connection.client.end()));
    this.open.clear();
    await this.control?.end();
    this.control = null;
  }

  private async borrow(signal?: AbortSignal): Promise<Connection> {
    if (this.closed) throw new Error('The engine is closed.');
    if (signal?.aborted === true) throw cancelled();
    const idle = this.idle.pop();
    if (idle !== undefined) return idle;
    if (this.open.size + this.opening < this.limit) return this.connect();
    return new Promise<Connection>((resolve, reject) => {
      const onAbort = (): void => {
        const index = this.waiters.indexOf(waiter);
        if (index >= 0) this.waiters.splice(index, 1);
        reject(cancelled());
      };
      const waiter: Waiter = {
        resolve: (connection) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(connection);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      this.waiters.push(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  private giveBack(connection: Connection): void {
    if (connection.broken || this.closed) {
      this.open.delete(connection);
      connection.client.end().catch(() => undefined);
      const waiter = this.waiters.shift();
      if (waiter !== undefined) this.connect().then(waiter.resolve, waiter.reject);
      return;
    }
    const waiter = this.waiters.shift();
    if (waiter !== undefined) waiter.resolve(connection);
    else this.idle.push(connection);
  }

  private async connect(): Promise<Connection> {
    this.opening++;
    try {
      const client = new pg.Client({
        connectionString: this.url,
        application_name: 'snowmelt:snowflake',
        types: textTypes,
      });
      await client.connect();
      for (const setting of connectionSettings) await client.query(setting);
      for (const setting of optionalSettings) await client.query(setting).catch(() => undefined);
      const pid = await client.query<{ pid: string }>('SELECT pg_backend_pid() AS pid');
      const connection = new Connection(
        client,
        Number(pid.rows[0]?.pid),
        this.embedded ? null : (target) => this.cancelBackend(target),
      );
      this.open.add(connection);
      return connection;
    } finally {
      this.opening--;
    }
  }

  private async cancelBackend(pid: number): Promise<void> {
    if (this.control === null) {
      const control = new pg.Client({ connectionString: this.url, application_name: 'snowmelt:snowflake-cancel' });
      this.control = control;
      control.on('error', () => {
        this.control = null;
      });
      await control.connect();
    }
    await this.control.query('SELECT pg_cancel_backend($1)', [pid]);
  }
}
