import type { DataType } from '../types/data-type.ts';
import type { TrackedPeriod } from './tracked-periods.ts';

/** The catalog as one document: it is kept in one row of the engine's Postgres, and written with each DDL statement's own transaction. */
export interface CatalogDocument {
  version: 4;
  /** That of the commit that wrote it (`history/table-versions.ts`), in decimal digits. */
  token: string;
  nextId: number;
  databases: Record<string, DatabaseEntry>;
  roles: Record<string, RoleEntry>;
  warehouses: Record<string, WarehouseEntry>;
  /** Roles granted to users; a user that is not listed may take every role. */
  userRoles: Record<string, string[]>;
  grants: GrantEntry[];
}

export interface DatabaseEntry {
  name: string;
  createdAt: number;
  owner: string;
  comment: string;
  transient: boolean;
  retention: number;
  schemas: Record<string, SchemaEntry>;
}

export interface SchemaEntry {
  name: string;
  createdAt: number;
  owner: string;
  comment: string;
  transient: boolean;
  retention: number;
  relations: Record<string, RelationEntry>;
  streams: Record<string, StreamEntry>;
}

export interface ColumnEntry {
  name: string;
  type: DataType;
  nullable: boolean;
  /** The Postgres column; views have none. */
  storage: string;
  /** The default's own SQL. */
  default: string | null;
  identity: { start: number; increment: number } | null;
  unique: boolean;
  comment: string | null;
}

export interface RelationEntry {
  kind: 'TABLE' | 'VIEW';
  /** Names the Postgres table `sf_data.t<id>`; a replaced table gets a new one. */
  id: number;
  name: string;
  createdAt: number;
  /** Last DDL; the last DML is kept beside the catalog. */
  alteredAt: number;
  owner: string;
  comment: string;
  columns: ColumnEntry[];
  primaryKey: string[];
  lifetime: 'PERMANENT' | 'TRANSIENT' | 'TEMPORARY';
  /** The session that a temporary table belongs to. */
  session: string | null;
  changeTracking: boolean;
  /** When a table's changes have been tracked, oldest first; written with the commit of what turns it on or off. */
  tracked: TrackedPeriod[];
  /** DATA_RETENTION_TIME_IN_DAYS and MAX_DATA_EXTENSION_TIME_IN_DAYS. */
  retention: number;
  extension: number;
  nextColumn: number;
  /** A view's CREATE statement and the query in it. */
  text: string | null;
  query: string | null;
  secure: boolean;
}

/** What MAX_DATA_EXTENSION_TIME_IN_DAYS is where nobody set it (sql-reference/parameters). */
export const defaultExtension = 14;

export function schemasOf(catalog: CatalogDocument): SchemaEntry[] {
  return Object.values(catalog.databases).flatMap(({ schemas }) => Object.values(schemas));
}

export function relationsOf(catalog: CatalogDocument): RelationEntry[] {
  return schemasOf(catalog).flatMap(({ relations }) => Object.values(relations));
}

export function streamsOf(catalog: CatalogDocument): StreamEntry[] {
  return schemasOf(catalog).flatMap(({ streams }) => Object.values(streams));
}

/** Where a relation is now. */
export function nameOf(relation: RelationEntry, catalog: CatalogDocument): [string, string, string] {
  for (const database of Object.values(catalog.databases)) {
    for (const schema of Object.values(database.schemas)) {
      if (Object.values(schema.relations).some(({ id }) => id === relation.id)) {
        return [database.name, schema.name, relation.name];
      }
    }
  }
  throw new Error(`${relation.name} is in no schema`);
}

/** Keeps changes that may be asked for later: by Time Travel within the retention period, by streams and CHANGES. */
export function keepsHistory({ retention, changeTracking }: RelationEntry): boolean {
  return retention > 0 || changeTracking;
}

/** A stream but for where it stands, which is kept beside the catalog (`history/streams.ts`). */
export interface StreamEntry {
  id: number;
  name: string;
  createdAt: number;
  owner: string;
  comment: string;
  mode: 'DEFAULT' | 'APPEND_ONLY';
  /** The table or view, by its id: a stream follows it when it is renamed, and not to another of its name. */
  source: { kind: 'TABLE' | 'VIEW'; id: number; name: [string, string, string] };
  /** The tables whose changes it sees. */
  tables: number[];
}

export interface RoleEntry {
  name: string;
  createdAt: number;
  owner: string;
  /** Roles that have been granted to this one, whose privileges it therefore has. */
  inherits: string[];
}

export interface WarehouseEntry {
  name: string;
  createdAt: number;
  owner: string;
  comment: string;
  size: string;
}

export interface GrantEntry {
  role: string;
  privilege: string;
  kind: 'DATABASE' | 'SCHEMA' | 'TABLE' | 'VIEW' | 'STREAM' | 'WAREHOUSE';
  /** The object's name from the database down; of a future grant, the container's. */
  object: string[];
  future: boolean;
  grantedBy: string;
  createdAt: number;
}

/** Roles that may do everything, as ACCOUNTADMIN may on an account whose objects all belong to its hierarchy. */
export const administratorRoles: ReadonlySet<string> = new Set([
  'ACCOUNTADMIN',
  'SYSADMIN',
  'SECURITYADMIN',
  'ORGADMIN',
]);

export function emptyCatalog(now: number): CatalogDocument {
  const role = (name: string): RoleEntry => ({ name, createdAt: now, owner: '', inherits: [] });
  const names = ['ACCOUNTADMIN', 'ORGADMIN', 'PUBLIC', 'SECURITYADMIN', 'SYSADMIN', 'USERADMIN'];
  return {
    version: 4,
    token: '0',
    nextId: 1,
    databases: {},
    roles: Object.fromEntries(names.map((name) => [name, role(name)])),
    warehouses: {
      COMPUTE_WH: { name: 'COMPUTE_WH', createdAt: now, owner: 'SYSADMIN', comment: '', size: 'X-Small' },
    },
    userRoles: {},
    grants: [],
  };
}
