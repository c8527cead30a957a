import { formatType, type DataType } from '../types/data-type.ts';
import { defaultText } from './describe.ts';
import { integerColumn, numberCell, textCell, textColumn, timeCell, timeColumn } from './outcome.ts';
import type { StatementRun } from './run.ts';
import { relationInScope, type Listing, type Show } from './show-scope.ts';

export function showColumns(statement: Show, run: StatementRun): Listing {
  const columns = [
    'table_name',
    'schema_name',
    'column_name',
    'data_type',
    'null?',
    'default',
    'kind',
    'expression',
    'comment',
    'database_name',
    'autoincrement',
  ].map(textColumn);
  const rows = relationInScope(statement, run).flatMap(({ database, schema, relation }) =>
    relation.columns.map((column) => [
      textCell(relation.name),
      textCell(schema.name),
      textCell(column.name),
      textCell(JSON.stringify(typeDocument(column.type, column.nullable))),
      textCell(column.nullable ? 'true' : 'NOT_NULL'),
      textCell(column.default ?? ''),
      textCell('COLUMN'),
      textCell(''),
      textCell(column.comment ?? ''),
      textCell(database.name),
      textCell(column.identity === null ? '' : defaultText(column)),
    ]),
  );
  return { columns, rows, nameIndex: 2 };
}

/** The JSON form of a type in SHOW COLUMNS (sql-reference/sql/show-columns). */
function typeDocument(type: DataType, nullable: boolean): Record<string, unknown> {
  switch (type.kind) {
    case 'NUMBER':
      return { type: 'FIXED', precision: type.precision, scale: type.scale, nullable };
    case 'FLOAT':
      return { type: 'REAL', nullable };
    case 'VARCHAR':
      return {
        type: 'TEXT',
        length: type.length,
        byteLength: Math.min(type.length * 4, 16_777_216),
        nullable,
        fixed: false,
      };
    case 'BINARY':
      return { type: 'BINARY', length: type.length, byteLength: type.length, nullable, fixed: true };
    case 'TIME':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return { type: type.kind, precision: 0, scale: type.scale, nullable };
    case 'VECTOR':
      return {
        type: 'VECTOR',
        dimension: type.dimension,
        vectorElementType: { type: type.element === 'INT' ? 'FIXED' : 'REAL', nullable: false },
        nullable,
      };
    case 'MAP':
      return {
        type: 'MAP',
        keyType: typeDocument(type.key, false),
        valueType: typeDocument(type.value, true),
        nullable,
      };
    case 'DECFLOAT':
    case 'BOOLEAN':
    case 'DATE':
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'GEOGRAPHY':
    case 'GEOMETRY':
    case 'UUID':
    case 'NULL':
      return { type: formatType(type), nullable };
  }
}

export function showPrimaryKeys(statement: Show, run: StatementRun): Listing {
  const columns = [
    timeColumn('created_on'),
    ...['database_name', 'schema_name', 'table_name', 'column_name'].map(textColumn),
    integerColumn('key_sequence'),
    ...['constraint_name', 'rely', 'comment'].map(textColumn),
  ];
  const rows = relationInScope(statement, run).flatMap(({ database, schema, relation }) =>
    relation.primaryKey.map((column, i) => [
      timeCell(relation.createdAt),
      textCell(database.name),
      textCell(schema.name),
      textCell(relation.name),
      textCell(column),
      numberCell(i + 1),
      textCell(`SYS_CONSTRAINT_${relation.id}`),
      textCell('false'),
      textCell(null),
    ]),
  );
  return { columns, rows, nameIndex: 3 };
}
