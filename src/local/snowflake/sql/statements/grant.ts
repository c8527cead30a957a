import type { Grant } from '../ast.ts';
import type { CatalogDocument, GrantEntry } from '../catalog/model.ts';
import { isAdministrator } from '../catalog/privileges.ts';
import { findDatabase, findRelation, findSchema, findStream, fullName } from '../catalog/resolution.ts';
import {
  compilationError,
  containerMissing,
  insufficientPrivileges,
  noCurrentDatabase,
  objectExists,
  operationImpossible,
} from '../errors.ts';
import { textProperty } from './create-container.ts';
import { status } from './outcome.ts';
import type { Handler, StatementRun } from './run.ts';

const privilegeNames: Readonly<Record<GrantEntry['kind'], readonly string[]>> = {
  DATABASE: ['USAGE', 'MONITOR', 'MODIFY', 'CREATE SCHEMA', 'ALL', 'OWNERSHIP'],
  SCHEMA: [
    'USAGE',
    'MONITOR',
    'MODIFY',
    'CREATE TABLE',
    'CREATE VIEW',
    'CREATE STAGE',
    'CREATE TASK',
    'CREATE STREAM',
    'CREATE PROCEDURE',
    'ALL',
    'OWNERSHIP',
  ],
  TABLE: [
    'SELECT',
    'INSERT',
    'UPDATE',
    'DELETE',
    'TRUNCATE',
    'REFERENCES',
    'REBUILD',
    'EVOLVE SCHEMA',
    'ALL',
    'OWNERSHIP',
  ],
  VIEW: ['SELECT', 'REFERENCES', 'ALL', 'OWNERSHIP'],
  STREAM: ['SELECT', 'ALL', 'OWNERSHIP'],
  WAREHOUSE: ['USAGE', 'OPERATE', 'MODIFY', 'MONITOR', 'ALL', 'OWNERSHIP'],
};

export const grant: Handler<'grant'> = async (statement, run) => {
  const { grant: wanted, revoke } = statement;
  await run.endTransactionForDdl();
  return run.catalog.change((draft) => {
    if (!Object.hasOwn(draft.roles, wanted.role.name)) throw roleMissing(wanted.role.name);
    for (const privilege of wanted.privileges) {
      if (!privilegeNames[wanted.objectKind].includes(privilege)) {
        throw compilationError(
          3008,
          '42601',
          `Invalid privilege '${privilege}' for object type '${wanted.objectKind}'`,
        );
      }
    }
    if (!isAdministrator(draft, run.state.role))
      throw insufficientPrivileges(wanted.objectKind.toLowerCase(), wanted.object.at(-1)?.name ?? '');
    const objects = grantedObjects(wanted, draft, run);
    for (const object of objects) {
      for (const privilege of wanted.privileges) {
        setGrant(draft, revoke, {
          role: wanted.role.name,
          privilege,
          kind: wanted.objectKind,
          object: [...object],
          future: wanted.reach === 'FUTURE',
          grantedBy: run.state.role,
          createdAt: run.now.getTime(),
        });
      }
    }
    return Promise.resolve(status('Statement executed successfully.'));
  });
};

function roleMissing(name: string): Error {
  return compilationError(2003, '02000', `Role '${name}' does not exist or not authorized.`);
}

function setGrant(draft: CatalogDocument, revoke: boolean, entry: GrantEntry): void {
  const same = (other: GrantEntry): boolean =>
    other.role === entry.role &&
    (other.privilege === entry.privilege || (revoke && entry.privilege === 'ALL')) &&
    other.kind === entry.kind &&
    other.future === entry.future &&
    other.object.join('\0') === entry.object.join('\0');
  draft.grants = draft.grants.filter((other) => !same(other));
  if (!revoke) draft.grants.push(entry);
}

function grantedObjects(wanted: Grant, draft: CatalogDocument, run: StatementRun): readonly (readonly string[])[] {
  const parts = wanted.object.map((part) => part.name);
  if (wanted.reach === 'OBJECT') return [namedObject(wanted, parts, draft, run)];
  const container = containerName(wanted, parts, draft, run);
  if (wanted.reach === 'FUTURE') return [container];
  const [database = '', schema] = container;
  const entry = findDatabase(draft, database, run.viewpoint);
  if (wanted.objectKind === 'SCHEMA') return Object.keys(entry.schemas).map((name) => [database, name]);
  return Object.values(entry.schemas)
    .filter((each) => schema === undefined || each.name === schema)
    .flatMap((each) =>
      Object.values(each.relations)
        .filter((relation) => relation.kind === wanted.objectKind && relation.session === null)
        .map((relation) => [database, each.name, relation.name]),
    );
}

function namedObject(
  wanted: Grant,
  parts: readonly string[],
  draft: CatalogDocument,
  run: StatementRun,
): readonly string[] {
  const [first = '', second = ''] = parts;
  switch (wanted.objectKind) {
    case 'WAREHOUSE':
      if (!Object.hasOwn(draft.warehouses, first)) throw operationImpossible();
      return [first];
    case 'DATABASE':
      findDatabase(draft, first, run.viewpoint);
      return [first];
    case 'SCHEMA': {
      const name = parts.length === 1 ? [run.state.database ?? '', first] : [first, second];
      findSchema(draft, name[0] ?? '', name[1] ?? '', run.viewpoint);
      return name;
    }
    case 'STREAM': {
      const name = fullName(wanted.object, run.viewpoint, 'GRANT');
      findStream(draft, name, 'OWNERSHIP', run.viewpoint);
      return name;
    }
    case 'TABLE':
    case 'VIEW': {
      const name = fullName(wanted.object, run.viewpoint, 'GRANT');
      const relation = findRelation(draft, name, 'OWNERSHIP', run.viewpoint);
      if (relation.kind !== wanted.objectKind)
        throw containerMissing(wanted.objectKind === 'TABLE' ? 'Table' : 'View', name.join('.'));
      return name;
    }
  }
}

function containerName(
  wanted: Grant,
  parts: readonly string[],
  draft: CatalogDocument,
  run: StatementRun,
): readonly string[] {
  const [first = '', second = ''] = parts;
  if (wanted.container === 'DATABASE') {
    findDatabase(draft, first, run.viewpoint);
    return [first];
  }
  if (parts.length === 1 && run.state.database === null) throw noCurrentDatabase('GRANT');
  const name = parts.length === 1 ? [run.state.database ?? '', first] : [first, second];
  findSchema(draft, name[0] ?? '', name[1] ?? '', run.viewpoint);
  return name;
}

export const grantRole: Handler<'grantRole'> = async (statement, run) => {
  const role = statement.role.name;
  const { kind, name } = statement.to;
  await run.endTransactionForDdl();
  return run.catalog.change((draft) => {
    if (!isAdministrator(draft, run.state.role)) throw insufficientPrivileges('role', role);
    if (!Object.hasOwn(draft.roles, role)) throw roleMissing(role);
    if (kind === 'ROLE') {
      const to = Object.hasOwn(draft.roles, name.name) ? draft.roles[name.name] : undefined;
      if (to === undefined) throw roleMissing(name.name);
      to.inherits = to.inherits.filter((other) => other !== role);
      if (!statement.revoke) to.inherits.push(role);
    } else {
      const roles = (draft.userRoles[name.name] ?? []).filter((other) => other !== role);
      draft.userRoles[name.name] = statement.revoke ? roles : [...roles, role];
    }
    return Promise.resolve(status('Statement executed successfully.'));
  });
};

export const createRole: Handler<'createRole'> = async (statement, run) => {
  const { name } = statement.name;
  await run.endTransactionForDdl();
  return run.catalog.change((draft) => {
    if (!isAdministrator(draft, run.state.role)) throw insufficientPrivileges('account', run.state.account);
    if (Object.hasOwn(draft.roles, name)) {
      if (statement.ifNotExists) return Promise.resolve(status(`${name} already exists, statement succeeded.`));
      if (!statement.orReplace) throw objectExists(name);
    }
    draft.roles[name] = { name, createdAt: run.now.getTime(), owner: run.state.role, inherits: [] };
    draft.grants = draft.grants.filter((entry) => entry.role !== name);
    return Promise.resolve(status(`Role ${name} successfully created.`));
  });
};

export const createWarehouse: Handler<'createWarehouse'> = async (statement, run) => {
  const { name } = statement.name;
  await run.endTransactionForDdl();
  return run.catalog.change((draft) => {
    if (!isAdministrator(draft, run.state.role)) throw insufficientPrivileges('account', run.state.account);
    if (Object.hasOwn(draft.warehouses, name)) {
      if (statement.ifNotExists) return Promise.resolve(status(`${name} already exists, statement succeeded.`));
      if (!statement.orReplace) throw objectExists(name);
    }
    draft.warehouses[name] = {
      name,
      createdAt: run.now.getTime(),
      owner: run.state.role,
      comment: textProperty(statement.properties, 'COMMENT') ?? '',
      size: textProperty(statement.properties, 'WAREHOUSE_SIZE') ?? 'X-Small',
    };
    run.state.warehouse = name;
    return Promise.resolve(status(`Warehouse ${name} successfully created.`));
  });
};
