import { float, isGeospatial, isTimestamp, number, type DataType } from './data-type.ts';

/**
 * The type that both operands of CASE, COALESCE, UNION, VALUES, IN or a comparison are converted to, or null where Snowflake
 * would refuse. Numbers keep enough integer digits and enough scale of both (sql-reference/data-type-conversion).
 */
export function commonType(a: DataType, b: DataType): DataType | null {
  if (a.kind === 'NULL') return b;
  if (b.kind === 'NULL') return a;
  if (a.kind === 'NUMBER' && b.kind === 'NUMBER') {
    const scale = Math.max(a.scale, b.scale);
    const whole = Math.max(a.precision - a.scale, b.precision - b.scale);
    return number(Math.min(38, whole + scale), scale);
  }
  if (a.kind === 'VARCHAR' && b.kind === 'VARCHAR') return a.length >= b.length ? a : b;
  if (a.kind === 'BINARY' && b.kind === 'BINARY') return a.length >= b.length ? a : b;
  if (a.kind === 'TIME' && b.kind === 'TIME') return a.scale >= b.scale ? a : b;
  if (isTimestamp(a) && isTimestamp(b)) {
    const scale = Math.max(a.scale, b.scale);
    if (a.kind === b.kind) return { kind: a.kind, scale };
    const kinds = [a.kind, b.kind];
    return { kind: kinds.includes('TIMESTAMP_TZ') ? 'TIMESTAMP_TZ' : 'TIMESTAMP_LTZ', scale };
  }
  if (a.kind === b.kind) {
    if (a.kind === 'VECTOR' && b.kind === 'VECTOR' && (a.element !== b.element || a.dimension !== b.dimension))
      return null;
    return a;
  }
  return mixedType(a, b) ?? mixedType(b, a);
}

function mixedType(a: DataType, b: DataType): DataType | null {
  if (a.kind === 'VARIANT') return isGeospatial(b) ? null : a;
  if (a.kind === 'FLOAT' && (b.kind === 'NUMBER' || b.kind === 'VARCHAR')) return float;
  if (a.kind === 'DECFLOAT' && (b.kind === 'NUMBER' || b.kind === 'FLOAT' || b.kind === 'VARCHAR')) return a;
  if (a.kind === 'NUMBER' && b.kind === 'VARCHAR') return number(38, Math.max(a.scale, 5));
  if (a.kind === 'DATE' && b.kind === 'VARCHAR') return a;
  if (a.kind === 'TIME' && b.kind === 'VARCHAR') return a;
  if (isTimestamp(a) && (b.kind === 'VARCHAR' || b.kind === 'DATE')) return a;
  if (a.kind === 'BOOLEAN' && (b.kind === 'VARCHAR' || b.kind === 'NUMBER')) return a;
  if (a.kind === 'UUID' && b.kind === 'VARCHAR') return a;
  return null;
}
