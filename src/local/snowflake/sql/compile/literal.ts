import type { Position } from '../ast.ts';
import type { Bind } from '../../engine.ts';
import { compilationError } from '../errors.ts';
import {
  binary,
  boolean,
  date,
  float,
  number,
  time,
  timestampLtz,
  timestampNtz,
  timestampTz,
  untypedNull,
  varchar,
  type DataType,
} from '../types/data-type.ts';
import { encodeText, quoteLiteral } from '../types/stored-text.ts';
import type { Typed } from './typed.ts';

export const nullLiteral: Typed = { sql: 'NULL', type: untypedNull, nullable: true };

export function textLiteral(value: string): Typed {
  const length = Math.max(1, Array.from(value).length);
  return { sql: `${quoteLiteral(encodeText(value))}::text`, type: varchar(length), nullable: false, constant: value };
}

export function booleanLiteral(value: boolean): Typed {
  return { sql: value ? 'true' : 'false', type: boolean, nullable: false };
}

/** A fixed-point constant keeps its digits; one with an exponent is a FLOAT (sql-reference/data-types-numeric, "Numeric constants"). */
export function numberLiteral(text: string): Typed {
  if (/[eE]/u.test(text)) return { sql: `'${text}'::double precision`, type: float, nullable: false };
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const digits = whole.replace(/^0+/u, '');
  if (digits.length + fraction.length > 38) {
    return { sql: `'${text}'::double precision`, type: float, nullable: false };
  }
  const precision = Math.max(1, digits.length + fraction.length);
  return { sql: `'${text}'::numeric`, type: number(precision, fraction.length), nullable: false };
}

export function integerLiteral(value: number | bigint): Typed {
  return numberLiteral(value.toString());
}

/** A bind value as a typed constant. Times arrive as the driver sends them: milliseconds or nanoseconds since the epoch. */
export function bindLiteral(bind: Bind, position: Position): Typed {
  const { value } = bind;
  const type = bind.type.toUpperCase();
  if (value === null)
    return { ...nullLiteral, type: type === 'TEXT' || type === 'ANY' ? untypedNull : bindType(type, position) };
  switch (type) {
    case 'TEXT':
    case 'ANY':
      return textLiteral(value);
    case 'FIXED':
      if (!/^[+-]?[0-9]+(\.[0-9]+)?$/u.test(value)) break;
      return numberLiteral(value.replace('+', ''));
    case 'REAL':
      return { sql: `${quoteLiteral(realText(value))}::double precision`, type: float, nullable: false };
    case 'BOOLEAN':
      return booleanLiteral(/^(true|1)$/iu.test(value));
    case 'BINARY':
      if (!/^([0-9a-f]{2})*$/iu.test(value)) break;
      return { sql: `'\\x${value}'::bytea`, type: binary(), nullable: false };
    case 'DATE':
      if (!/^-?[0-9]+$/u.test(value)) break;
      return { sql: `('1970-01-01'::date + ${BigInt(value) / 86_400_000n}::int)`, type: date, nullable: false };
    case 'TIME':
      if (!/^[0-9]+$/u.test(value)) break;
      return { sql: `'${value}'::bigint`, type: time, nullable: false };
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ': {
      if (!/^-?[0-9]+$/u.test(value)) break;
      return {
        sql: instantSql(BigInt(value)),
        type: type === 'TIMESTAMP_NTZ' ? timestampNtz : timestampLtz,
        nullable: false,
      };
    }
    case 'TIMESTAMP_TZ': {
      const [nanoseconds = '', offset = '1440'] = value.split(' ');
      if (!/^-?[0-9]+$/u.test(nanoseconds) || !/^[0-9]+$/u.test(offset)) break;
      return { sql: offsetInstantSql(BigInt(nanoseconds), Number(offset) - 1440), type: timestampTz, nullable: false };
    }
    default:
      throw compilationError(2049, '42601', `Invalid bind type '${bind.type}' at position ${position.column}`);
  }
  throw compilationError(100132, '22000', `Bind value '${value}' is not a ${type}`);
}

function bindType(type: string, position: Position): DataType {
  const types: Readonly<Record<string, DataType>> = {
    FIXED: number(38, 0),
    REAL: float,
    BOOLEAN: boolean,
    BINARY: binary(),
    DATE: date,
    TIME: time,
    TIMESTAMP_NTZ: timestampNtz,
    TIMESTAMP_LTZ: timestampLtz,
    TIMESTAMP_TZ: timestampTz,
  };
  const found = types[type];
  if (found === undefined)
    throw compilationError(2049, '42601', `Invalid bind type '${type}' at position ${position.column}`);
  return found;
}

function realText(value: string): string {
  if (/^[+-]?inf(inity)?$/iu.test(value)) return value.startsWith('-') ? '-Infinity' : 'Infinity';
  return value;
}

function parts(nanoseconds: bigint): [string, string] {
  const remainder = ((nanoseconds % 1000n) + 1000n) % 1000n;
  const microseconds = (nanoseconds - remainder) / 1000n;
  return [`('1970-01-01'::timestamp + ${microseconds} * interval '1 microsecond')`, remainder.toString()];
}

export function instantSql(nanoseconds: bigint): string {
  const [timestamp, remainder] = parts(nanoseconds);
  return `ROW(${timestamp}, ${remainder})::sf.ts`;
}

export function offsetInstantSql(nanoseconds: bigint, offset: number): string {
  const [timestamp, remainder] = parts(nanoseconds);
  return `ROW(${timestamp}, ${remainder}, ${offset})::sf.tz`;
}
