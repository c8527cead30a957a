import type { SnowflakeType } from '../snowflake/data-types.ts';
import { copyEscapes, snowflakeText } from './copy-escapes.ts';

/**
 * The one table of types: for each Snowflake type, the Postgres type that holds it and the Snowflake expression that renders
 * a value as COPY text. Every path (result, stage, deployed procedure, checksum) uses it.
 */

/** Postgres' limit of a varchar's length; a longer or unbounded text is `text`. */
const longestVarchar = 10_485_760;

/** What the target can hold beyond the built-in types. */
export interface TargetTypes {
  /** pgvector is installed. */
  readonly vector: boolean;
}

export interface RenderOptions {
  /** The Postgres type of the target column, as `format_type` prints it. */
  readonly postgresType: string;
  /** Leave out what Postgres cannot hold (U+0000) rather than fail on it. */
  readonly strip: boolean;
}

/** The Postgres type of a new column for values of `type`. */
export function postgresTypeOf(type: SnowflakeType, target: TargetTypes): string {
  switch (type.kind) {
    case 'number':
      if (type.scale > 0) return `numeric(${type.precision},${type.scale})`;
      if (type.precision <= 4) return 'smallint';
      if (type.precision <= 9) return 'integer';
      // NUMBER(38,0) is what INTEGER means in Snowflake: nearly always a 64-bit key. A value that does not fit is an error.
      if (type.precision <= 18 || type.precision === 38) return 'bigint';
      return `numeric(${type.precision},0)`;
    case 'decfloat':
      return 'numeric';
    case 'float':
      return 'double precision';
    case 'text':
      return type.length <= longestVarchar ? `varchar(${type.length})` : 'text';
    case 'boolean':
      return 'boolean';
    case 'date':
      return 'date';
    case 'time':
      return 'time';
    case 'timestamp_ntz':
      return 'timestamp';
    case 'timestamp_ltz':
    case 'timestamp_tz':
      return 'timestamptz';
    case 'binary':
      return 'bytea';
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
      return 'jsonb';
    case 'geography':
      return 'geometry(Geometry,4326)';
    case 'geometry':
      // The SRID is a property of each value in Snowflake, not of the column: only an unconstrained column holds them all.
      return 'geometry';
    case 'vector':
      return target.vector ? `vector(${type.dimension})` : 'real[]';
    case 'uuid':
      return 'uuid';
    case 'file':
    case 'unknown':
      return 'text';
  }
}

/** True for types that travel as their plain text only, which the plan warns of. */
export function isRenderedAsPlainText(type: SnowflakeType): boolean {
  return type.kind === 'file' || type.kind === 'unknown';
}

/**
 * The Snowflake expression whose value is `column` as one field of a COPY text line, without the NULL marker.
 * @param column a quoted column reference; it may appear several times in the expression.
 * @see https://docs.snowflake.com/en/sql-reference/sql-format-models
 * @see https://docs.snowflake.com/en/sql-reference/functions/st_asewkb
 */
export function copyTextOf(type: SnowflakeType, column: string, options: RenderOptions): string {
  const text = inputTextOf(type, column, options);
  switch (type.kind) {
    case 'text':
    case 'file':
    case 'unknown':
      return copyEscapes.reduce((inner, [character, escape]) => `REPLACE(${inner}, ${character}, ${escape})`, text);
    case 'binary':
      return `${snowflakeText(String.raw`\\x`)} || HEX_ENCODE(${column})`;
    case 'variant':
    case 'object':
    case 'array':
    case 'map':
      // JSON text holds no raw control character: only its backslashes need escaping.
      return `REPLACE(${text}, ${backslash}, ${twoBackslashes})`;
    case 'boolean':
    case 'date':
    case 'decfloat':
    case 'float':
    case 'geography':
    case 'geometry':
    case 'number':
    case 'time':
    case 'timestamp_ltz':
    case 'timestamp_ntz':
    case 'timestamp_tz':
    case 'uuid':
    case 'vector':
      return text;
  }
}

/**
 * The Snowflake expression whose value is what Postgres reads as a value of the target column's type: the field of a COPY line
 * before its escapes.
 * @param column a quoted column reference; it may appear several times in the expression.
 * @see https://docs.snowflake.com/en/sql-reference/sql-format-models
 */
export function inputTextOf(type: SnowflakeType, column: string, options: RenderOptions): string {
  switch (type.kind) {
    case 'number':
    case 'decfloat':
    case 'uuid':
      return `TO_VARCHAR(${column})`;
    case 'float':
      // Snowflake's default rendering loses digits; TME prints all 17. The special values are spelled out because no page says
      // how a format model renders them. NaN equals itself in Snowflake.
      return (
        `CASE WHEN ${column} = 'NaN'::FLOAT THEN 'NaN' WHEN ${column} = 'inf'::FLOAT THEN 'Infinity' ` +
        `WHEN ${column} = '-inf'::FLOAT THEN '-Infinity' ELSE TO_VARCHAR(${column}, 'TME') END`
      );
    case 'text':
      return options.strip ? `REPLACE(${column}, CHR(0), '')` : column;
    case 'boolean':
      return `CASE WHEN ${column} THEN 't' WHEN NOT ${column} THEN 'f' END`;
    case 'date':
      return `TO_VARCHAR(${column}, 'YYYY-MM-DD')`;
    case 'time':
      return `TO_VARCHAR(${column}, 'HH24:MI:SS.FF6')`;
    case 'timestamp_ntz':
      return `TO_VARCHAR(${column}, 'YYYY-MM-DD HH24:MI:SS.FF6')`;
    case 'timestamp_ltz':
    case 'timestamp_tz':
      return `TO_VARCHAR(CONVERT_TIMEZONE('UTC', ${column}), 'YYYY-MM-DD HH24:MI:SS.FF6') || '+00'`;
    case 'binary':
      return `${snowflakeText(String.raw`\x`)} || HEX_ENCODE(${column})`;
    case 'variant':
      return jsonText(`TO_JSON(${column})`, options.strip);
    case 'object':
    case 'array':
    case 'map':
      return jsonText(`TO_JSON(${column}::VARIANT)`, options.strip);
    case 'geography':
    case 'geometry':
      return `HEX_ENCODE(ST_ASEWKB(${column}))`;
    case 'vector': {
      const json = `TO_JSON(${column}::ARRAY::VARIANT)`;
      return options.postgresType.endsWith('[]') ? `TRANSLATE(${json}, '[]', '{}')` : json;
    }
    case 'file':
    case 'unknown': {
      const text = `TO_VARCHAR(${column})`;
      return options.strip ? `REPLACE(${text}, CHR(0), '')` : text;
    }
  }
}

const backslash = snowflakeText('\\');
const twoBackslashes = snowflakeText('\\\\');

function jsonText(expression: string, strip: boolean): string {
  if (!strip) return expression;
  // An escaped backslash before "u0000" must not be read as the escape: set the pairs aside under a character that JSON text never holds.
  return `REPLACE(REPLACE(REPLACE(${expression}, ${twoBackslashes}, CHR(1)), ${snowflakeText(String.raw`\u0000`)}, ''), CHR(1), ${twoBackslashes})`;
}
