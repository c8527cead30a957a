import type { ObjectProperties, StatementOf } from '../ast.ts';
import type { CatalogDocument, DatabaseEntry, SchemaEntry } from '../catalog/model.ts';
import { allows, applyFutureGrants, isAdministrator, privilegesOn } from '../catalog/privileges.ts';
import { findDatabase } from '../catalog/resolution.ts';
import { dropTableSql } from '../history/row-storage.ts';
import { compilationError, insufficientPrivileges, noCurrentDatabase, objectExists } from '../errors.ts';
import { status } from './outcome.ts';
import { days } from './retention.ts';
import type { Handler, StatementRun } from './run.ts';

/** DDL of containers by a role that holds no database of its own needs an administrator role here. */
export const createDatabase: Handler<'createDatabase'> = async (statement, run) => {
  const [name] = statement.name;
  if (name === undefined || statement.name.length !== 1)
    throw compilationError(1003, '42000', 'a database has one name');
  await run.endTransactionForDdl();
  return run.catalog.change(async (draft, execute) => {
    if (!isAdministrator(draft, run.state.role)) throw insufficientPrivileges('account', run.state.account);
    const existing = Object.hasOwn(draft.databases, name.name) ? draft.databases[name.name] : undefined;
    if (existing !== undefined) {
      if (statement.ifNotExists) return status(`${name.name} already exists, statement succeeded.`);
      if (!statement.orReplace) throw objectExists(name.name);
      await dropTables(Object.values(existing.schemas), execute);
      forgetGrants(draft, [name.name]);
    }
    draft.databases[name.name] = {
      ...common(name.name, statement, run, 1),
      schemas: {
        PUBLIC: { ...common('PUBLIC', statement, run, 1), comment: '', relations: {}, streams: {} },
      },
    };
    run.state.database = name.name;
    run.state.schema = 'PUBLIC';
    return status(`Database ${name.name} successfully created.`);
  });
};

export const createSchema: Handler<'createSchema'> = async (statement, run) => {
  const parts = statement.name.map((part) => part.name);
  const database = parts.length === 2 ? (parts[0] ?? '') : run.state.database;
  const name = parts.at(-1) ?? '';
  if (database === null) throw noCurrentDatabase('CREATE SCHEMA');
  if (parts.length > 2) throw compilationError(1003, '42000', 'a schema has at most two names');
  await run.endTransactionForDdl();
  return run.catalog.change(async (draft, execute) => {
    const entry = findDatabase(draft, database, run.viewpoint);
    if (!allows(privilegesOn(draft, run.state.role, 'DATABASE', [database], entry.owner), 'CREATE SCHEMA')) {
      throw insufficientPrivileges('database', database);
    }
    const existing = Object.hasOwn(entry.schemas, name) ? entry.schemas[name] : undefined;
    if (existing !== undefined || name === 'INFORMATION_SCHEMA') {
      if (statement.ifNotExists) return status(`${name} already exists, statement succeeded.`);
      if (!statement.orReplace || existing === undefined) throw objectExists(`${database}.${name}`);
      await dropTables([existing], execute);
      forgetGrants(draft, [database, name]);
    }
    entry.schemas[name] = { ...common(name, statement, run, entry.retention), relations: {}, streams: {} };
    applyFutureGrants(draft, 'SCHEMA', [database, name], run.now.getTime());
    run.state.database = database;
    run.state.schema = name;
    return status(`Schema ${name} successfully created.`);
  });
};

function common(
  name: string,
  statement: StatementOf<'createDatabase' | 'createSchema'>,
  run: StatementRun,
  inherited: number,
): Omit<DatabaseEntry, 'schemas'> {
  return {
    name,
    createdAt: run.now.getTime(),
    owner: run.state.role,
    comment: textProperty(statement.properties, 'COMMENT') ?? '',
    transient: statement.transient,
    retention: days(statement.properties, 'DATA_RETENTION_TIME_IN_DAYS', statement.transient ? 1 : 90) ?? inherited,
  };
}

export function textProperty(properties: ObjectProperties, name: string): string | null {
  const value = properties.get(name);
  return value === undefined ? null : String(value);
}

/** Drops the Postgres tables of whole schemas. */
export async function dropTables(
  schemas: readonly SchemaEntry[],
  execute: (sql: string) => Promise<number>,
): Promise<void> {
  for (const schema of schemas) {
    for (const relation of Object.values(schema.relations)) {
      if (relation.kind === 'TABLE') await execute(dropTableSql(relation));
    }
  }
}

/** Grants on an object, and on all below it, end with it. */
export function forgetGrants(draft: CatalogDocument, object: readonly string[]): void {
  draft.grants = draft.grants.filter(
    (grant) => grant.kind === 'WAREHOUSE' || !object.every((part, i) => part === grant.object[i]),
  );
}
