import type { AlterTableAction, ColumnDefinition, Identifier, ObjectProperties, StatementOf } from '../ast.ts';
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
import { alterBothSql, columnSql, historyName, pinRowIdsSql, rowIdSql, tableName } from '../history/row-storage.ts';
import {
  compilationError,
  duplicateColumn,
  invalidIdentifier,
  objectExists,
  unsupported,
  wrongKind,
} from '../errors.ts';
import { formatType, resolveType, type DataType, type TimestampMapping } from '../types/data-type.ts';
import { storageType } from '../types/storage.ts';
import { trackTable, trackView } from './change-tracking.ts';
import { columnEntry, createSequence, defaultSql } from './create-table.ts';
import { status } from './outcome.ts';
import { retentionOf } from './retention.ts';
import type { Handler, StatementRun } from './run.ts';

type Execute = (sql: string) => Promise<number>;
const done = 'Statement executed successfully.';

export const alterTable: Handler<'alterTable'> = async (statement, run) => {
  const name = fullName(statement.name, run.viewpoint, `ALTER ${statement.objectKind}`);
  await run.endTransactionForDdl();
  const tables =
    tracks(statement.action) && statement.objectKind === 'VIEW' ? run.context.tablesBelow(statement.name) : [];
  try {
    return await run.catalog.change(async (draft, execute) => {
      const relation = findRelation(draft, name, 'OWNERSHIP', run.viewpoint);
      if (relation.kind !== statement.objectKind) {
        throw wrongKind(relation.kind, statement.objectKind);
      }
      await apply(statement.action, relation, { name, draft, execute, run, statement, tables });
      relation.alteredAt = run.now.getTime();
      return status(done);
    });
  } catch (error) {
    if (statement.ifExists && error instanceof SnowflakeSqlError && error.code === 2003) return status(done);
    throw error;
  }
};

const viewActions = new Set<AlterTableAction['kind']>(['rename', 'set', 'unset']);

function tracks(action: AlterTableAction): boolean {
  return action.kind === 'set' && action.properties.get('CHANGE_TRACKING') === true;
}

interface Alteration {
  readonly name: FullName;
  readonly draft: CatalogDocument;
  readonly execute: Execute;
  readonly run: StatementRun;
  readonly statement: StatementOf<'alterTable'>;
  /** The tables below a view, where they matter. */
  readonly tables: readonly number[];
}

async function apply(action: AlterTableAction, relation: RelationEntry, alteration: Alteration): Promise<void> {
  const { name, draft, execute, run } = alteration;
  if (relation.kind === 'VIEW' && !viewActions.has(action.kind)) throw unsupported(`ALTER VIEW ${action.kind}`);
  const table = tableName(relation);
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
      await setProperties(relation, action.properties, alteration);
      return;
    case 'unset': {
      const unset = retentionOf(
        new Map(),
        relation.lifetime,
        findSchema(draft, name[0], name[1], run.viewpoint).retention,
      );
      for (const property of action.names) {
        if (property === 'COMMENT') relation.comment = '';
        if (property === 'DATA_RETENTION_TIME_IN_DAYS') relation.retention = unset.retention;
        if (property === 'MAX_DATA_EXTENSION_TIME_IN_DAYS') relation.extension = unset.extension;
        if (property === 'CHANGE_TRACKING') relation.changeTracking = false;
      }
    }
  }
}

async function setProperties(
  relation: RelationEntry,
  properties: ObjectProperties,
  { draft, execute, run, statement, tables }: Alteration,
): Promise<void> {
  const kept = retentionOf(properties, relation.lifetime, relation.retention);
  for (const [name, value] of properties) {
    if (name === 'COMMENT') relation.comment = String(value);
    else if (name === 'CHANGE_TRACKING' && value === false) relation.changeTracking = false;
    else if (name === 'CHANGE_TRACKING' && value === true) {
      if (relation.kind === 'VIEW') await trackView(relation, tables, draft, execute, run);
      else await trackTable(relation, execute);
    } else if (name === 'DATA_RETENTION_TIME_IN_DAYS' && relation.kind === 'TABLE') relation.retention = kept.retention;
    else if (name === 'MAX_DATA_EXTENSION_TIME_IN_DAYS' && relation.kind === 'TABLE')
      relation.extension = kept.extension;
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
  const table = tableName(relation);
  await execute(alterBothSql(relation, `ADD COLUMN ${columnSql({ ...column, nullable: true })}`));
  await createSequence(column, relation, execute);
  if (column.default !== null || column.identity !== null) {
    const value = `${column.storage} = ${defaultSql(column, relation, run)}`;
    await execute(`UPDATE ${table} t SET ${value}, row_id = ${rowIdSql('t')}`);
    await execute(`UPDATE ${historyName(relation)} SET ${value}`);
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
  await execute(alterBothSql(relation, `DROP COLUMN ${column.storage}`));
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
  // The table is written anew.
  if (relation.changeTracking) await execute(pinRowIdsSql(relation));
  await execute(alterBothSql(relation, `ALTER COLUMN ${column.storage} TYPE ${storageType(type)} USING ${value.sql}`));
  column.type = type;
}

function changeable(from: DataType, to: DataType): boolean {
  if (from.kind === 'NUMBER' && to.kind === 'NUMBER') return from.scale === to.scale;
  return from.kind === to.kind && (from.kind === 'VARCHAR' || from.kind === 'BINARY');
}
