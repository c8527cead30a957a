import { formatQualifiedName, type QualifiedName } from './identifiers.ts';
import type { QueryResult, SnowflakeSession } from './session.ts';
import { stringConstant } from './string-constant.ts';

/**
 * The most that a SHOW command returns, whatever its LIMIT.
 * @see https://docs.snowflake.com/en/sql-reference/sql/show-objects#usage-notes
 */
export const mostShown = 10_000;

/**
 * The databases that the role may see. No warehouse is needed, as for every SHOW.
 * @see https://docs.snowflake.com/en/sql-reference/sql/show-databases
 */
export function showDatabases(): string {
  return `SHOW DATABASES LIMIT ${mostShown}`;
}

/**
 * The schemas of a database that the role may see.
 * @see https://docs.snowflake.com/en/sql-reference/sql/show-schemas
 */
export function showSchemas(database: string): string {
  return `SHOW SCHEMAS IN DATABASE ${formatQualifiedName({ parts: [database] })} LIMIT ${mostShown}`;
}

/**
 * The tables and views of a schema that the role may see.
 * @see https://docs.snowflake.com/en/sql-reference/sql/show-objects
 */
export function showObjects(database: string, schema: string): string {
  return `SHOW OBJECTS IN SCHEMA ${formatQualifiedName({ parts: [database, schema] })} LIMIT ${mostShown}`;
}

/**
 * What has the object's name, and perhaps a few others: the pattern is matched in any case, and how one of its wildcards would be
 * escaped is not documented. Each character of the name matches itself, though; a backslash, which might escape, is left to a wildcard.
 * @see https://docs.snowflake.com/en/sql-reference/sql/show-objects
 */
export function showObject({ parts }: QualifiedName): string {
  const [name = '', ...qualifiers] = parts.toReversed();
  const schema = qualifiers.length === 0 ? '' : ` ${formatQualifiedName({ parts: qualifiers.toReversed() })}`;
  return `SHOW OBJECTS LIKE ${stringConstant(name.replaceAll('\\', '_'))} IN SCHEMA${schema}`;
}

/**
 * The columns of a table or view with their full types, which SHOW COLUMNS does not have. It takes views too.
 * @see https://docs.snowflake.com/en/sql-reference/sql/desc-table
 */
export function describeObject(object: QualifiedName): string {
  return `DESCRIBE TABLE ${formatQualifiedName(object)}`;
}

/** Something that Snowflake has, as SHOW or DESCRIBE say. */
export interface ListedItem {
  /** As Snowflake has it, unquoted. */
  readonly name: string;
  readonly kind: 'database' | 'schema' | 'table' | 'view' | 'column';
  /** A column's full type; null for everything else. */
  readonly type: string | null;
  /** Of a table; null where Snowflake keeps no count of it, and for everything else. */
  readonly rows: number | null;
  readonly comment: string | null;
}

/** What is listed, and of what. */
export type ListingRequest =
  | { readonly list: 'databases' }
  | { readonly list: 'schemas'; readonly database: string }
  | { readonly list: 'objects'; readonly database: string; readonly schema: string }
  | { readonly list: 'columns'; readonly database: string; readonly schema: string; readonly object: string };

export interface Listing {
  /** In Snowflake's order: by name, columns as they stand in the table. */
  readonly items: readonly ListedItem[];
  /** There were as many as a SHOW returns at most, and may be more. */
  readonly truncated: boolean;
}

/**
 * Lists what the session's role may see.
 * @throws SyncError `snowflake.objectMissing` for a container that is not there or that the role may not see; `snowflake.…`.
 */
export async function listObjects(session: SnowflakeSession, request: ListingRequest): Promise<Listing> {
  const result = await session.read(statementOf(request));
  const cells = cellsOf(result);
  const items = cells.map((cell): ListedItem => {
    const name = cell('name') ?? '';
    const said = cell('comment');
    const comment = said === '' ? null : said;
    switch (request.list) {
      case 'databases':
        return { name, kind: 'database', type: null, rows: null, comment };
      case 'schemas':
        return { name, kind: 'schema', type: null, rows: null, comment };
      case 'objects':
        return { name, ...objectFacts(cell), type: null, comment };
      case 'columns':
        return { name, kind: 'column', type: cell('type'), rows: null, comment };
    }
  });
  return { items, truncated: request.list !== 'columns' && items.length >= mostShown };
}

/** What is known of a table or view without reading it; undefined for one that is not there or that the role may not see. */
export async function findObject(
  session: SnowflakeSession,
  object: QualifiedName,
): Promise<Pick<ListedItem, 'kind' | 'rows'> | undefined> {
  const found = cellsOf(await session.read(showObject(object))).find((cell) => cell('name') === object.parts.at(-1));
  return found === undefined ? undefined : objectFacts(found);
}

function statementOf(request: ListingRequest): string {
  switch (request.list) {
    case 'databases':
      return showDatabases();
    case 'schemas':
      return showSchemas(request.database);
    case 'objects':
      return showObjects(request.database, request.schema);
    case 'columns':
      return describeObject({ parts: [request.database, request.schema, request.object] });
  }
}

type Cell = (column: string) => string | null;

/** The rows by the names of the columns, whose order and number Snowflake changes. */
function cellsOf({ columns, rows }: QueryResult): Cell[] {
  const at = new Map(columns.map((column, index) => [column.toLowerCase(), index]));
  return rows.map((row) => (column) => row[at.get(column) ?? -1] ?? null);
}

function objectFacts(cell: Cell): { readonly kind: 'table' | 'view'; readonly rows: number | null } {
  // VIEW and MATERIALIZED VIEW; everything else (TRANSIENT, EXTERNAL TABLE, …) is a kind of table.
  const kind = /\bVIEW$/i.test(cell('kind') ?? '') ? 'view' : 'table';
  const rows = cell('rows');
  return { kind, rows: kind === 'view' || rows === null ? null : Number(rows) };
}
