import type { Backend } from '../execution/backend.ts';
import { quoteLiteral } from '../types/stored-text.ts';
import { emptyCatalog, type CatalogDocument } from './model.ts';
import { TableChanges } from './table-changes.ts';

/** What a DDL statement does: a change of the catalog, and the SQL that goes with it. */
export type CatalogChange<T> = (draft: CatalogDocument, execute: (sql: string) => Promise<number>) => Promise<T>;

/**
 * The databases, schemas, tables, views, roles and grants that the engine holds. Readers see a document that is never changed in
 * place; a change works on a copy, in one Postgres transaction with its own SQL, and becomes the current document when that
 * has committed. Changes happen one after the other.
 */
export class Catalog {
  /** When rows were changed, which no DDL says. */
  readonly changes: TableChanges;
  private document: CatalogDocument;
  private readonly backend: Backend;
  private tail: Promise<unknown> = Promise.resolve();

  private constructor(backend: Backend, document: CatalogDocument, changes: TableChanges) {
    this.backend = backend;
    this.document = document;
    this.changes = changes;
  }

  /** Reads the catalog that the database has, or begins an empty one. */
  static async open(backend: Backend, now: number): Promise<Catalog> {
    const document = await backend.run(async (connection) => {
      await connection.query('CREATE TABLE IF NOT EXISTS sf.catalog (document text NOT NULL)');
      const { rows } = await connection.query('SELECT document FROM sf.catalog');
      const text = rows[0]?.[0];
      if (typeof text === 'string') return JSON.parse(text) as CatalogDocument;
      const empty = emptyCatalog(now);
      await connection.query(`INSERT INTO sf.catalog VALUES (${quoteLiteral(JSON.stringify(empty))})`);
      return empty;
    });
    return new Catalog(backend, document, await TableChanges.open(backend, document));
  }

  get current(): CatalogDocument {
    return this.document;
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
