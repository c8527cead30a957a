import type { Backend, BackendConnection } from '../execution/backend.ts';
import type { CatalogDocument } from './model.ts';

/** Transactions that change rows take it one after the other, just before they commit: any number that nobody else uses. */
const commitLock = '4771027563894201613';

/**
 * When the rows of each table were last changed, and the token that tells one change from the next. Written in the transaction that makes
 * the change, so it is true after a restart and after a rollback.
 *
 * A token is about the nanoseconds since the epoch, as Snowflake's is, and greater than every token that was given before, of whatever
 * table: the greatest one of the tables of a view therefore grows with each of their changes.
 */
export class TableChanges {
  private readonly times: Map<number, number>;

  private constructor(times: Map<number, number>) {
    this.times = times;
  }

  static async open(backend: Backend, catalog: CatalogDocument): Promise<TableChanges> {
    return backend.run(async (connection) => {
      await connection.query('CREATE TABLE IF NOT EXISTS sf.dml_times (id int PRIMARY KEY, at numeric NOT NULL)');
      await connection.query('ALTER TABLE sf.dml_times ADD COLUMN IF NOT EXISTS token numeric');
      await connection.query('UPDATE sf.dml_times SET token = at * 1000000 WHERE token IS NULL');
      // Tables of a stand-in that did not write their creation down.
      const tables = Object.values(catalog.databases)
        .flatMap(({ schemas }) => Object.values(schemas))
        .flatMap(({ relations }) => Object.values(relations))
        .filter(({ kind }) => kind === 'TABLE')
        .map(({ id, createdAt }) => `(${id}, ${createdAt}, ${createdAt}::numeric * 1000000)`);
      if (tables.length > 0) {
        await connection.query(
          `INSERT INTO sf.dml_times (id, at, token) VALUES ${tables.join(', ')} ON CONFLICT (id) DO NOTHING`,
        );
      }
      const { rows } = await connection.query('SELECT id, at FROM sf.dml_times');
      return new TableChanges(new Map(rows.map(([id, at]) => [Number(id), Number(at)])));
    });
  }

  /** When the table's rows were last changed, in ms since the epoch; 0 where they never were. */
  changedAt(id: number): number {
    return this.times.get(id) ?? 0;
  }

  /**
   * Writes down that the tables have changed. The last thing in the transaction that changes them: tokens have the order of the
   * commits, so whoever holds the lock must not wait for the rows of another.
   */
  async record(connection: Pick<BackendConnection, 'query'>, ids: Iterable<number>, at: number): Promise<void> {
    const list = [...new Set(ids)];
    if (list.length > 0) await connection.query(recordStatements(list, at));
  }

  /** Makes a recorded change visible to {@link changedAt}, once its transaction has committed. */
  confirm(ids: Iterable<number>, at: number): void {
    for (const id of ids) this.times.set(id, at);
  }
}

/** What {@link TableChanges.record} runs. */
export function recordStatements(ids: readonly number[], at: number): string {
  return `SELECT pg_advisory_xact_lock(${commitLock});
    INSERT INTO sf.dml_times AS t (id, at, token)
    SELECT id, ${at}, greatest(${at}::numeric * 1000000, 1 + coalesce((SELECT max(token) FROM sf.dml_times), 0))
      FROM unnest(ARRAY[${ids.join(', ')}]) AS changed(id)
    ON CONFLICT (id) DO UPDATE SET at = excluded.at, token = excluded.token`;
}

/** A Postgres expression: the token of the latest committed change of any of the tables; NULL where there is no table. */
export function latestToken(ids: readonly number[]): string {
  return ids.length === 0 ? 'NULL::numeric' : `(SELECT max(token) FROM sf.dml_times WHERE id IN (${ids.join(', ')}))`;
}
