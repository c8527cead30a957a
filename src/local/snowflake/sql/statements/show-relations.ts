import type { RelationEntry } from '../catalog/model.ts';
import type { MemoryCell } from '../execution/results.ts';
import { integerColumn, numberCell, textCell, textColumn, timeCell, timeColumn } from './outcome.ts';
import type { StatementRun } from './run.ts';
import { relations, type Found, type Listing, type Show } from './show-scope.ts';
import { tableSizes, type TableSize } from './table-sizes.ts';

function onOff(value: boolean): MemoryCell {
  return textCell(value ? 'ON' : 'OFF');
}

const terseColumns = [timeColumn('created_on'), ...['name', 'kind', 'database_name', 'schema_name'].map(textColumn)];

function terse(found: readonly Found[], kind: (relation: RelationEntry) => string): Listing {
  const rows = found.map(({ database, schema, relation }) => [
    timeCell(relation.createdAt),
    textCell(relation.name),
    textCell(kind(relation)),
    textCell(database.name),
    textCell(schema.name),
  ]);
  return { columns: terseColumns, rows, nameIndex: 1 };
}

const kindOf = (relation: RelationEntry): string =>
  relation.kind === 'VIEW' ? 'VIEW' : relation.lifetime === 'PERMANENT' ? 'TABLE' : relation.lifetime;

export async function showTables(statement: Show, run: StatementRun): Promise<Listing> {
  const found = relations(statement, run, 'TABLE');
  if (statement.terse) return terse(found, kindOf);
  const sizes = await tableSizes(
    found.map(({ relation }) => relation.id),
    run,
  );
  const columns = [
    timeColumn('created_on'),
    ...['name', 'database_name', 'schema_name', 'kind', 'comment', 'cluster_by'].map(textColumn),
    integerColumn('rows'),
    integerColumn('bytes'),
    ...[
      'owner',
      'retention_time',
      'automatic_clustering',
      'change_tracking',
      'is_external',
      'enable_schema_evolution',
      'owner_role_type',
      'is_event',
      'budget',
      'is_hybrid',
      'is_iceberg',
      'is_dynamic',
      'is_immutable',
    ].map(textColumn),
  ];
  const rows = found.map(({ database, schema, relation }) => {
    const size: TableSize = sizes.get(relation.id) ?? { rows: 0, bytes: 0 };
    return [
      timeCell(relation.createdAt),
      textCell(relation.name),
      textCell(database.name),
      textCell(schema.name),
      textCell(kindOf(relation)),
      textCell(relation.comment),
      textCell(''),
      numberCell(size.rows),
      numberCell(size.bytes),
      textCell(relation.owner),
      textCell(String(relation.retention)),
      onOff(false),
      onOff(relation.changeTracking),
      textCell('N'),
      textCell('N'),
      textCell('ROLE'),
      textCell('N'),
      textCell(null),
      textCell('N'),
      textCell('N'),
      textCell('N'),
      textCell('N'),
    ];
  });
  return { columns, rows, nameIndex: 1 };
}

export function showViews(statement: Show, run: StatementRun): Listing {
  const found = relations(statement, run, 'VIEW');
  if (statement.terse) return terse(found, kindOf);
  const columns = [
    timeColumn('created_on'),
    ...[
      'name',
      'reserved',
      'database_name',
      'schema_name',
      'owner',
      'comment',
      'text',
      'is_secure',
      'is_materialized',
      'owner_role_type',
      'change_tracking',
    ].map(textColumn),
  ];
  const rows = found.map(({ database, schema, relation }) => [
    timeCell(relation.createdAt),
    textCell(relation.name),
    textCell(''),
    textCell(database.name),
    textCell(schema.name),
    textCell(relation.owner),
    textCell(relation.comment),
    textCell(relation.text),
    textCell(String(relation.secure)),
    textCell('false'),
    textCell('ROLE'),
    onOff(relation.changeTracking),
  ]);
  return { columns, rows, nameIndex: 1 };
}

export async function showObjects(statement: Show, run: StatementRun): Promise<Listing> {
  const found = relations(statement, run, null);
  if (statement.terse) return terse(found, kindOf);
  const tables = found.filter(({ relation }) => relation.kind === 'TABLE');
  const sizes = await tableSizes(
    tables.map(({ relation }) => relation.id),
    run,
  );
  const columns = [
    timeColumn('created_on'),
    ...['name', 'database_name', 'schema_name', 'kind', 'comment', 'cluster_by'].map(textColumn),
    integerColumn('rows'),
    integerColumn('bytes'),
    ...['owner', 'retention_time', 'owner_role_type', 'budget'].map(textColumn),
  ];
  const rows = found.map(({ database, schema, relation }) => {
    const size = sizes.get(relation.id);
    return [
      timeCell(relation.createdAt),
      textCell(relation.name),
      textCell(database.name),
      textCell(schema.name),
      textCell(kindOf(relation)),
      textCell(relation.comment),
      textCell(''),
      numberCell(size?.rows ?? (relation.kind === 'VIEW' ? 0 : null)),
      numberCell(size?.bytes ?? (relation.kind === 'VIEW' ? 0 : null)),
      textCell(relation.owner),
      textCell(String(relation.retention)),
      textCell('ROLE'),
      textCell(null),
    ];
  });
  return { columns, rows, nameIndex: 1 };
}
