import { inputTextOf } from '../extract/type-table.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import { parsePostgresType, type PostgresTypeName } from '../postgres/type-name.ts';
import type { SnowflakeType } from '../snowflake/data-types.ts';
import { sourceFloatText, targetFloatText, type FloatColumn } from './float-bits.ts';

/**
 * One text for one value, on both sides: what a source value is once it is stored in the target column, written by Snowflake from
 * the source and by Postgres from the column. Where the two cannot be shown to be the same, the column is not hashed.
 */
export interface CanonicalText {
  /** Over the source's columns, and over the parts of {@link float}. NULL for NULL. */
  readonly source: string;
  /** Over the target's columns. NULL for NULL. */
  readonly target: string;
  /** Any character may be in it; otherwise letters, digits, `+`, `-`, `.`, `:` and spaces alone. */
  readonly free: boolean;
  /** What has to be computed first in Snowflake. */
  readonly float: FloatColumn | null;
}

export interface NoCanonicalText {
  readonly reason: string;
}

/** A source column and the target column that it fills. */
export interface ColumnPair {
  readonly sourceType: SnowflakeType;
  /** As Snowflake prints it. */
  readonly sourceTypeText: string;
  /** Quoted. */
  readonly sourceColumn: string;
  /** As `format_type` prints it under `search_path = pg_catalog`. */
  readonly targetType: string;
  /** Unquoted. */
  readonly targetColumn: string;
}

export interface CanonicalOptions {
  /** Characters that Postgres cannot hold were left out of the target. */
  readonly strip: boolean;
  /** Where PostGIS is installed; null where it is not. */
  readonly postgisSchema: string | null;
  readonly float: FloatColumn;
}

/** The canonical text of a column, or why there is none. */
export function canonicalText(pair: ColumnPair, options: CanonicalOptions): CanonicalText | NoCanonicalText {
  const target = parsePostgresType(pair.targetType);
  const column = quoteIdentifier(pair.targetColumn);
  const text = (source: string, asTarget = `${column}::text`): CanonicalText => ({
    source,
    target: asTarget,
    free: false,
    float: null,
  });
  if (target.schema === null && textTypes.has(target.name)) {
    return { source: storedText(pair, target, options), target: `${column}::text`, free: true, float: null };
  }
  const { sourceType: type, sourceColumn: source } = pair;
  const builtIn = target.schema === null ? target.name : '';
  switch (type.kind) {
    case 'number':
      return numberText(type, source, target, column) ?? unlike(pair);
    case 'float':
      if (builtIn !== 'double precision') return unlike(pair);
      return { ...text(sourceFloatText(options.float), targetFloatText(column)), float: options.float };
    case 'boolean':
      if (builtIn !== 'boolean') return unlike(pair);
      return text(
        inputTextOf(type, source, { postgresType: '', strip: false }),
        `CASE ${column} WHEN true THEN 't' WHEN false THEN 'f' END`,
      );
    case 'date':
    case 'time':
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz': {
      const written = dateTimeText(type.kind, source, target);
      return written === undefined ? unlike(pair) : text(written);
    }
    case 'binary':
      return builtIn === 'bytea' ? text(`HEX_ENCODE(${source}, 0)`, `encode(${column}, 'hex')`) : unlike(pair);
    case 'uuid':
      return builtIn === 'uuid' ? text(`LOWER(TO_VARCHAR(${source}))`) : unlike(pair);
    case 'geography':
    case 'geometry':
      return geometryText(type.kind, source, target, column, options.postgisSchema) ?? unlike(pair);
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
      return { reason: 'one JSON value has many texts, so it cannot be hashed' };
    case 'vector':
      return { reason: 'Snowflake rounds the elements of a vector in its text, so it cannot be hashed' };
    case 'text':
    case 'decfloat':
    case 'file':
    case 'unknown':
      return unlike(pair);
  }
}

function unlike({ sourceTypeText, targetType }: ColumnPair): NoCanonicalText {
  return { reason: `no text of ${sourceTypeText} is known to be the one of its ${targetType}` };
}

const textTypes = new Set(['text', 'character varying', 'character']);

/**
 * What a text column holds of a value: the very text that was copied. Postgres cuts spaces beyond the length of a varchar, and never
 * counts the ones at the end of a char.
 * @see https://www.postgresql.org/docs/current/datatype-character.html
 */
function storedText(pair: ColumnPair, target: PostgresTypeName, { strip }: CanonicalOptions): string {
  const text = inputTextOf(pair.sourceType, pair.sourceColumn, { postgresType: pair.targetType, strip });
  if (target.name === 'character') return `RTRIM(${text}, ' ')`;
  const length = target.modifiers[0];
  const longer = length !== undefined && pair.sourceType.kind === 'text' && pair.sourceType.length > Number(length);
  return longer ? `IFF(LENGTH(RTRIM(${text}, ' ')) <= ${length}, LEFT(${text}, ${length}), ${text})` : text;
}

const integerTypes = new Set(['smallint', 'integer', 'bigint']);

/** Digits without zeros at the end of a fraction. A `numeric` of a smaller scale has rounded, half away from zero, as Snowflake does. */
function numberText(
  { precision, scale }: Extract<SnowflakeType, { kind: 'number' }>,
  source: string,
  target: PostgresTypeName,
  column: string,
): CanonicalText | undefined {
  if (target.schema !== null) return undefined;
  const digits = (text: string, places: number): string =>
    places > 0 ? `RTRIM(RTRIM(TO_VARCHAR(${text}), '0'), '.')` : `TO_VARCHAR(${text})`;
  const exact = { source: digits(source, scale), free: false, float: null };
  if (integerTypes.has(target.name)) return { ...exact, target: `${column}::text` };
  if (target.name === 'numeric') {
    const targetScale = target.modifiers[0] === undefined ? scale : Number(target.modifiers[1] ?? 0);
    const stored = { target: `trim_scale(${column})::text`, free: false, float: null };
    if (targetScale >= scale) return { ...exact, ...stored };
    return targetScale < 0 ? undefined : { ...stored, source: digits(`ROUND(${source}, ${targetScale})`, targetScale) };
  }
  // So many digits come back from a float as they went in: its shortest text is then that number's.
  const floatDigits = target.name === 'double precision' ? 15 : target.name === 'real' ? 6 : 0;
  if (precision > floatDigits) return undefined;
  return {
    ...exact,
    target: `CASE WHEN ${column} = 0 THEN ${column}::text ELSE trim_scale(${column}::text::numeric)::text END`,
  };
}

/** Postgres' ISO text in UTC, which has no zeros at the end of a second's fraction. A column of fewer digits than six has rounded. */
function dateTimeText(
  kind: 'date' | 'time' | 'timestamp_ntz' | 'timestamp_ltz' | 'timestamp_tz',
  source: string,
  { schema, name, modifiers }: PostgresTypeName,
): string | undefined {
  if (schema !== null || (modifiers[0] ?? '6') !== '6') return undefined;
  const trimmed = (text: string): string => `RTRIM(RTRIM(${text}, '0'), '.')`;
  if (kind === 'time') {
    return name === 'time without time zone' ? trimmed(`TO_VARCHAR(${source}, 'HH24:MI:SS.FF6')`) : undefined;
  }
  const zoned = kind === 'timestamp_ltz' || kind === 'timestamp_tz';
  const value = zoned ? `CONVERT_TIMEZONE('UTC', ${source})` : source;
  const second =
    kind === 'date'
      ? `TO_VARCHAR(${value}, 'YYYY-MM-DD') || ' 00:00:00'`
      : trimmed(`TO_VARCHAR(${value}, 'YYYY-MM-DD HH24:MI:SS.FF6')`);
  switch (name) {
    case 'date':
      return `TO_VARCHAR(${value}, 'YYYY-MM-DD')`;
    case 'timestamp without time zone':
      return second;
    case 'timestamp with time zone':
      return `${second} || '+00'`;
    default:
      return undefined;
  }
}

/**
 * Little-endian EWKB in hex. Of a geometry without an SRID it is plain WKB, since no page says whether ST_ASEWKB then writes one; a
 * column with an SRID gives it to such geometries.
 * @see https://postgis.net/docs/ST_AsEWKB.html
 */
function geometryText(
  kind: 'geography' | 'geometry',
  source: string,
  { schema, name, modifiers }: PostgresTypeName,
  column: string,
  postgisSchema: string | null,
): CanonicalText | undefined {
  if (postgisSchema === null || schema !== postgisSchema || (name !== 'geometry' && name !== 'geography'))
    return undefined;
  const srid = Number(modifiers[1] ?? 0);
  const unreferenced = srid === 0 ? `ST_ASWKB(${source})` : `ST_ASEWKB(ST_SETSRID(${source}, ${srid}))`;
  const ewkb =
    kind === 'geography'
      ? `ST_ASEWKB(${source})`
      : `IFF(ST_SRID(${source}) = 0, ${unreferenced}, ST_ASEWKB(${source}))`;
  const postgis = quoteIdentifier(postgisSchema);
  const value = name === 'geography' ? `${column}::${postgis}.geometry` : column;
  return {
    source: `HEX_ENCODE(${ewkb}, 0)`,
    target: `encode(${postgis}.st_asewkb(${value}, 'NDR'), 'hex')`,
    free: false,
    float: null,
  };
}
