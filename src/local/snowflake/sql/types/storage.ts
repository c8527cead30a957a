import type { DataType } from './data-type.ts';

/** The schema of the engine's own Postgres types and functions. */
export const engineSchema = 'sf';

/**
 * The Postgres type that holds a Snowflake type exactly.
 *
 * - NUMBER and DECFLOAT are `numeric` whose display scale is the type's scale; FLOAT is `double precision`, bit for bit.
 * - TIME is nanoseconds of the day. TIMESTAMP_NTZ and _LTZ are `sf.ts`, a timestamp to the microsecond (_LTZ in UTC) with the
 *   remaining 0..999 nanoseconds; TIMESTAMP_TZ is `sf.tz`, the same in UTC with an offset in minutes.
 * - VARIANT, OBJECT, ARRAY and MAP are their canonical JSON text: no spaces, keys sorted, numbers as Snowflake prints them.
 * - VARCHAR is text in the form of `stored-text.ts`.
 */
export function storageType(type: DataType): string {
  switch (type.kind) {
    case 'NUMBER':
    case 'DECFLOAT':
      return 'numeric';
    case 'FLOAT':
      return 'double precision';
    case 'VARCHAR':
    case 'NULL':
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'MAP':
      return 'text';
    case 'BINARY':
      return 'bytea';
    case 'BOOLEAN':
      return 'boolean';
    case 'DATE':
      return 'date';
    case 'TIME':
      return 'bigint';
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
      return 'sf.ts';
    case 'TIMESTAMP_TZ':
      return 'sf.tz';
    case 'GEOGRAPHY':
    case 'GEOMETRY':
      return 'geometry';
    case 'VECTOR':
      return type.element === 'FLOAT' ? 'real[]' : 'integer[]';
    case 'UUID':
      return 'uuid';
  }
}

/** Whether values are ordered as text, so that a comparison must be told to go by bytes as Snowflake's does. */
export function isStoredAsText(type: DataType): boolean {
  return storageType(type) === 'text';
}
