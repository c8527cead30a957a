import type { AlterTableAction, ColumnDefinition, Identifier, StatementOf } from '../ast.ts';
import type { CatalogDocument, ColumnEntry, RelationEntry } from '../catalog/model.ts';
import {
  findRelation,
  findSchema,
  fullName,
  lookUpRelation,
  quotedName,
  requireSchemaPrivilege,
  type FullName,
} from '../catalog/resolution.ts';
import { cast } from '../compile/cast.ts';
import { SnowflakeSqlError } from '../../engine.ts';
import { compilationError, duplicateColumn, invalidIdentifier, objectExists, unsupported } from '../errors.ts';
import { formatType, resolveType, type DataType, type TimestampMapping } from '../types/data-type.ts';
import { storageType } from '../types/storage.ts';
import { columnEntry, columnSql, createSequence, defaultSql } from './create-table.ts';
import { status } from './outcome.ts';
import type { Handler, StatementRun } from './run.ts';

type Execute = (sql: string) => Promise<number>;
const done = 'Statement executed successfully.';

export const alterTable: Handler<'alterTable'> = async (statement, run) => {
  const name = fullName(statement.name, run.viewpoint, `ALTER ${statement.objectKind}`);
  await run.endTransactionForDdl();
  try {
    return await run.catalog.change(async (draft, execute) => {
      const relation = findRelation(draft, name, 'OWNERSHIP', run.viewpoint);
      if (relation.kind !== statement.objectKind) {
        throw compilationError(
          1066,
          '42710',
          `Object found is of type '${relation.kind}', not specified type '${statement.objectKind}'.`,
        );
      }
      await apply(statement.action, relation, name, draft, execute, run, statement);
      relation.alteredAt = run.now.getTime();
      return status(done);
    });
  } catch (error) {
    if (statement.ifExists && error instanceof SnowflakeSqlError && error.code === 2003) return status(done);
    throw error;
  }
};

const viewActions = new Set<AlterTableAction['kind']>(['rename', 'set', 'unset']);

async function apply(
  action: AlterTableAction,
  relation: RelationEntry,
  name: FullName,
  draft: CatalogDocument,
  execute: Execute,
  run: StatementRun,
  statement: StatementOf<'alterTable'>,
): Promise<void> {
  if (relation.kind === 'VIEW' && !viewActions.has(action.kind)) throw unsupported(`ALTER VIEW ${action.kind}`);
  const table = `sf_data.t${relation.id}`;
  switch (action.kind) {
    case 'rename':
      rename(relation, name, action.to, draft, run);
      return;
    case 'addColumn':
      for (const definition of action.columns) await addColumn(definition, action.ifNotExists, relation, execute, run);
      return;
    case 'dropColumn':
      for (const column of action.columns) await dropColumn(column, action.ifExists, relation, execute);
      return;
    case 'renameColumn': {
      const column = columnOf(relation, action.from);
      if (relation.columns.some((other) => other.name === action.to.name)) throw duplicateColumn(action.to.name);
      relation.primaryKey = relation.primaryKey.map((key) => (key === column.name ? action.to.name : key));
      column.name = action.to.name;
      return;
    }
    case 'setType':
      await setType(columnOf(relation, action.column), action, relation, execute, run);
      return;
    case 'setNotNull': {
      const column = columnOf(relation, action.column);
      await execute(`ALTER TABLE ${table} ALTER COLUMN ${column.storage} ${action.notNull ? 'SET' : 'DROP'} NOT NULL`);
      column.nullable = !action.notNull;
      return;
    }
    case 'setDefault':
      // Only dropping one is allowed, except for sequences (sql-reference/sql/alter-table-column).
      if (action.default !== null) throw unsupported('ALTER COLUMN SET DEFAULT');
      columnOf(relation, action.column).default = null;
      return;
    case 'columnComment':
      columnOf(relation, action.column).comment = action.comment;
      return;
    case 'addPrimaryKey':
      for (const column of action.columns) {
        const entry = columnOf(relation, column);
        if (entry.nullable) await execute(`ALTER TABLE ${table} ALTER COLUMN ${entry.storage} SET NOT NULL`);
        entry.nullable = false;
      }
      relation.primaryKey = action.columns.map((column) => column.name);
      return;
    case 'dropPrimaryKey':
      relation.primaryKey = [];
      return;
    case 'set':
      setProperties(relation, action.properties, statement);
      return;
    case 'unset':
      for (const property of action.names) {
        if (property === 'COMMENT') relation.comment = '';
        if (property === 'DATA_RETENTION_TIME_IN_DAYS') relation.retention = 1;
        if (property === 'CHANGE_TRACKING') relation.changeTracking = false;
      }
  }
}

function setProperties(
  relation: RelationEntry,
  properties: ReadonlyMap<string, string | number | boolean>,
  statement: StatementOf<'alterTable'>,
): void {
  for (const [name, value] of properties) {
    if (name === 'CHANGE_TRACKING' && typeof value === 'boolean') relation.changeTracking = value;
    else if (name === 'COMMENT') relation.comment = String(value);
    else if (name === 'DATA_RETENTION_TIME_IN_DAYS' && typeof value === 'number') relation.retention = value;
    else throw unsupported(`ALTER ${statement.objectKind} SET ${name}`);
  }
}

function columnOf(relation: RelationEntry, name: Identifier): ColumnEntry {
  const column = relation.columns.find((candidate) => candidate.name === name.name);
  if (column === undefined) throw invalidIdentifier(name.position, name.name);
  return column;
}

function rename(
  relation: RelationEntry,
  name: FullName,
  to: StatementOf<'alterTable'>['name'],
  draft: CatalogDocument,
  run: StatementRun,
): void {
  const target = fullName(to, run.viewpoint, 'ALTER TABLE RENAME');
  if (relation.session !== null) throw unsupported('renaming a temporary table');
  const from = findSchema(draft, name[0], name[1], run.viewpoint);
  const into = requireSchemaPrivilege(
    draft,
    target[0],
    target[1],
    relation.kind === 'TABLE' ? 'CREATE TABLE' : 'CREATE VIEW',
    run.viewpoint,
  );
  if (lookUpRelation(into, target[2], run.viewpoint.session) !== undefined) throw objectExists(quotedName(target));
  from.relations = Object.fromEntries(Object.entries(from.relations).filter(([key]) => key !== name[2]));
  relation.name = target[2];
  into.relations[target[2]] = relation;
  for (const grant of draft.grants) {
    if (!grant.future && grant.kind === relation.kind && name.every((part, i) => part === grant.object[i]))
      grant.object = [...target];
  }
}

async function addColumn(
  definition: ColumnDefinition,
  ifNotExists: boolean,
  relation: RelationEntry,
  execute: Execute,
  run: StatementRun,
): Promise<void> {
  if (relation.columns.some((column) => column.name === definition.name.name)) {
    if (ifNotExists) return;
    throw compilationError(1430, '42601', `column '${definition.name.name}' already exists`);
  }
  const column = columnEntry(definition, relation.nextColumn++, run);
  const table = `sf_data.t${relation.id}`;
  await execute(`ALTER TABLE ${table} ADD COLUMN ${columnSql({ ...column, nullable: true })}`);
  await createSequence(column, relation, execute);
  if (column.default !== null || column.identity !== null) {
    await execute(`UPDATE ${table} SET ${column.storage} = ${defaultSql(column, relation, run)}`);
  }
  if (!column.nullable) await execute(`ALTER TABLE ${table} ALTER COLUMN ${column.storage} SET NOT NULL`);
  relation.columns.push(column);
  if (definition.primaryKey) relation.primaryKey = [column.name];
}

async function dropColumn(
  name: Identifier,
  ifExists: boolean,
  relation: RelationEntry,
  execute: Execute,
): Promise<void> {
  if (ifExists && !relation.columns.some((column) => column.name === name.name)) return;
  const column = columnOf(relation, name);
  if (relation.columns.length === 1)
    throw compilationError(2210, '42601', `Cannot drop the only column '${name.name}' of a table`);
  await execute(`ALTER TABLE sf_data.t${relation.id} DROP COLUMN ${column.storage}`);
  relation.columns = relation.columns.filter((other) => other !== column);
  relation.primaryKey = relation.primaryKey.filter((key) => key !== column.name);
}

/** Text may grow or shrink to what its values need, a number's precision too; nothing else changes in place. */
async function setType(
  column: ColumnEntry,
  action: Extract<AlterTableAction, { kind: 'setType' }>,
  relation: RelationEntry,
  execute: Execute,
  run: StatementRun,
): Promise<void> {
  const type = resolveType(action.type, run.parameter('TIMESTAMP_TYPE_MAPPING') as TimestampMapping);
  if (!changeable(column.type, type)) {
    throw compilationError(
      2108,
      '22000',
      `cannot change column ${column.name} from type ${formatType(column.type)} to ${formatType(type)}`,
    );
  }
  const value = cast(
    { sql: column.storage, type: column.type, nullable: column.nullable },
    type,
    run.context,
    'assign',
  );
  await execute(
    `ALTER TABLE sf_data.t${relation.id} ALTER COLUMN ${column.storage} TYPE ${storageType(type)} USING ${value.sql}`,
  );
  column.type = type;
}

function changeable(from: DataType, to: DataType): boolean {
  if (from.kind === 'NUMBER' && to.kind === 'NUMBER') return from.scale === to.scale;
  return from.kind === to.kind && (from.kind === 'VARCHAR' || from.kind === 'BINARY');
}
