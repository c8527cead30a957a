import type { Backend, BackendConnection } from '../execution/backend.ts';
import { quoteLiteral } from '../types/stored-text.ts';
import { emptyCatalog, type CatalogDocument } from './model.ts';

/** What a DDL statement does: a change of the catalog, and the SQL that goes with it. */
export type CatalogChange<T> = (draft: CatalogDocument, execute: (sql: string) => Promise<number>) => Promise<T>;

/**
 * The databases, schemas, tables, views, roles and grants that the engine holds. Readers see a document that is never changed in
 * place; a change works on a copy, in one Postgres transaction with its own SQL, and becomes the current document when that
 * has committed. Changes happen one after the other.
 */
export class Catalog {
  private document: CatalogDocument;
  private readonly backend: Backend;
  private tail: Promise<unknown> = Promise.resolve();
  private readonly dmlTimes = new Map<number, number>();

  private constructor(backend: Backend, document: CatalogDocument) {
    this.backend = backend;
    this.document = document;
  }

  /** Reads the catalog that the database has, or begins an empty one. */
  static async open(backend: Backend, now: number): Promise<Catalog> {
    return backend.run(async (connection) => {
      await connection.query('CREATE TABLE IF NOT EXISTS sf.catalog (document text NOT NULL)');
      await connection.query('CREATE TABLE IF NOT EXISTS sf.dml_times (id int PRIMARY KEY, at numeric NOT NULL)');
      const { rows } = await connection.query('SELECT document FROM sf.catalog');
      const text = rows[0]?.[0];
      if (typeof text !== 'string') {
        const document = emptyCatalog(now);
        await connection.query(`INSERT INTO sf.catalog VALUES (${quoteLiteral(JSON.stringify(document))})`);
        return new Catalog(backend, document);
      }
      const catalog = new Catalog(backend, JSON.parse(text) as CatalogDocument);
      const times = await connection.query('SELECT id, at FROM sf.dml_times');
      for (const [id, at] of times.rows) catalog.dmlTimes.set(Number(id), Number(at));
      return catalog;
    });
  }

  get current(): CatalogDocument {
    return this.document;
  }

  /** When the table's rows were last changed, in ms since the epoch; 0 where they never were. */
  changedAt(id: number): number {
    return this.dmlTimes.get(id) ?? 0;
  }

  /** Writes down that rows changed, in the transaction that changes them. */
  async recordChange(connection: BackendConnection, id: number, at: number): Promise<void> {
    await connection.query(
      `INSERT INTO sf.dml_times VALUES (${id}, ${at}) ON CONFLICT (id) DO UPDATE SET at = excluded.at`,
    );
  }

  /** Makes a recorded change visible, once its transaction has committed. */
  confirmChange(id: number, at: number): void {
    this.dmlTimes.set(id, at);
  }

  async change<T>(change: CatalogChange<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.tail.then(() => this.apply(change, signal));
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  private async apply<T>(change: CatalogChange<T>, signal?: AbortSignal): Promise<T> {
    return this.backend.run(async (connection) => {
      const draft = structuredClone(this.document);
      await connection.query('BEGIN');
      try {
        const result = await change(draft, async (sql) => (await connection.query(sql, signal)).count);
        await connection.query(`UPDATE sf.catalog SET document = ${quoteLiteral(JSON.stringify(draft))}`);
        await connection.query('COMMIT');
        this.document = draft;
        return result;
      } catch (error) {
        await connection.query('ROLLBACK');
        throw error;
      }
    });
  }
}
