import type { ResultColumn } from '../engine.ts';
import { parseType, type ParsedType } from './type-text.ts';

/** A column (or, in `fields`, a part of a structured type) as the service describes it to drivers. */
export interface WireColumn {
  readonly name: string;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly type: string;
  readonly extTypeName?: string;
  readonly nullable: boolean;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly length: number | null;
  readonly byteLength: number | null;
  readonly vectorDimension?: number;
  readonly collation: null;
  readonly fields?: readonly WireColumn[];
}

/** How geospatial values are written in this session, as GEOGRAPHY_OUTPUT_FORMAT and GEOMETRY_OUTPUT_FORMAT say. */
export interface GeospatialFormats {
  readonly geography: string;
  readonly geometry: string;
}

type Shape = Partial<
  Pick<WireColumn, 'precision' | 'scale' | 'length' | 'byteLength' | 'extTypeName' | 'vectorDimension' | 'fields'>
> & {
  readonly type: string;
};

const MAX_BYTES = 134_217_728;
const DEFAULT_TEXT_LENGTH = 16_777_216;
const DEFAULT_BINARY_LENGTH = 8_388_608;

/**
 * A geospatial column's shape depends on the session's output format: an OBJECT for GeoJSON, BINARY for WKB and EWKB,
 * text for WKT and EWKT. The type itself is only in `extTypeName`, which the Node driver does not hand on.
 */
function geospatial(type: string, format: string): Shape {
  switch (format.toUpperCase()) {
    case 'WKB':
    case 'EWKB':
      return { type: 'binary', extTypeName: type, length: DEFAULT_BINARY_LENGTH, byteLength: DEFAULT_BINARY_LENGTH };
    case 'WKT':
    case 'EWKT':
      return { type: 'text', extTypeName: type, length: DEFAULT_TEXT_LENGTH, byteLength: DEFAULT_TEXT_LENGTH };
    default:
      return { type: 'object', extTypeName: type };
  }
}

function field(name: string, type: ParsedType, nullable: boolean, formats: GeospatialFormats): WireColumn {
  return column(name, type, nullable, { database: '', schema: '', table: '' }, formats);
}

function structured(type: string, parsed: ParsedType, formats: GeospatialFormats): Shape {
  if (parsed.parts.length === 0) return { type };
  return { type, fields: parsed.parts.map((part) => field(part.name, part.type, !part.notNull, formats)) };
}

function shapeOf(parsed: ParsedType, formats: GeospatialFormats): Shape {
  const [first, second] = parsed.numbers;
  switch (parsed.name) {
    case 'NUMBER':
      return { type: 'fixed', precision: first ?? 38, scale: second ?? 0 };
    case 'DECFLOAT':
      return { type: 'decfloat', precision: first ?? 38, scale: null };
    case 'FLOAT':
      return { type: 'real' };
    case 'VARCHAR': {
      const length = first ?? DEFAULT_TEXT_LENGTH;
      const bytes = Math.min(length * 4, Math.max(length, DEFAULT_TEXT_LENGTH), MAX_BYTES);
      return { type: 'text', length, byteLength: bytes };
    }
    case 'BINARY':
      return { type: 'binary', length: first ?? DEFAULT_BINARY_LENGTH, byteLength: first ?? DEFAULT_BINARY_LENGTH };
    case 'BOOLEAN':
      return { type: 'boolean' };
    case 'DATE':
      return { type: 'date' };
    case 'TIME':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return { type: parsed.name.toLowerCase(), precision: 0, scale: first ?? 9 };
    case 'VARIANT':
      return { type: 'variant' };
    case 'OBJECT':
    case 'ARRAY':
    case 'MAP':
      return structured(parsed.name.toLowerCase(), parsed, formats);
    case 'VECTOR':
      return {
        type: 'vector',
        vectorDimension: first ?? 0,
        fields: parsed.parts.map((part) => field('', part.type, true, formats)),
      };
    case 'GEOGRAPHY':
      return geospatial('GEOGRAPHY', formats.geography);
    case 'GEOMETRY':
      return geospatial('GEOMETRY', formats.geometry);
    case 'UUID':
    case 'FILE':
      return { type: 'text', extTypeName: parsed.name, length: DEFAULT_TEXT_LENGTH, byteLength: DEFAULT_TEXT_LENGTH };
    default:
      throw new Error(`Result column of an unknown type: ${parsed.name}`);
  }
}

function column(
  name: string,
  parsed: ParsedType,
  nullable: boolean,
  origin: { readonly database: string; readonly schema: string; readonly table: string },
  formats: GeospatialFormats,
): WireColumn {
  return {
    name,
    database: origin.database,
    schema: origin.schema,
    table: origin.table,
    nullable,
    precision: null,
    scale: null,
    length: null,
    byteLength: null,
    collation: null,
    ...shapeOf(parsed, formats),
  };
}

/**
 * The `rowtype` entry of a result column, as the driver gets it. Throws for a type text that Snowflake does not have.
 * The fields' names and the physical type names are those that the driver's own `connection/result/column.js` reads.
 */
export function rowType(result: ResultColumn, formats: GeospatialFormats): WireColumn {
  const origin = result.origin ?? { database: '', schema: '', table: '' };
  return column(result.name, parseType(result.type), result.nullable, origin, formats);
}
