import type { PendingChanges } from '../history/pending-changes.ts';
import type { StreamOffset } from '../history/streams.ts';
import type { BackendConnection } from './backend.ts';
import type { Shared } from './shared.ts';

/** A session's open transaction, with a connection of its own, which goes back when it ends. */
export class Transaction {
  readonly changes: PendingChanges;
  /** What was committed when it began. */
  readonly began: bigint;
  /** Where the streams stood then. */
  readonly offsets: ReadonlyMap<number, StreamOffset>;
  /** The statements whose changes its commit makes. */
  readonly queryIds: string[] = [];
  private readonly shared: Shared;
  private readonly connection: BackendConnection;
  private readonly release: () => void;

  private constructor(shared: Shared, connection: BackendConnection, release: () => void) {
    const { catalog, streams } = shared;
    this.shared = shared;
    this.connection = connection;
    this.release = release;
    this.changes = catalog.versions.begin();
    this.began = catalog.versions.latest;
    this.offsets = streams.snapshot();
  }

  static async begin(shared: Shared, signal: AbortSignal): Promise<Transaction> {
    const { connection, release } = await shared.backend.reserve(signal);
    try {
      await connection.query('BEGIN');
    } catch (error) {
      release();
      throw error;
    }
    return new Transaction(shared, connection, release);
  }

  /** Runs a statement's SQL. One that fails leaves the transaction as it was, which in Postgres takes a savepoint. */
  async statement<T>(task: (connection: BackendConnection) => Promise<T>): Promise<T> {
    const { connection } = this;
    await connection.query('SAVEPOINT statement');
    try {
      const value = await task(connection);
      await connection.query('RELEASE SAVEPOINT statement');
      return value;
    } catch (error) {
      await connection.query('ROLLBACK TO SAVEPOINT statement');
      throw error;
    }
  }

  /** @returns the commit's token; null where no rows were changed. */
  async commit(): Promise<bigint | null> {
    const { connection, changes, queryIds } = this;
    const { catalog, statementMoments, clock } = this.shared;
    try {
      const token = await catalog.versions.commit(connection, changes);
      for (const queryId of queryIds) statementMoments.add(queryId, token, true, clock());
      return changes.tables.size === 0 ? null : token;
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      this.release();
    }
  }

  async rollback(): Promise<void> {
    try {
      await this.connection.query('ROLLBACK');
    } finally {
      this.release();
    }
  }
}
