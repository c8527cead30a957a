import { findDatabase, findSchema } from '../catalog/resolution.ts';
import { effectiveRoles, isAdministrator } from '../catalog/privileges.ts';
import { SnowflakeSqlError } from '../../engine.ts';
import { noCurrentDatabase, operationImpossible } from '../errors.ts';
import { status, statementTypes } from './outcome.ts';
import type { Handler, StatementRun } from './run.ts';

export const use: Handler<'use'> = (statement, run) => {
  const parts = statement.name.map((part) => part.name);
  const [first = '', second = ''] = parts;
  switch (statement.target) {
    case 'DATABASE':
      useDatabase(first, run);
      break;
    case 'SCHEMA':
      if (parts.length === 1) {
        if (run.state.database === null) throw noCurrentDatabase('USE SCHEMA');
        useSchema(run.state.database, first, run);
      } else {
        useSchema(first, second, run);
      }
      break;
    case 'ROLE':
      useRole(first, run);
      break;
    case 'WAREHOUSE':
      if (!Object.hasOwn(run.catalog.current.warehouses, first)) throw operationImpossible();
      run.state.warehouse = first;
      break;
  }
  return status('Statement executed successfully.', statementTypes.use);
};

/** A new current database brings its schema PUBLIC, where it has one that the role may use. */
function useDatabase(name: string, run: StatementRun): void {
  attempt(() => findDatabase(run.catalog.current, name, run.viewpoint));
  run.state.database = name;
  run.state.schema = null;
  try {
    findSchema(run.catalog.current, name, 'PUBLIC', run.viewpoint);
    run.state.schema = 'PUBLIC';
  } catch (error) {
    if (!(error instanceof SnowflakeSqlError)) throw error;
  }
}

function useSchema(database: string, schema: string, run: StatementRun): void {
  if (schema !== 'INFORMATION_SCHEMA') attempt(() => findSchema(run.catalog.current, database, schema, run.viewpoint));
  run.state.database = database;
  run.state.schema = schema;
}

function attempt(find: () => unknown): void {
  try {
    find();
  } catch (error) {
    if (error instanceof SnowflakeSqlError) throw operationImpossible();
    throw error;
  }
}

/** A user whose roles were never granted one by one may take any role that exists. */
function useRole(name: string, run: StatementRun): void {
  const catalog = run.catalog.current;
  const { user } = run.state;
  const granted = catalog.userRoles[user];
  const roles = granted === undefined ? null : new Set(granted.flatMap((role) => [...effectiveRoles(catalog, role)]));
  const administrator = granted?.some((role) => isAdministrator(catalog, role)) ?? false;
  if (!Object.hasOwn(catalog.roles, name)) throw operationImpossible();
  if (roles !== null && !roles.has(name) && !administrator) {
    throw new SnowflakeSqlError(
      3013,
      '42501',
      `SQL access control error:\nRequested role '${name}' is not assigned to the executing user. Specify another role to activate.`,
    );
  }
  run.state.role = name;
}
