import type { DataType } from './data-type.ts';
import { isStoredAsText } from './storage.ts';
import { decodeText } from './stored-text.ts';

/** Session parameters that decide how a value looks on the wire. */
export interface WireFormats {
  readonly geography: string;
  readonly geometry: string;
}

/**
 * Postgres SQL for a stored value as the driver's JSON row set has it, before `finishWire`: dates as days since the epoch,
 * times and timestamps as seconds with a fraction of the type's scale, TIMESTAMP_TZ followed by its offset plus 1440 minutes,
 * booleans 1 and 0, binaries as hexadecimal. (The driver's own column.js decided these.)
 */
export function wireSql(sql: string, type: DataType, formats: WireFormats): string {
  switch (type.kind) {
    case 'BOOLEAN':
      return `(${sql})::int::text`;
    case 'DATE':
      return `(${sql} - '1970-01-01'::date)::text`;
    case 'TIME':
      return `trunc((${sql}) * 0.000000001, ${type.scale})::text`;
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
      return `trunc(sf.seconds((${sql}).t, (${sql}).n), ${type.scale})::text`;
    case 'TIMESTAMP_TZ':
      return `trunc(sf.seconds((${sql}).t, (${sql}).n), ${type.scale})::text || ' ' || ((${sql}).o + 1440)`;
    case 'BINARY':
      return `upper(encode(${sql}, 'hex'))`;
    case 'GEOGRAPHY':
      return shapeSql(sql, formats.geography);
    case 'GEOMETRY':
      return shapeSql(sql, formats.geometry);
    case 'FLOAT':
      return `sf.float_text(${sql})`;
    case 'VECTOR':
      return `sf.vector_text(${sql})`;
    case 'DECFLOAT':
      return `sf.decfloat_text(${sql})`;
    case 'NUMBER':
    case 'VARCHAR':
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'MAP':
    case 'UUID':
    case 'NULL':
      return `(${sql})::text`;
  }
}

function shapeSql(sql: string, format: string): string {
  switch (format.toUpperCase()) {
    case 'WKT':
      return `replace(ST_AsText(${sql}), ', ', ',')`;
    case 'EWKT':
      return `'SRID=' || ST_SRID(${sql}) || ';' || replace(ST_AsText(${sql}), ', ', ',')`;
    case 'WKB':
      return `upper(encode(ST_AsBinary(${sql}, 'NDR'), 'hex'))`;
    case 'EWKB':
      return `upper(encode(ST_AsEWKB(${sql}, 'NDR'), 'hex'))`;
    default:
      return `ST_AsGeoJSON(${sql}, 15)`;
  }
}

/** The last step from Postgres' text to the wire: stored text becomes Snowflake's. */
export function finishWire(text: string, type: DataType): string {
  return isStoredAsText(type) ? decodeText(text) : text;
}
