import type { Position } from '../ast.ts';
import { argumentTypes } from '../errors.ts';
import { commonType } from '../types/common-type.ts';
import { boolean, formatType, varchar, type DataType } from '../types/data-type.ts';
import { isStoredAsText } from '../types/storage.ts';
import { cast } from './cast.ts';
import type { CompileContext } from './context.ts';
import type { Typed } from './typed.ts';

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

const incomparable = new Set<DataType['kind']>(['GEOGRAPHY', 'GEOMETRY', 'VECTOR', 'MAP', 'OBJECT']);

/** Both operands in the type they are compared in. */
export function comparable(
  left: Typed,
  right: Typed,
  context: CompileContext,
  position: Position,
  operator: string,
): [Typed, Typed, DataType] {
  const type = comparisonType(left.type, right.type);
  if (type === null || incomparable.has(type.kind)) {
    throw argumentTypes(position, operatorNames[operator] ?? operator, [formatType(left.type), formatType(right.type)]);
  }
  const wide: DataType = type.kind === 'NUMBER' ? exactNumber(left.type, right.type, type) : type;
  return [
    wide.kind === 'NUMBER' && left.type.kind === 'NUMBER' ? left : cast(left, wide, context),
    wide.kind === 'NUMBER' && right.type.kind === 'NUMBER' ? right : cast(right, wide, context),
    wide,
  ];
}

/** A VARIANT is compared as what it meets; two of them by their JSON text. */
function comparisonType(left: DataType, right: DataType): DataType | null {
  const other = left.kind === 'VARIANT' ? right : right.kind === 'VARIANT' ? left : null;
  if (other === null || other.kind === 'VARIANT') return commonType(left, right);
  return other.kind === 'VARCHAR' ? varchar() : other;
}

/** Numbers compare by value whatever their scales; text that meets a number is read as a wide one. */
function exactNumber(left: DataType, right: DataType, type: DataType): DataType {
  if (left.kind === 'NUMBER' && right.kind === 'NUMBER') return type;
  const scale = left.kind === 'NUMBER' ? left.scale : right.kind === 'NUMBER' ? right.scale : 0;
  return { kind: 'NUMBER', precision: 38, scale: Math.max(scale, 12) };
}

const operatorNames: Readonly<Record<string, string>> = {
  '=': 'EQUAL',
  '<>': 'NOT_EQUAL',
  '<': 'LESS_THAN',
  '<=': 'LESS_THAN_OR_EQUAL',
  '>': 'GREATER_THAN',
  '>=': 'GREATER_THAN_OR_EQUAL',
};

/** SQL by which a value of the type sorts and compares as Snowflake does: text by bytes, TIMESTAMP_TZ by its instant. */
export function sortKey(sql: string, type: DataType): string {
  if (isStoredAsText(type)) return `${sql} COLLATE "C"`;
  if (type.kind === 'TIMESTAMP_TZ') return `sf.tz_ltz(${sql})`;
  return sql;
}

export function compare(
  operator: Comparison,
  left: Typed,
  right: Typed,
  context: CompileContext,
  position: Position,
): Typed {
  const [a, b, type] = comparable(left, right, context, position, operator);
  const nullable = left.nullable || right.nullable;
  const equality = operator === '=' || operator === '<>';
  if (type.kind === 'TIMESTAMP_TZ') {
    return { sql: `(sf.tz_ltz(${a.sql}) ${operator} sf.tz_ltz(${b.sql}))`, type: boolean, nullable };
  }
  const collation = !equality && isStoredAsText(type) ? ' COLLATE "C"' : '';
  return { sql: `(${a.sql} ${operator} ${b.sql}${collation})`, type: boolean, nullable };
}
