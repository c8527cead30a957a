import type { Identifier, QualifiedName } from '../ast.ts';
import type { ColumnEntry, RelationEntry } from '../catalog/model.ts';
import { findRelation, fullName, type FullName } from '../catalog/resolution.ts';
import type { Source } from '../compile/scope.ts';
import { compilationError, invalidIdentifier } from '../errors.ts';
import type { StatementRun } from './run.ts';

/** A table that a statement writes to. */
export interface TargetTable {
  readonly name: FullName;
  readonly table: RelationEntry;
  readonly relation: string;
}

/** Finds the table; the role needs the privilege on it. Views cannot be written to. */
export function targetTable(name: QualifiedName, privilege: string, run: StatementRun): TargetTable {
  const full = fullName(name, run.viewpoint, privilege);
  const table = findRelation(run.catalog.current, full, privilege, run.viewpoint);
  if (table.kind === 'VIEW') {
    throw compilationError(1066, '42601', `View '${full[2]}' is not a valid target of ${privilege}.`);
  }
  return { name: full, table, relation: `sf_data.t${table.id}` };
}

export function targetColumn(target: TargetTable, name: Identifier): ColumnEntry {
  const column = target.table.columns.find((candidate) => candidate.name === name.name);
  if (column === undefined) throw invalidIdentifier(name.position, name.name);
  return column;
}

/** The target as a source of columns, under a Postgres alias. */
export function targetSource(target: TargetTable, postgresAlias: string, alias: Identifier | null): Source {
  const [database, schema, table] = target.name;
  return {
    qualifiers: alias === null ? target.name : [alias.name],
    columns: target.table.columns.map((column) => ({
      name: column.name,
      sql: `${postgresAlias}.${column.storage}`,
      type: column.type,
      nullable: column.nullable,
      origin: { database, schema, table },
    })),
  };
}
