import type { TypeName } from '../ast.ts';
import { compilationError, unsupported } from '../errors.ts';

/** A Snowflake type with all its parameters (sql-reference/intro-summary-data-types). */
export type DataType =
  | { readonly kind: 'NUMBER'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'DECFLOAT' }
  | { readonly kind: 'FLOAT' }
  | { readonly kind: 'VARCHAR'; readonly length: number }
  | { readonly kind: 'BINARY'; readonly length: number }
  | { readonly kind: 'BOOLEAN' }
  | { readonly kind: 'DATE' }
  | { readonly kind: 'TIME'; readonly scale: number }
  | { readonly kind: 'TIMESTAMP_NTZ'; readonly scale: number }
  | { readonly kind: 'TIMESTAMP_LTZ'; readonly scale: number }
  | { readonly kind: 'TIMESTAMP_TZ'; readonly scale: number }
  | { readonly kind: 'VARIANT' }
  | { readonly kind: 'OBJECT' }
  | { readonly kind: 'ARRAY' }
  | { readonly kind: 'MAP'; readonly key: DataType; readonly value: DataType }
  | { readonly kind: 'GEOGRAPHY' }
  | { readonly kind: 'GEOMETRY' }
  | { readonly kind: 'VECTOR'; readonly element: 'FLOAT' | 'INT'; readonly dimension: number }
  | { readonly kind: 'UUID' }
  /** The type of a bare NULL, which fits every other. */
  | { readonly kind: 'NULL' };

export type TypeKind = DataType['kind'];

export const maxVarchar = 16_777_216;
/** What an explicit length may reach (sql-reference/data-types-text). */
const maxExplicitVarchar = 134_217_728;
export const maxBinary = 8_388_608;
const maxExplicitBinary = 67_108_864;

export const number = (precision: number, scale: number): DataType => ({ kind: 'NUMBER', precision, scale });
export const varchar = (length: number = maxVarchar): DataType => ({
  kind: 'VARCHAR',
  length: Math.min(length, maxVarchar),
});
export const binary = (length: number = maxBinary): DataType => ({
  kind: 'BINARY',
  length: Math.min(length, maxBinary),
});
export const integer = number(38, 0);
export const float: DataType = { kind: 'FLOAT' };
export const boolean: DataType = { kind: 'BOOLEAN' };
export const date: DataType = { kind: 'DATE' };
export const time: DataType = { kind: 'TIME', scale: 9 };
export const timestampNtz: DataType = { kind: 'TIMESTAMP_NTZ', scale: 9 };
export const timestampLtz: DataType = { kind: 'TIMESTAMP_LTZ', scale: 9 };
export const timestampTz: DataType = { kind: 'TIMESTAMP_TZ', scale: 9 };
export const variant: DataType = { kind: 'VARIANT' };
export const array: DataType = { kind: 'ARRAY' };
export const object: DataType = { kind: 'OBJECT' };
export const geography: DataType = { kind: 'GEOGRAPHY' };
export const geometry: DataType = { kind: 'GEOMETRY' };
export const untypedNull: DataType = { kind: 'NULL' };

/** The full text of a type as DESCRIBE prints it. */
export function formatType(type: DataType): string {
  switch (type.kind) {
    case 'NUMBER':
      return `NUMBER(${type.precision},${type.scale})`;
    case 'DECFLOAT':
      return 'DECFLOAT(38)';
    case 'VARCHAR':
    case 'BINARY':
      return `${type.kind}(${type.length})`;
    case 'TIME':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return `${type.kind}(${type.scale})`;
    case 'MAP':
      return `MAP(${formatType(type.key)}, ${formatType(type.value)})`;
    case 'VECTOR':
      return `VECTOR(${type.element}, ${type.dimension})`;
    case 'NULL':
      return `VARCHAR(${maxVarchar})`;
    case 'FLOAT':
    case 'BOOLEAN':
    case 'DATE':
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'GEOGRAPHY':
    case 'GEOMETRY':
    case 'UUID':
      return type.kind;
  }
}

const synonyms = new Map<string, TypeKind>([
  ['NUMBER', 'NUMBER'],
  ['NUMERIC', 'NUMBER'],
  ['DECIMAL', 'NUMBER'],
  ['DEC', 'NUMBER'],
  ['DECFLOAT', 'DECFLOAT'],
  ['FLOAT', 'FLOAT'],
  ['FLOAT4', 'FLOAT'],
  ['FLOAT8', 'FLOAT'],
  ['DOUBLE', 'FLOAT'],
  ['DOUBLE PRECISION', 'FLOAT'],
  ['REAL', 'FLOAT'],
  ['VARCHAR', 'VARCHAR'],
  ['STRING', 'VARCHAR'],
  ['TEXT', 'VARCHAR'],
  ['NVARCHAR', 'VARCHAR'],
  ['NVARCHAR2', 'VARCHAR'],
  ['CHAR VARYING', 'VARCHAR'],
  ['BINARY', 'BINARY'],
  ['VARBINARY', 'BINARY'],
  ['BOOLEAN', 'BOOLEAN'],
  ['BOOL', 'BOOLEAN'],
  ['DATE', 'DATE'],
  ['TIME', 'TIME'],
  ['TIMESTAMP_NTZ', 'TIMESTAMP_NTZ'],
  ['TIMESTAMPNTZ', 'TIMESTAMP_NTZ'],
  ['DATETIME', 'TIMESTAMP_NTZ'],
  ['TIMESTAMP_LTZ', 'TIMESTAMP_LTZ'],
  ['TIMESTAMPLTZ', 'TIMESTAMP_LTZ'],
  ['TIMESTAMP_TZ', 'TIMESTAMP_TZ'],
  ['TIMESTAMPTZ', 'TIMESTAMP_TZ'],
  ['VARIANT', 'VARIANT'],
  ['OBJECT', 'OBJECT'],
  ['ARRAY', 'ARRAY'],
  ['MAP', 'MAP'],
  ['GEOGRAPHY', 'GEOGRAPHY'],
  ['GEOMETRY', 'GEOMETRY'],
  ['VECTOR', 'VECTOR'],
  ['UUID', 'UUID'],
]);

const integers = new Set(['INT', 'INTEGER', 'BIGINT', 'SMALLINT', 'TINYINT', 'BYTEINT']);
const characters = new Set(['CHAR', 'CHARACTER', 'NCHAR']);
const unsupportedTypes = new Set(['FILE', 'INTERVAL']);

/** What plain TIMESTAMP means is the session's parameter TIMESTAMP_TYPE_MAPPING. */
export type TimestampMapping = 'TIMESTAMP_NTZ' | 'TIMESTAMP_LTZ' | 'TIMESTAMP_TZ';

/** Resolves a type as written. Throws 2040 for an unknown name and 2 for one that the stand-in does not hold. */
export function resolveType(name: TypeName, timestamp: TimestampMapping = 'TIMESTAMP_NTZ'): DataType {
  if (integers.has(name.name)) {
    expectParameters(name, 0, 0);
    return integer;
  }
  if (characters.has(name.name)) return { kind: 'VARCHAR', length: lengthOf(name, 1, maxExplicitVarchar) };
  if (unsupportedTypes.has(name.name)) throw unsupported(name.name);
  const kind = name.name === 'TIMESTAMP' ? timestamp : synonyms.get(name.name);
  if (kind === undefined) throw compilationError(2040, '42601', `Unsupported data type '${name.name}'.`);
  switch (kind) {
    case 'NUMBER': {
      expectParameters(name, 0, 2);
      const [precision = 38, scale = 0] = name.parameters;
      if (typeof precision !== 'number' || precision < 1 || precision > 38) throw invalidParameter(name, 'precision');
      if (typeof scale !== 'number' || scale < 0 || scale > 37 || scale > precision)
        throw invalidParameter(name, 'scale');
      return number(precision, scale);
    }
    case 'VARCHAR':
      return { kind, length: lengthOf(name, maxVarchar, maxExplicitVarchar) };
    case 'BINARY':
      return { kind, length: lengthOf(name, maxBinary, maxExplicitBinary) };
    case 'TIME':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ': {
      expectParameters(name, 0, 1);
      const [scale = 9] = name.parameters;
      if (typeof scale !== 'number' || scale > 9) throw invalidParameter(name, 'scale');
      return { kind, scale };
    }
    case 'MAP': {
      expectParameters(name, 2, 2);
      const [key, value] = name.parameters;
      if (typeof key !== 'object' || typeof value !== 'object') throw invalidParameter(name, 'type');
      const keyType = resolveType(key, timestamp);
      if (keyType.kind !== 'VARCHAR' && !(keyType.kind === 'NUMBER' && keyType.scale === 0)) {
        throw invalidParameter(name, 'key type');
      }
      return { kind, key: keyType, value: resolveType(value, timestamp) };
    }
    case 'VECTOR': {
      expectParameters(name, 2, 2);
      const [element, dimension] = name.parameters;
      const elementName = typeof element === 'object' ? element.name : '';
      if (elementName !== 'FLOAT' && elementName !== 'INT') throw invalidParameter(name, 'element type');
      if (typeof dimension !== 'number' || dimension < 1 || dimension > 4096) throw invalidParameter(name, 'dimension');
      return { kind, element: elementName, dimension };
    }
    case 'DECFLOAT':
      expectParameters(name, 0, 1);
      if (name.parameters.length === 1 && name.parameters[0] !== 38) throw invalidParameter(name, 'precision');
      return { kind };
    case 'FLOAT':
    case 'BOOLEAN':
    case 'DATE':
    case 'VARIANT':
    case 'GEOGRAPHY':
    case 'GEOMETRY':
    case 'UUID':
      expectParameters(name, 0, 0);
      return { kind };
    case 'OBJECT':
    case 'ARRAY':
      if (name.parameters.length > 0) throw unsupported(`structured ${kind}`);
      return { kind };
    case 'NULL':
      throw compilationError(2040, '42601', `Unsupported data type '${name.name}'.`);
  }
}

function expectParameters(name: TypeName, least: number, most: number): void {
  if (name.parameters.length < least || name.parameters.length > most) throw invalidParameter(name, 'parameters');
}

function invalidParameter(name: TypeName, what: string): Error {
  return compilationError(2041, '42601', `Invalid ${what} for data type '${name.name}'.`);
}

function lengthOf(name: TypeName, fallback: number, most: number): number {
  expectParameters(name, 0, 1);
  const [length = fallback] = name.parameters;
  if (typeof length !== 'number' || length < 1 || length > most) throw invalidParameter(name, 'length');
  return length;
}

export function isGeospatial({ kind }: DataType): boolean {
  return kind === 'GEOGRAPHY' || kind === 'GEOMETRY';
}

export function isTimestamp(
  type: DataType,
): type is Extract<DataType, { kind: 'TIMESTAMP_NTZ' | 'TIMESTAMP_LTZ' | 'TIMESTAMP_TZ' }> {
  return type.kind === 'TIMESTAMP_NTZ' || type.kind === 'TIMESTAMP_LTZ' || type.kind === 'TIMESTAMP_TZ';
}

export function isNumeric(type: DataType): boolean {
  return type.kind === 'NUMBER' || type.kind === 'FLOAT' || type.kind === 'DECFLOAT';
}

export function isSemiStructured(type: DataType): boolean {
  return type.kind === 'VARIANT' || type.kind === 'OBJECT' || type.kind === 'ARRAY' || type.kind === 'MAP';
}

export function sameType(a: DataType, b: DataType): boolean {
  return formatType(a) === formatType(b) && (a.kind === 'NULL') === (b.kind === 'NULL');
}
