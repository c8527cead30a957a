import type { StatementOf } from '../ast.ts';
import type { DatabaseEntry, RelationEntry, SchemaEntry } from '../catalog/model.ts';
import { privilegesOn } from '../catalog/privileges.ts';
import { findDatabase, findRelation, findSchema, fullName } from '../catalog/resolution.ts';
import type { OutputColumn } from '../compile/typed.ts';
import { SnowflakeSqlError } from '../../engine.ts';
import { noCurrentDatabase, operationImpossible } from '../errors.ts';
import type { MemoryCell } from '../execution/results.ts';
import type { StatementRun } from './run.ts';

export type Show = StatementOf<'show'>;

/** What a SHOW lists, before LIKE, STARTS WITH and LIMIT. */
export interface Listing {
  readonly columns: readonly OutputColumn[];
  readonly rows: readonly (readonly MemoryCell[])[];
  /** Where the name stands that LIKE and STARTS WITH look at. */
  readonly nameIndex: number;
}

export interface Place {
  readonly database: DatabaseEntry;
  readonly schema: SchemaEntry;
}

/** The schemas that IN names, or the session's current one; of those, what the role may see. */
export function places(statement: Show, run: StatementRun): Place[] {
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

export function visibleDatabases(run: StatementRun): DatabaseEntry[] {
  const catalog = run.catalog.current;
  return Object.values(catalog.databases).filter(
    (database) => privilegesOn(catalog, run.state.role, 'DATABASE', [database.name], database.owner).size > 0,
  );
}

export interface Found extends Place {
  readonly relation: RelationEntry;
}

export function relations(statement: Show, run: StatementRun, kind: 'TABLE' | 'VIEW' | null): Found[] {
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

export function relationInScope(statement: Show, run: StatementRun): Found[] {
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
