/**
 * Snowflake's data types as `DESCRIBE RESULT` prints them.
 * @see https://docs.snowflake.com/en/sql-reference/intro-summary-data-types
 */

export type SnowflakeType =
  | { readonly kind: 'number'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'decfloat' }
  | { readonly kind: 'float' }
  | { readonly kind: 'text'; readonly length: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'date' }
  | { readonly kind: 'time' }
  | { readonly kind: 'timestamp_ntz' }
  | { readonly kind: 'timestamp_ltz' }
  | { readonly kind: 'timestamp_tz' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'variant' }
  | { readonly kind: 'object' }
  | { readonly kind: 'array' }
  | { readonly kind: 'map' }
  | { readonly kind: 'geography' }
  | { readonly kind: 'geometry' }
  | { readonly kind: 'vector'; readonly element: string; readonly dimension: number }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'file' }
  | { readonly kind: 'unknown' };

/** VARCHAR without a length: 16 MB, in characters. */
const defaultTextLength = 16_777_216;

const fixedTypes: Readonly<Record<string, SnowflakeType>> = {
  FLOAT: { kind: 'float' },
  FLOAT4: { kind: 'float' },
  FLOAT8: { kind: 'float' },
  DOUBLE: { kind: 'float' },
  'DOUBLE PRECISION': { kind: 'float' },
  REAL: { kind: 'float' },
  DECFLOAT: { kind: 'decfloat' },
  BOOLEAN: { kind: 'boolean' },
  DATE: { kind: 'date' },
  TIME: { kind: 'time' },
  DATETIME: { kind: 'timestamp_ntz' },
  TIMESTAMP_NTZ: { kind: 'timestamp_ntz' },
  TIMESTAMP_LTZ: { kind: 'timestamp_ltz' },
  TIMESTAMP_TZ: { kind: 'timestamp_tz' },
  BINARY: { kind: 'binary' },
  VARBINARY: { kind: 'binary' },
  VARIANT: { kind: 'variant' },
  OBJECT: { kind: 'object' },
  ARRAY: { kind: 'array' },
  MAP: { kind: 'map' },
  GEOGRAPHY: { kind: 'geography' },
  GEOMETRY: { kind: 'geometry' },
  UUID: { kind: 'uuid' },
  FILE: { kind: 'file' },
};

const textTypes = new Set(['VARCHAR', 'STRING', 'TEXT', 'CHAR', 'CHARACTER', 'NVARCHAR']);
const numberTypes = new Set(['NUMBER', 'DECIMAL', 'NUMERIC']);

/** Reads a full type text. A type that this version does not know is `unknown`, never an error: it travels as text. */
export function parseSnowflakeType(text: string): SnowflakeType {
  const match = /^\s*([A-Za-z_][A-Za-z0-9_]*(?:\s+PRECISION)?)\s*(?:\((.*)\))?/is.exec(text);
  const name = match?.[1]?.toUpperCase().replace(/\s+/g, ' ') ?? '';
  const parameters = (match?.[2] ?? '').split(',').map((parameter) => parameter.trim());
  const number = (index: number, fallback: number): number => {
    const parameter = parameters[index];
    return parameter !== undefined && /^\d+$/.test(parameter) ? Number(parameter) : fallback;
  };
  if (numberTypes.has(name)) return { kind: 'number', precision: number(0, 38), scale: number(1, 0) };
  if (textTypes.has(name)) return { kind: 'text', length: number(0, defaultTextLength) };
  if (name === 'VECTOR')
    return { kind: 'vector', element: (parameters[0] ?? 'FLOAT').toUpperCase(), dimension: number(1, 0) };
  return fixedTypes[name] ?? { kind: 'unknown' };
}
