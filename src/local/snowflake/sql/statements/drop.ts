import type { StatementOf } from '../ast.ts';
import type { CatalogDocument } from '../catalog/model.ts';
import { allows, isAdministrator, privilegesOn } from '../catalog/privileges.ts';
import { findDatabase, findRelation, findSchema, findStream, fullName, temporaryKey } from '../catalog/resolution.ts';
import { SnowflakeSqlError } from '../../engine.ts';
import {
  containerMissing,
  insufficientPrivileges,
  noCurrentDatabase,
  operationImpossible,
  wrongKind,
} from '../errors.ts';
import type { PendingChanges } from '../history/pending-changes.ts';
import { dropTableSql } from '../history/row-storage.ts';
import { dropTables, forgetGrants } from './create-container.ts';
import { status } from './outcome.ts';
import type { Handler, StatementRun } from './run.ts';

type Execute = (sql: string) => Promise<number>;

export const drop: Handler<'drop'> = async (statement, run) => {
  await run.endTransactionForDdl();
  const name = statement.name.at(-1)?.name ?? '';
  try {
    return await run.catalog.change(async (draft, execute, changes) => {
      await dropObject(statement, draft, execute, changes, run);
      return status(`${name} successfully dropped.`);
    });
  } catch (error) {
    if (statement.ifExists && error instanceof SnowflakeSqlError && (error.code === 2003 || error.code === 2043)) {
      return status('Drop statement executed successfully (' + name + ' already dropped).');
    }
    throw error;
  }
};

async function dropObject(
  statement: StatementOf<'drop'>,
  draft: CatalogDocument,
  execute: Execute,
  changes: PendingChanges,
  run: StatementRun,
): Promise<void> {
  const parts = statement.name.map((part) => part.name);
  const [first = ''] = parts;
  const { role } = run.state;
  switch (statement.objectKind) {
    case 'DATABASE': {
      const database = findDatabase(draft, first, run.viewpoint);
      if (!allows(privilegesOn(draft, role, 'DATABASE', [first], database.owner), 'OWNERSHIP'))
        throw insufficientPrivileges('database', first);
      await dropTables(Object.values(database.schemas), execute);
      draft.databases = without(draft.databases, first);
      forgetGrants(draft, [first]);
      if (run.state.database === first) run.state.database = run.state.schema = null;
      return;
    }
    case 'SCHEMA': {
      const database = parts.length > 1 ? first : run.state.database;
      const name = parts.at(-1) ?? '';
      if (database === null) throw noCurrentDatabase('DROP SCHEMA');
      const schema = findSchema(draft, database, name, run.viewpoint);
      if (!allows(privilegesOn(draft, role, 'SCHEMA', [database, name], schema.owner), 'OWNERSHIP'))
        throw insufficientPrivileges('schema', name);
      await dropTables([schema], execute);
      const container = findDatabase(draft, database, run.viewpoint);
      container.schemas = without(container.schemas, name);
      forgetGrants(draft, [database, name]);
      if (run.state.database === database && run.state.schema === name) run.state.schema = null;
      return;
    }
    case 'STREAM': {
      const name = fullName(statement.name, run.viewpoint, 'DROP STREAM');
      const stream = findStream(draft, name, 'OWNERSHIP', run.viewpoint);
      const schema = findSchema(draft, name[0], name[1], run.viewpoint);
      schema.streams = without(schema.streams, name[2]);
      run.streams.drop(changes, stream.id);
      forgetGrants(draft, name);
      return;
    }
    case 'TABLE':
    case 'VIEW':
      return dropRelation(statement.objectKind, statement, draft, execute, run);
    case 'ROLE':
      if (!isAdministrator(draft, role)) throw insufficientPrivileges('role', first);
      if (!Object.hasOwn(draft.roles, first)) throw containerMissing('Table', first);
      draft.roles = without(draft.roles, first);
      draft.grants = draft.grants.filter((grant) => grant.role !== first);
      for (const other of Object.values(draft.roles)) other.inherits = other.inherits.filter((name) => name !== first);
      return;
    case 'WAREHOUSE':
      if (!Object.hasOwn(draft.warehouses, first)) throw operationImpossible();
      draft.warehouses = without(draft.warehouses, first);
      if (run.state.warehouse === first) run.state.warehouse = null;
  }
}

async function dropRelation(
  kind: 'TABLE' | 'VIEW',
  statement: StatementOf<'drop'>,
  draft: CatalogDocument,
  execute: Execute,
  run: StatementRun,
): Promise<void> {
  const name = fullName(statement.name, run.viewpoint, `DROP ${kind}`);
  const relation = findRelation(draft, name, 'OWNERSHIP', run.viewpoint);
  if (relation.kind !== kind) {
    throw wrongKind(relation.kind, kind);
  }
  const schema = findSchema(draft, name[0], name[1], run.viewpoint);
  schema.relations = without(
    schema.relations,
    relation.session === null ? name[2] : temporaryKey(relation.session, name[2]),
  );
  if (kind === 'TABLE') await execute(dropTableSql(relation));
  if (relation.session === null) forgetGrants(draft, name);
}

function without<V>(record: Readonly<Record<string, V>>, key: string): Record<string, V> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
