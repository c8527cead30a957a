import type { ColumnDefinition, StatementOf } from '../ast.ts';
import type { CatalogDocument, ColumnEntry, RelationEntry } from '../catalog/model.ts';
import { applyFutureGrants } from '../catalog/privileges.ts';
import { createTableSql, dropTableSql, tableName } from '../history/row-storage.ts';
import {
  findRelation,
  fullName,
  lookUpRelation,
  quotedName,
  requireSchemaPrivilege,
  temporaryKey,
  type FullName,
} from '../catalog/resolution.ts';
import { canCast, cast } from '../compile/cast.ts';
import { compileExpression } from '../compile/expression.ts';
import { compileQuery, type CompiledQuery } from '../compile/query.ts';
import { compilationError, duplicateColumn, objectExists } from '../errors.ts';
import { Cursor } from '../parser/cursor.ts';
import { parseExpression } from '../parser/parse-expression.ts';
import { formatType, resolveType, varchar, type DataType, type TimestampMapping } from '../types/data-type.ts';
import { storageType } from '../types/storage.ts';
import { textProperty } from './create-container.ts';
import { status, type Outcome } from './outcome.ts';
import { retentionOf } from './retention.ts';
import type { Handler, StatementRun } from './run.ts';

export const createTable: Handler<'createTable'> = async (statement, run) => {
  const name = fullName(statement.name, run.viewpoint, 'CREATE TABLE');
  await run.endTransactionForDdl();
  const query = statement.source.kind === 'query' ? compileQuery(statement.source.query, run.environment) : null;
  return run.catalog.change(async (draft, execute, changes): Promise<Outcome> => {
    const schema = requireSchemaPrivilege(draft, name[0], name[1], 'CREATE TABLE', run.viewpoint);
    const temporary = statement.lifetime === 'TEMPORARY';
    const key = temporary ? temporaryKey(run.viewpoint.session, name[2]) : name[2];
    const existing = temporary ? schema.relations[key] : lookUpRelation(schema, name[2], run.viewpoint.session);
    if (existing !== undefined) {
      if (statement.ifNotExists) return status(`${name[2]} already exists, statement succeeded.`);
      if (!statement.orReplace || existing.kind === 'VIEW') throw objectExists(quotedName(name));
    }
    if (!temporary && Object.hasOwn(schema.streams, name[2])) throw objectExists(quotedName(name));
    const table = buildTable(statement, name, draft, run, query, schema.retention);
    await execute(createTableSql(table));
    for (const column of table.columns) await createSequence(column, table, execute);
    if (query !== null) await run.consume(changes, execute, () => fill(table, query, run, execute));
    if (statement.source.kind === 'clone') {
      const origin = findRelation(
        draft,
        fullName(statement.source.table, run.viewpoint, 'CLONE'),
        'SELECT',
        run.viewpoint,
      );
      if (origin.kind === 'VIEW') throw compilationError(2, '0A000', 'CLONE of a view');
      const columns = origin.columns.map((column) => column.storage).join(', ');
      await execute(`INSERT INTO ${tableName(table)} (${columns}) SELECT ${columns} FROM ${tableName(origin)}`);
    }
    if (existing !== undefined) await execute(dropTableSql(existing));
    schema.relations[key] = table;
    settleGrants(draft, statement, name, existing, run);
    changes.add(table.id, { kept: true, base: query !== null || statement.source.kind === 'clone' });
    return status(`Table ${name[2]} successfully created.`);
  }, run.signal);
};

function settleGrants(
  draft: CatalogDocument,
  statement: StatementOf<'createTable'>,
  name: FullName,
  existing: RelationEntry | undefined,
  run: StatementRun,
): void {
  if (statement.lifetime === 'TEMPORARY') return;
  // A replaced table loses its grants unless COPY GRANTS is said (sql-reference/sql/create-table).
  if (existing !== undefined && !statement.copyGrants) {
    draft.grants = draft.grants.filter(
      (grant) => grant.future || grant.kind !== 'TABLE' || !name.every((part, i) => part === grant.object[i]),
    );
  }
  applyFutureGrants(draft, 'TABLE', name, run.now.getTime());
}

function buildTable(
  statement: StatementOf<'createTable'>,
  name: FullName,
  draft: CatalogDocument,
  run: StatementRun,
  query: CompiledQuery | null,
  inherited: number,
): RelationEntry {
  const { source } = statement;
  let columns: ColumnEntry[];
  let primaryKey: string[];
  if (source.kind === 'like' || source.kind === 'clone') {
    const origin = findRelation(draft, fullName(source.table, run.viewpoint, 'CREATE TABLE'), 'SELECT', run.viewpoint);
    columns = origin.columns.map((column, i) => ({
      ...column,
      storage: column.storage === '' ? `c${i + 1}` : column.storage,
    }));
    primaryKey = [...origin.primaryKey];
  } else {
    const definitions = statement.columns;
    columns =
      query === null || definitions.some((d) => d.type !== null)
        ? definitions.map((definition, i) => columnEntry(definition, i + 1, run))
        : queryColumns(query, definitions);
    if (query !== null && columns.length !== query.columns.length) {
      throw compilationError(
        2057,
        '42601',
        `Number of columns in table does not match those in the query: ${columns.length} and ${query.columns.length}.`,
      );
    }
    primaryKey = definitions.filter((definition) => definition.primaryKey).map((definition) => definition.name.name);
    for (const constraint of statement.constraints) {
      for (const column of constraint.columns) {
        const entry = columns.find((candidate) => candidate.name === column.name);
        if (entry === undefined) throw compilationError(904, '42000', `invalid identifier '${column.name}'`);
        if (constraint.kind === 'PRIMARY KEY') {
          entry.nullable = false;
          primaryKey.push(column.name);
        } else {
          entry.unique = true;
        }
      }
    }
  }
  checkNames(columns);
  const now = run.now.getTime();
  const id = draft.nextId++;
  return {
    kind: 'TABLE',
    id,
    name: name[2],
    createdAt: now,
    alteredAt: now,
    owner: run.state.role,
    comment: textProperty(statement.properties, 'COMMENT') ?? '',
    columns,
    primaryKey,
    lifetime: statement.lifetime,
    session: statement.lifetime === 'TEMPORARY' ? run.viewpoint.session : null,
    changeTracking: statement.properties.get('CHANGE_TRACKING') === true,
    tracked: [],
    ...retentionOf(statement.properties, statement.lifetime, inherited),
    nextColumn: Math.max(0, ...columns.map((column) => Number(column.storage.slice(1)))) + 1,
    text: null,
    query: null,
    secure: false,
  };
}

/** CREATE TABLE AS: the query's columns under their own names or the given ones. */
function queryColumns(query: CompiledQuery, definitions: readonly ColumnDefinition[]): ColumnEntry[] {
  return query.columns
    .map((column, i) => {
      const type: DataType = column.type.kind === 'NULL' ? varchar() : column.type;
      return {
        name: definitions.length === 0 ? column.name : (definitions[i]?.name.name ?? column.name),
        type,
        nullable: true,
        storage: `c${i + 1}`,
        default: null,
        identity: null,
        unique: false,
        comment: null,
      };
    })
    .slice(0, definitions.length === 0 ? undefined : definitions.length);
}

export function columnEntry(definition: ColumnDefinition, number: number, run: StatementRun): ColumnEntry {
  if (definition.type === null) throw compilationError(1003, '42000', `column ${definition.name.name} has no type`);
  const type = resolveType(definition.type, run.parameter('TIMESTAMP_TYPE_MAPPING') as TimestampMapping);
  if (definition.default !== null) {
    const value = compileExpression(definition.default, run.environment);
    if (!canCast(value.type, type)) {
      throw compilationError(
        2262,
        '22000',
        `Default value data type does not match data type for column '${definition.name.name}': ${formatType(value.type)} for ${formatType(type)}`,
      );
    }
    cast(value, type, run.context, 'assign');
  }
  return {
    name: definition.name.name,
    type,
    nullable: !definition.notNull,
    storage: `c${number}`,
    default: definition.defaultSource,
    identity: definition.identity,
    unique: definition.unique,
    comment: definition.comment,
  };
}

export function checkNames(columns: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) throw duplicateColumn(name);
    seen.add(name);
  }
}

/** The counter of an AUTOINCREMENT column; Postgres drops it with the column. */
export async function createSequence(
  column: ColumnEntry,
  table: RelationEntry,
  execute: (sql: string) => Promise<number>,
): Promise<void> {
  if (column.identity === null) return;
  const { start, increment } = column.identity;
  await execute(
    `CREATE SEQUENCE sf_data.s${table.id}_${column.storage} START ${start} INCREMENT ${increment} MINVALUE ${Math.min(start, 1)} OWNED BY sf_data.t${table.id}.${column.storage}`,
  );
}

async function fill(
  table: RelationEntry,
  query: CompiledQuery,
  run: StatementRun,
  execute: (sql: string) => Promise<number>,
): Promise<void> {
  const cells = query.columns.map((column, i) => {
    const target = table.columns[i];
    const value = { sql: `x.c${i + 1}`, type: column.type, nullable: column.nullable };
    return target === undefined ? value.sql : cast(value, target.type, run.context, 'assign').sql;
  });
  const names = table.columns.map((column) => column.storage).join(', ');
  await execute(`INSERT INTO sf_data.t${table.id} (${names}) SELECT ${cells.join(', ')} FROM (${query.sql}) x`);
}

/** The expression of a column's default, compiled anew: CURRENT_TIMESTAMP is the inserting statement's. */
export function defaultSql(column: ColumnEntry, table: RelationEntry, run: StatementRun): string {
  if (column.identity !== null) {
    return `(nextval('sf_data.s${table.id}_${column.storage}'))::numeric`;
  }
  if (column.default === null) return `NULL::${storageType(column.type)}`;
  const cursor = new Cursor(column.default);
  const expression = parseExpression(cursor);
  return cast(compileExpression(expression, run.environment), column.type, run.context, 'assign').sql;
}
