import type { Backend } from '../execution/backend.ts';
import { quoteLiteral } from '../types/stored-text.ts';
import type { PendingChanges } from '../history/pending-changes.ts';
import { TableVersions } from '../history/table-versions.ts';
import {
  schemasOf,
  defaultExtension,
  emptyCatalog,
  relationsOf,
  type CatalogDocument,
  type RelationEntry,
} from './model.ts';
import { adoptTracking, noteTracking } from './tracked-periods.ts';

/** What a DDL statement does: a change of the catalog, and the SQL that goes with it. */
export type CatalogChange<T> = (
  draft: CatalogDocument,
  execute: (sql: string) => Promise<number>,
  changes: PendingChanges,
) => Promise<T>;

/**
 * The databases, schemas, tables, views, roles and grants that the engine holds. Readers see a document that is never changed in
 * place; a change works on a copy, in one Postgres transaction with its own SQL, and becomes the current document when that
 * has committed. Changes happen one after the other.
 */
export class Catalog {
  /** When rows were changed, which no DDL says. */
  readonly versions: TableVersions;
  private readonly state: CatalogState;
  private readonly backend: Backend;
  private tail: Promise<unknown> = Promise.resolve();

  private constructor(backend: Backend, state: CatalogState, versions: TableVersions) {
    this.backend = backend;
    this.state = state;
    this.versions = versions;
  }

  /** Reads the catalog that the database has, or begins an empty one. */
  static async open(backend: Backend, clock: () => Date): Promise<Catalog> {
    const stored = await backend.run(async (connection): Promise<StoredDocument> => {
      await connection.query('CREATE TABLE IF NOT EXISTS sf.catalog (document text NOT NULL)');
      const { rows } = await connection.query('SELECT document FROM sf.catalog');
      const text = rows[0]?.[0];
      if (typeof text === 'string') return JSON.parse(text) as StoredDocument;
      const empty = emptyCatalog(clock().getTime());
      await connection.query(`INSERT INTO sf.catalog VALUES (${quoteLiteral(JSON.stringify(empty))})`);
      return empty;
    });
    const document = upgraded(stored);
    const versions = await TableVersions.open(backend, document, clock);
    if (stored.version < 4) {
      await backend.run(async (connection) => {
        await connection.query('BEGIN');
        try {
          await adoptTracking(document, connection);
          await connection.query(saveSql(document));
          await connection.query('COMMIT');
        } catch (error) {
          await connection.query('ROLLBACK');
          throw error;
        }
      });
    }
    return new Catalog(backend, new CatalogState(document), versions);
  }

  get current(): CatalogDocument {
    return this.state.document;
  }

  /** A table or view, whatever it is called now. */
  relation(id: number): RelationEntry | undefined {
    return this.state.relation(id);
  }

  async change<T>(change: CatalogChange<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.tail.then(() => this.apply(change, signal));
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  private async apply<T>(change: CatalogChange<T>, signal?: AbortSignal): Promise<T> {
    return this.backend.run(async (connection) => {
      const draft = structuredClone(this.state.document);
      const changes = this.versions.begin();
      await connection.query('BEGIN');
      try {
        const result = await change(draft, async (sql) => (await connection.query(sql, signal)).count, changes);
        changes.statements.push((token) => {
          draft.token = String(token);
          noteTracking(draft, token);
          return saveSql(draft);
        });
        // In the commit's turn, so that whatever is committed later finds it.
        changes.afterCommit.unshift(() => {
          this.state.document = draft;
        });
        await this.versions.commit(connection, changes);
        return result;
      } catch (error) {
        await connection.query('ROLLBACK');
        throw error;
      }
    });
  }
}

class CatalogState {
  document: CatalogDocument;
  private readonly indexes = new WeakMap<CatalogDocument, Map<number, RelationEntry>>();

  constructor(document: CatalogDocument) {
    this.document = document;
  }

  relation(id: number): RelationEntry | undefined {
    let index = this.indexes.get(this.document);
    if (index === undefined) {
      index = new Map(relationsOf(this.document).map((relation) => [relation.id, relation]));
      this.indexes.set(this.document, index);
    }
    return index.get(id);
  }
}

function saveSql(document: CatalogDocument): string {
  return `UPDATE sf.catalog SET document = ${quoteLiteral(JSON.stringify(document))}`;
}

type StoredDocument = Omit<CatalogDocument, 'version'> & { version: number };

/** The document of an earlier version of the stand-in, with what has come since. */
function upgraded(stored: StoredDocument): CatalogDocument {
  const document: CatalogDocument = { ...stored, version: 4 };
  if (stored.version < 2) for (const relation of relationsOf(document)) relation.extension = defaultExtension;
  if (stored.version < 3) for (const schema of schemasOf(document)) schema.streams = {};
  if (stored.version < 4) {
    document.token = '0';
    for (const relation of relationsOf(document)) relation.tracked = [];
  }
  return document;
}
