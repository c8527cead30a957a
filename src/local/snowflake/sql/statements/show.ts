import type { ShowTarget, StatementOf } from '../ast.ts';
import type { DatabaseEntry, RelationEntry, SchemaEntry } from '../catalog/model.ts';
import { privilegesOn } from '../catalog/privileges.ts';
import { findDatabase, findRelation, findSchema, fullName } from '../catalog/resolution.ts';
import { SnowflakeSqlError } from '../../engine.ts';
import { noCurrentDatabase, operationImpossible } from '../errors.ts';
import type { OutputColumn } from '../compile/typed.ts';
import { parameterDefinitions } from '../execution/parameters.ts';
import type { MemoryCell } from '../execution/results.ts';
import { formatType, type DataType } from '../types/data-type.ts';
import { defaultText } from './describe.ts';
import {
  integerColumn,
  numberCell,
  statementTypes,
  textCell,
  textColumn,
  timeCell,
  timeColumn,
  type Outcome,
} from './outcome.ts';
import type { Handler, StatementRun } from './run.ts';
import { tableSizes, type TableSize } from './table-sizes.ts';

type Show = StatementOf<'show'>;
type Rows = readonly (readonly MemoryCell[])[];

interface Listing {
  readonly columns: readonly OutputColumn[];
  readonly rows: Rows;
  /** Where the name stands that LIKE and STARTS WITH look at. */
  readonly nameIndex: number;
}

const listings: { readonly [T in ShowTarget]: (statement: Show, run: StatementRun) => Promise<Listing> | Listing } = {
  TABLES: (statement, run) => showTables(statement, run),
  VIEWS: (statement, run) => showViews(statement, run),
  OBJECTS: (statement, run) => showObjects(statement, run),
  SCHEMAS: (statement, run) => showSchemas(statement, run),
  DATABASES: (_statement, run) => showDatabases(run),
  COLUMNS: (statement, run) => showColumns(statement, run),
  'PRIMARY KEYS': (statement, run) => showPrimaryKeys(statement, run),
  WAREHOUSES: (_statement, run) => showWarehouses(run),
  PARAMETERS: (_statement, run) => showParameters(run),
  ROLES: (_statement, run) => showRoles(run),
  GRANTS: (statement, run) => showGrants(statement, run),
};

export const show: Handler<'show'> = async (statement, run): Promise<Outcome> => {
  const listing = await listings[statement.target](statement, run);
  const matches = likePattern(statement.like);
  const name = (row: readonly MemoryCell[]): string => row[listing.nameIndex]?.wire ?? '';
  let rows = listing.rows.filter((row) => matches(name(row)));
  if (statement.startsWith !== null) {
    const { startsWith } = statement;
    rows = rows.filter((row) => name(row).startsWith(startsWith));
  }
  if (statement.from !== null) {
    const { from } = statement;
    rows = rows.filter((row) => name(row) > from);
  }
  if (statement.limit !== null) rows = rows.slice(0, statement.limit);
  return { kind: 'rows', statementTypeId: statementTypes.show, columns: listing.columns, rows };
};

/** SHOW … LIKE matches in any case, with % and _. */
function likePattern(pattern: string | null): (name: string) => boolean {
  if (pattern === null) return () => true;
  const source = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  const expression = new RegExp(`^${source}$`, 'isu');
  return (name) => expression.test(name);
}

interface Place {
  readonly database: DatabaseEntry;
  readonly schema: SchemaEntry;
}

/** The schemas that IN names, or the session's current one; of those, what the role may see. */
function places(statement: Show, run: StatementRun): Place[] {
  const catalog = run.catalog.current;
  const { scope } = statement;
  const visible = (database: DatabaseEntry): Place[] =>
    Object.values(database.schemas)
      .filter(
        (schema) =>
          privilegesOn(catalog, run.state.role, 'SCHEMA', [database.name, schema.name], schema.owner).size > 0,
      )
      .map((schema) => ({ database, schema }));
  const names = scope?.name.map((part) => part.name) ?? [];
  const [first = '', second = ''] = names;
  try {
    if (scope?.kind === 'ACCOUNT' || (scope === null && run.state.database === null))
      return visibleDatabases(run).flatMap(visible);
    if (
      scope?.kind === 'DATABASE' ||
      (scope?.kind === null && names.length === 1 && Object.hasOwn(catalog.databases, first))
    ) {
      const name = names.length === 0 ? run.state.database : first;
      if (name === null) throw noCurrentDatabase('SHOW');
      return visible(findDatabase(catalog, name, run.viewpoint));
    }
    const databaseName = names.length === 2 ? first : run.state.database;
    const schemaName = names.length === 2 ? second : names.length === 1 ? first : run.state.schema;
    if (databaseName === null) throw noCurrentDatabase('SHOW');
    const database = findDatabase(catalog, databaseName, run.viewpoint);
    if (schemaName === null) return visible(database);
    return [{ database, schema: findSchema(catalog, databaseName, schemaName, run.viewpoint) }];
  } catch (error) {
    if (error instanceof SnowflakeSqlError && error.code === 2003) throw operationImpossible();
    throw error;
  }
}

function visibleDatabases(run: StatementRun): DatabaseEntry[] {
  const catalog = run.catalog.current;
  return Object.values(catalog.databases).filter(
    (database) => privilegesOn(catalog, run.state.role, 'DATABASE', [database.name], database.owner).size > 0,
  );
}

interface Found extends Place {
  readonly relation: RelationEntry;
}

function relations(statement: Show, run: StatementRun, kind: 'TABLE' | 'VIEW' | null): Found[] {
  const catalog = run.catalog.current;
  return places(statement, run)
    .flatMap(({ database, schema }) =>
      Object.values(schema.relations)
        .filter((relation) => kind === null || relation.kind === kind)
        .filter((relation) => relation.session === null || relation.session === run.viewpoint.session)
        .filter(
          (relation) =>
            relation.session !== null ||
            privilegesOn(
              catalog,
              run.state.role,
              relation.kind,
              [database.name, schema.name, relation.name],
              relation.owner,
            ).size > 0,
        )
        .map((relation) => ({ database, schema, relation })),
    )
    .sort((a, b) => compareNames(a, b));
}

function compareNames(a: Found, b: Found): number {
  const key = (found: Found): string => `${found.database.name}\0${found.schema.name}\0${found.relation.name}`;
  return key(a) < key(b) ? -1 : 1;
}

function onOff(value: boolean): MemoryCell {
  return textCell(value ? 'ON' : 'OFF');
}

const terseColumns = [timeColumn('created_on'), ...['name', 'kind', 'database_name', 'schema_name'].map(textColumn)];

function terse(found: readonly Found[], kind: (relation: RelationEntry) => string): Listing {
  const rows = found.map(({ database, schema, relation }) => [
    timeCell(relation.createdAt),
    textCell(relation.name),
    textCell(kind(relation)),
    textCell(database.name),
    textCell(schema.name),
  ]);
  return { columns: terseColumns, rows, nameIndex: 1 };
}

const kindOf = (relation: RelationEntry): string =>
  relation.kind === 'VIEW' ? 'VIEW' : relation.lifetime === 'PERMANENT' ? 'TABLE' : relation.lifetime;

async function showTables(statement: Show, run: StatementRun): Promise<Listing> {
  const found = relations(statement, run, 'TABLE');
  if (statement.terse) return terse(found, kindOf);
  const sizes = await tableSizes(
    found.map(({ relation }) => relation.id),
    run,
  );
  const columns = [
    timeColumn('created_on'),
    ...['name', 'database_name', 'schema_name', 'kind', 'comment', 'cluster_by'].map(textColumn),
    integerColumn('rows'),
    integerColumn('bytes'),
    ...[
      'owner',
      'retention_time',
      'automatic_clustering',
      'change_tracking',
      'is_external',
      'enable_schema_evolution',
      'owner_role_type',
      'is_event',
      'budget',
      'is_hybrid',
      'is_iceberg',
      'is_dynamic',
      'is_immutable',
    ].map(textColumn),
  ];
  const rows = found.map(({ database, schema, relation }) => {
    const size: TableSize = sizes.get(relation.id) ?? { rows: 0, bytes: 0 };
    return [
      timeCell(relation.createdAt),
      textCell(relation.name),
      textCell(database.name),
      textCell(schema.name),
      textCell(kindOf(relation)),
      textCell(relation.comment),
      textCell(''),
      numberCell(size.rows),
      numberCell(size.bytes),
      textCell(relation.owner),
      textCell(String(relation.retention)),
      onOff(false),
      onOff(relation.changeTracking),
      textCell('N'),
      textCell('N'),
      textCell('ROLE'),
      textCell('N'),
      textCell(null),
      textCell('N'),
      textCell('N'),
      textCell('N'),
      textCell('N'),
    ];
  });
  return { columns, rows, nameIndex: 1 };
}

function showViews(statement: Show, run: StatementRun): Listing {
  const found = relations(statement, run, 'VIEW');
  if (statement.terse) return terse(found, kindOf);
  const columns = [
    timeColumn('created_on'),
    ...[
      'name',
      'reserved',
      'database_name',
      'schema_name',
      'owner',
      'comment',
      'text',
      'is_secure',
      'is_materialized',
      'owner_role_type',
      'change_tracking',
    ].map(textColumn),
  ];
  const rows = found.map(({ database, schema, relation }) => [
    timeCell(relation.createdAt),
    textCell(relation.name),
    textCell(''),
    textCell(database.name),
    textCell(schema.name),
    textCell(relation.owner),
    textCell(relation.comment),
    textCell(relation.text),
    textCell(String(relation.secure)),
    textCell('false'),
    textCell('ROLE'),
    onOff(relation.changeTracking),
  ]);
  return { columns, rows, nameIndex: 1 };
}

async function showObjects(statement: Show, run: StatementRun): Promise<Listing> {
  const found = relations(statement, run, null);
  if (statement.terse) return terse(found, kindOf);
  const tables = found.filter(({ relation }) => relation.kind === 'TABLE');
  const sizes = await tableSizes(
    tables.map(({ relation }) => relation.id),
    run,
  );
  const columns = [
    timeColumn('created_on'),
    ...['name', 'database_name', 'schema_name', 'kind', 'comment', 'cluster_by'].map(textColumn),
    integerColumn('rows'),
    integerColumn('bytes'),
    ...['owner', 'retention_time', 'owner_role_type', 'budget'].map(textColumn),
  ];
  const rows = found.map(({ database, schema, relation }) => {
    const size = sizes.get(relation.id);
    return [
      timeCell(relation.createdAt),
      textCell(relation.name),
      textCell(database.name),
      textCell(schema.name),
      textCell(kindOf(relation)),
      textCell(relation.comment),
      textCell(''),
      numberCell(size?.rows ?? (relation.kind === 'VIEW' ? 0 : null)),
      numberCell(size?.bytes ?? (relation.kind === 'VIEW' ? 0 : null)),
      textCell(relation.owner),
      textCell(String(relation.retention)),
      textCell('ROLE'),
      textCell(null),
    ];
  });
  return { columns, rows, nameIndex: 1 };
}

function showSchemas(statement: Show, run: StatementRun): Listing {
  const columns = [
    timeColumn('created_on'),
    ...[
      'name',
      'is_default',
      'is_current',
      'database_name',
      'owner',
      'comment',
      'options',
      'retention_time',
      'owner_role_type',
      'budget',
    ].map(textColumn),
  ];
  // SHOW SCHEMAS without IN lists the current database's.
  const scoped: Show =
    statement.scope === null && run.state.database !== null
      ? { ...statement, scope: { kind: 'DATABASE', name: [] } }
      : statement.scope?.kind === null
        ? { ...statement, scope: { kind: 'DATABASE', name: statement.scope.name } }
        : statement;
  const rows = places(scoped, run)
    .sort((a, b) => (a.schema.name < b.schema.name ? -1 : 1))
    .map(({ database, schema }) => [
      timeCell(schema.createdAt),
      textCell(schema.name),
      textCell('N'),
      textCell(run.state.database === database.name && run.state.schema === schema.name ? 'Y' : 'N'),
      textCell(database.name),
      textCell(schema.owner),
      textCell(schema.comment),
      textCell(schema.transient ? 'TRANSIENT' : ''),
      textCell(String(schema.retention)),
      textCell('ROLE'),
      textCell(null),
    ]);
  return { columns, rows, nameIndex: 1 };
}

function showDatabases(run: StatementRun): Listing {
  const columns = [
    timeColumn('created_on'),
    ...[
      'name',
      'is_default',
      'is_current',
      'origin',
      'owner',
      'comment',
      'options',
      'retention_time',
      'kind',
      'budget',
      'owner_role_type',
    ].map(textColumn),
  ];
  const rows = visibleDatabases(run)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((database) => [
      timeCell(database.createdAt),
      textCell(database.name),
      textCell('N'),
      textCell(run.state.database === database.name ? 'Y' : 'N'),
      textCell(''),
      textCell(database.owner),
      textCell(database.comment),
      textCell(database.transient ? 'TRANSIENT' : ''),
      textCell(String(database.retention)),
      textCell('STANDARD'),
      textCell(null),
      textCell('ROLE'),
    ]);
  return { columns, rows, nameIndex: 1 };
}

function relationInScope(statement: Show, run: StatementRun): Found[] {
  const { scope } = statement;
  if (scope?.kind !== 'TABLE' && scope?.kind !== 'VIEW') return relations(statement, run, null);
  const name = fullName(scope.name, run.viewpoint, 'SHOW');
  const catalog = run.catalog.current;
  const relation = findRelation(catalog, name, 'SELECT', run.viewpoint);
  return [
    {
      database: findDatabase(catalog, name[0], run.viewpoint),
      schema: findSchema(catalog, name[0], name[1], run.viewpoint),
      relation,
    },
  ];
}

function showColumns(statement: Show, run: StatementRun): Listing {
  const columns = [
    'table_name',
    'schema_name',
    'column_name',
    'data_type',
    'null?',
    'default',
    'kind',
    'expression',
    'comment',
    'database_name',
    'autoincrement',
  ].map(textColumn);
  const rows = relationInScope(statement, run).flatMap(({ database, schema, relation }) =>
    relation.columns.map((column) => [
      textCell(relation.name),
      textCell(schema.name),
      textCell(column.name),
      textCell(JSON.stringify(typeDocument(column.type, column.nullable))),
      textCell(column.nullable ? 'true' : 'NOT_NULL'),
      textCell(column.default ?? ''),
      textCell('COLUMN'),
      textCell(''),
      textCell(column.comment ?? ''),
      textCell(database.name),
      textCell(column.identity === null ? '' : defaultText(column)),
    ]),
  );
  return { columns, rows, nameIndex: 2 };
}

/** The JSON form of a type in SHOW COLUMNS (sql-reference/sql/show-columns). */
function typeDocument(type: DataType, nullable: boolean): Record<string, unknown> {
  switch (type.kind) {
    case 'NUMBER':
      return { type: 'FIXED', precision: type.precision, scale: type.scale, nullable };
    case 'FLOAT':
      return { type: 'REAL', nullable };
    case 'VARCHAR':
      return {
        type: 'TEXT',
        length: type.length,
        byteLength: Math.min(type.length * 4, 16_777_216),
        nullable,
        fixed: false,
      };
    case 'BINARY':
      return { type: 'BINARY', length: type.length, byteLength: type.length, nullable, fixed: true };
    case 'TIME':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return { type: type.kind, precision: 0, scale: type.scale, nullable };
    case 'VECTOR':
      return {
        type: 'VECTOR',
        dimension: type.dimension,
        vectorElementType: { type: type.element === 'INT' ? 'FIXED' : 'REAL', nullable: false },
        nullable,
      };
    case 'MAP':
      return {
        type: 'MAP',
        keyType: typeDocument(type.key, false),
        valueType: typeDocument(type.value, true),
        nullable,
      };
    default:
      return { type: formatType(type), nullable };
  }
}

function showPrimaryKeys(statement: Show, run: StatementRun): Listing {
  const columns = [
    timeColumn('created_on'),
    ...['database_name', 'schema_name', 'table_name', 'column_name'].map(textColumn),
    integerColumn('key_sequence'),
    ...['constraint_name', 'rely', 'comment'].map(textColumn),
  ];
  const rows = relationInScope(statement, run).flatMap(({ database, schema, relation }) =>
    relation.primaryKey.map((column, i) => [
      timeCell(relation.createdAt),
      textCell(database.name),
      textCell(schema.name),
      textCell(relation.name),
      textCell(column),
      numberCell(i + 1),
      textCell(`SYS_CONSTRAINT_${relation.id}`),
      textCell('false'),
      textCell(null),
    ]),
  );
  return { columns, rows, nameIndex: 3 };
}

function showWarehouses(run: StatementRun): Listing {
  const columns = [
    'name',
    'state',
    'type',
    'size',
    'is_default',
    'is_current',
    'auto_suspend',
    'auto_resume',
    'owner',
    'comment',
  ].map(textColumn);
  const rows = Object.values(run.catalog.current.warehouses).map((warehouse) => [
    textCell(warehouse.name),
    textCell('STARTED'),
    textCell('STANDARD'),
    textCell(warehouse.size),
    textCell('N'),
    textCell(run.state.warehouse === warehouse.name ? 'Y' : 'N'),
    textCell('600'),
    textCell('true'),
    textCell(warehouse.owner),
    textCell(warehouse.comment),
  ]);
  return { columns, rows, nameIndex: 0 };
}

function showParameters(run: StatementRun): Listing {
  const columns = ['key', 'value', 'default', 'level', 'description', 'type'].map(textColumn);
  const rows = [...parameterDefinitions].map(([name, definition]) => [
    textCell(name),
    textCell(String(run.parameter(name))),
    textCell(String(definition.default)),
    textCell(run.state.parameters.has(name) ? 'SESSION' : ''),
    textCell(definition.description),
    textCell(definition.type),
  ]);
  return { columns, rows, nameIndex: 0 };
}

function showRoles(run: StatementRun): Listing {
  const columns = [
    timeColumn('created_on'),
    ...[
      'name',
      'is_default',
      'is_current',
      'is_inherited',
      'assigned_to_users',
      'granted_to_roles',
      'granted_roles',
      'owner',
      'comment',
    ].map(textColumn),
  ];
  const catalog = run.catalog.current;
  const rows = Object.values(catalog.roles)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((role) => [
      timeCell(role.createdAt),
      textCell(role.name),
      textCell('N'),
      textCell(run.state.role === role.name ? 'Y' : 'N'),
      textCell('N'),
      textCell(String(Object.values(catalog.userRoles).filter((roles) => roles.includes(role.name)).length)),
      textCell(String(Object.values(catalog.roles).filter((other) => other.inherits.includes(role.name)).length)),
      textCell(String(role.inherits.length)),
      textCell(role.owner),
      textCell(''),
    ]);
  return { columns, rows, nameIndex: 1 };
}

function showGrants(statement: Show, run: StatementRun): Listing {
  const columns = [
    timeColumn('created_on'),
    ...['privilege', 'granted_on', 'name', 'granted_to', 'grantee_name', 'grant_option', 'granted_by'].map(textColumn),
  ];
  const { scope } = statement;
  const name = scope === null ? '' : scope.name.map((part) => part.name).join('.');
  const rows = run.catalog.current.grants
    .filter((grant) => !grant.future)
    .filter((grant) => {
      if (scope === null || scope.kind === 'USER') return grant.role === run.state.role;
      if (scope.kind === 'ROLE') return grant.role === name;
      return grant.kind === scope.kind && grant.object.join('.').endsWith(name);
    })
    .map((grant) => [
      timeCell(grant.createdAt),
      textCell(grant.privilege),
      textCell(grant.kind),
      textCell(grant.object.join('.')),
      textCell('ROLE'),
      textCell(grant.role),
      textCell('false'),
      textCell(grant.grantedBy),
    ]);
  return { columns, rows, nameIndex: 3 };
}
