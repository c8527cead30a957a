import { parameterDefinitions } from '../execution/parameters.ts';
import { textCell, textColumn, timeCell, timeColumn } from './outcome.ts';
import type { StatementRun } from './run.ts';
import { places, visibleDatabases, type Listing, type Show } from './show-scope.ts';

export function showSchemas(statement: Show, run: StatementRun): Listing {
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
  const found = places(scoped, run);
  const databases = [...new Set(found.map(({ database }) => database))];
  const views = databases.map((database) => ({
    database,
    schema: {
      ...database,
      name: 'INFORMATION_SCHEMA',
      owner: '',
      comment: 'Views describing the contents of schemas in this database',
    },
  }));
  const rows = [...found, ...views]
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

export function showDatabases(run: StatementRun): Listing {
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

export function showWarehouses(run: StatementRun): Listing {
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

export function showParameters(run: StatementRun): Listing {
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

export function showRoles(run: StatementRun): Listing {
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

export function showGrants(statement: Show, run: StatementRun): Listing {
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
