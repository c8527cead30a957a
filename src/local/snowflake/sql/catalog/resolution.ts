import type { QualifiedName } from '../ast.ts';
import type { SessionState } from '../../engine.ts';
import {
  containerMissing,
  insufficientPrivileges,
  noCurrentDatabase,
  noCurrentSchema,
  objectMissing,
} from '../errors.ts';
import type { CatalogDocument, DatabaseEntry, RelationEntry, SchemaEntry, StreamEntry } from './model.ts';
import { allows, privilegesOn } from './privileges.ts';

export type FullName = readonly [string, string, string];

/** Who asks: decides the current database and schema, and what is visible. */
export interface Viewpoint {
  readonly state: Pick<SessionState, 'database' | 'schema' | 'role'>;
  readonly session: string;
}

/** A name with its database and schema filled in. Throws 90105 or 90106 where the session has no current one. */
export function fullName(name: QualifiedName, viewpoint: Viewpoint, operation: string): FullName {
  const parts = name.map((part) => part.name);
  const { state } = viewpoint;
  if (parts.length === 3) return [parts[0] ?? '', parts[1] === '' ? 'PUBLIC' : (parts[1] ?? ''), parts[2] ?? ''];
  if (state.database === null) throw noCurrentDatabase(operation);
  if (parts.length === 2) return [state.database, parts[0] ?? '', parts[1] ?? ''];
  if (state.schema === null) throw noCurrentSchema(operation);
  return [state.database, state.schema, parts[0] ?? ''];
}

export function quotedName(parts: readonly string[]): string {
  return parts.map((part) => (/^[A-Z_][A-Z0-9_$]*$/u.test(part) ? part : `"${part}"`)).join('.');
}

/** The database, if the role may see it. */
export function findDatabase(catalog: CatalogDocument, name: string, viewpoint: Viewpoint): DatabaseEntry {
  const database = own(catalog.databases, name);
  if (
    database === undefined ||
    privilegesOn(catalog, viewpoint.state.role, 'DATABASE', [name], database.owner).size === 0
  ) {
    throw containerMissing('Database', quotedName([name]));
  }
  return database;
}

export function findSchema(
  catalog: CatalogDocument,
  database: string,
  name: string,
  viewpoint: Viewpoint,
): SchemaEntry {
  const schema = own(findDatabase(catalog, database, viewpoint).schemas, name);
  if (
    schema === undefined ||
    privilegesOn(catalog, viewpoint.state.role, 'SCHEMA', [database, name], schema.owner).size === 0
  ) {
    throw containerMissing('Schema', quotedName([database, name]));
  }
  return schema;
}

/** The table or view, without asking for any privilege. A session's temporary table hides a permanent one of the same name. */
export function lookUpRelation(schema: SchemaEntry, name: string, session: string): RelationEntry | undefined {
  return own(schema.relations, temporaryKey(session, name)) ?? own(schema.relations, name);
}

/** The key of a temporary table: no identifier holds NUL. */
export function temporaryKey(session: string, name: string): string {
  return `${name}\0${session}`;
}

/**
 * The table or view, if the role has the privilege on it. A role without any privilege on it is told what it would be told of an object
 * that is not there (2003); one that has some but not this, 3001.
 */
export function findRelation(
  catalog: CatalogDocument,
  name: FullName,
  privilege: string,
  viewpoint: Viewpoint,
): RelationEntry {
  const schema = findSchema(catalog, name[0], name[1], viewpoint);
  const relation = lookUpRelation(schema, name[2], viewpoint.session);
  if (relation === undefined) throw objectMissing(quotedName(name));
  if (relation.session !== null) return relation;
  const privileges = privilegesOn(catalog, viewpoint.state.role, relation.kind, name, relation.owner);
  if (privileges.size === 0) throw objectMissing(quotedName(name));
  if (!allows(privileges, privilege)) {
    throw insufficientPrivileges(relation.kind === 'TABLE' ? 'table' : 'view', relation.name);
  }
  return relation;
}

/** The stream, if there is one of that name and the role has the privilege on it; said as of a table. */
export function findStream(
  catalog: CatalogDocument,
  name: FullName,
  privilege: string,
  viewpoint: Viewpoint,
): StreamEntry {
  const stream = own(findSchema(catalog, name[0], name[1], viewpoint).streams, name[2]);
  if (stream === undefined) throw containerMissing('Stream', quotedName(name));
  const privileges = privilegesOn(catalog, viewpoint.state.role, 'STREAM', name, stream.owner);
  if (privileges.size === 0) throw containerMissing('Stream', quotedName(name));
  if (!allows(privileges, privilege)) throw insufficientPrivileges('stream', stream.name);
  return stream;
}

/** The schema, if the role has the privilege on it. */
export function requireSchemaPrivilege(
  catalog: CatalogDocument,
  database: string,
  schema: string,
  privilege: string,
  viewpoint: Viewpoint,
): SchemaEntry {
  const entry = findSchema(catalog, database, schema, viewpoint);
  if (!allows(privilegesOn(catalog, viewpoint.state.role, 'SCHEMA', [database, schema], entry.owner), privilege)) {
    throw insufficientPrivileges('schema', schema);
  }
  return entry;
}

function own<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
