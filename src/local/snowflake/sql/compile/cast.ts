import type { Position } from '../ast.ts';
import type { SnowflakeSqlError } from '../../engine.ts';
import { compilationError } from '../errors.ts';
import { formatType, isSemiStructured, sameType, type DataType, type TypeKind } from '../types/data-type.ts';
import { quoteLiteral } from '../types/stored-text.ts';
import { storageType } from '../types/storage.ts';
import type { CompileContext } from './context.ts';
import { parseDatetimeFormat } from './datetime-format.ts';
import { formatMoment, momentOf, tzMoment } from './format-datetime.ts';
import { isCheap, type Typed } from './typed.ts';

/**
 * `explicit` is a written cast: a longer string is cut. `assign` stores into a column: a longer string is error 100078.
 * `lenient` is TRY_CAST: what cannot be converted is NULL.
 */
export type CastMode = 'explicit' | 'assign' | 'lenient';

type Rule = (value: string, from: never, to: never, context: CompileContext, lenient: 'true' | 'false') => string;

const rule = <F extends TypeKind, T extends TypeKind>(
  from: F,
  to: T,
  sql: (
    value: string,
    from: Extract<DataType, { kind: F }>,
    to: Extract<DataType, { kind: T }>,
    context: CompileContext,
    lenient: 'true' | 'false',
  ) => string,
): [string, Rule] => [`${from}>${to}`, sql];

export function sessionZone(context: CompileContext): string {
  return String(context.parameter('TIMEZONE'));
}

function zone(context: CompileContext): string {
  return quoteLiteral(sessionZone(context));
}

/** An `sf.ts` from a timestamp that may be NULL. */
export function makeTs(timestamp: string, nanoseconds = '0'): string {
  if (!isCheap(timestamp)) return `sf.make_ts(${timestamp}, (${nanoseconds})::smallint)`;
  return `CASE WHEN ${timestamp} IS NOT NULL THEN ROW(${timestamp}, ${nanoseconds})::sf.ts END`;
}

function fromVariant(to: TypeKind, name: string): [string, Rule][] {
  return (['VARIANT', 'OBJECT', 'ARRAY', 'MAP'] as const).map((from) => [
    `${from}>${to}`,
    (value: string, _from: never, _to: never, _context: CompileContext, lenient: string) =>
      `sf.${name}(${value}, ${lenient})`,
  ]);
}

const numberToText = (value: string): string => `(${value})::text`;

/** FLOAT's default text has 15 significant digits: sessions of the engine set extra_float_digits to 0. */
export const floatToText = (value: string): string =>
  isCheap(value)
    ? `CASE WHEN ${value} = 'Infinity' THEN 'inf' WHEN ${value} = '-Infinity' THEN '-inf' ELSE (${value})::text END`
    : `sf.float_text(${value})`;

function printMoment(value: string, type: DataType, context: CompileContext): string {
  const format = (name: string): string => {
    const specific = String(context.parameter(name));
    return specific === '' ? String(context.parameter('TIMESTAMP_OUTPUT_FORMAT')) : specific;
  };
  const moment = momentOf(value, type, sessionZone(context));
  if (moment === undefined) throw new Error(`${type.kind} is not a moment`);
  return formatMoment(parseDatetimeFormat(format(`${type.kind}_OUTPUT_FORMAT`)), moment);
}

const rules = new Map<string, Rule>([
  rule('NUMBER', 'NUMBER', (value, from, to) => {
    if (to.scale === from.scale && to.precision >= from.precision) return value;
    return `(${value})::numeric(${to.precision},${to.scale})`;
  }),
  rule('DECFLOAT', 'NUMBER', (value, _from, to) => `(${value})::numeric(${to.precision},${to.scale})`),
  rule('FLOAT', 'NUMBER', (value, _from, to) => `sf.float_number(${value})::numeric(${to.precision},${to.scale})`),
  rule('VARCHAR', 'NUMBER', (value, _from, to, _context, lenient) =>
    lenient === 'true'
      ? `sf.try_number(${value}, ${to.precision}, ${to.scale})`
      : `sf.text_number(${value}, ${to.precision}, ${to.scale})`,
  ),
  rule('BOOLEAN', 'NUMBER', (value, _from, to) => `(${value})::int::numeric(${to.precision},${to.scale})`),
  rule('NUMBER', 'DECFLOAT', (value) => value),
  rule('FLOAT', 'DECFLOAT', (value) => `sf.float_number(${value})`),
  rule('VARCHAR', 'DECFLOAT', (value, _from, _to, _context, lenient) => `sf.text_decfloat(${value}, ${lenient})`),
  rule('NUMBER', 'FLOAT', (value) => `(${value})::double precision`),
  rule('DECFLOAT', 'FLOAT', (value) => `(${value})::double precision`),
  rule('VARCHAR', 'FLOAT', (value, _from, _to, _context, lenient) => `sf.text_float(${value}, ${lenient})`),
  rule('BOOLEAN', 'FLOAT', (value) => `(${value})::int::double precision`),
  rule('NUMBER', 'BOOLEAN', (value) => `((${value}) <> 0)`),
  rule('FLOAT', 'BOOLEAN', (value) => `((${value}) <> 0)`),
  rule('VARCHAR', 'BOOLEAN', (value, _from, _to, _context, lenient) => `sf.text_boolean(${value}, ${lenient})`),
  rule('NUMBER', 'VARCHAR', numberToText),
  rule('DECFLOAT', 'VARCHAR', (value) => `sf.decfloat_text(${value})`),
  rule('FLOAT', 'VARCHAR', floatToText),
  rule('BOOLEAN', 'VARCHAR', (value) => `(${value})::text`),
  rule('DATE', 'VARCHAR', (value, from, _to, context) => printMoment(value, from, context)),
  rule('TIME', 'VARCHAR', (value, from, _to, context) => printMoment(value, from, context)),
  rule('TIMESTAMP_NTZ', 'VARCHAR', (value, from, _to, context) => printMoment(value, from, context)),
  rule('TIMESTAMP_LTZ', 'VARCHAR', (value, from, _to, context) => printMoment(value, from, context)),
  rule('TIMESTAMP_TZ', 'VARCHAR', (value, from, _to, context) => printMoment(value, from, context)),
  rule('BINARY', 'VARCHAR', (value) => `upper(encode(${value}, 'hex'))`),
  rule('UUID', 'VARCHAR', (value) => `(${value})::text`),
  rule('GEOGRAPHY', 'VARCHAR', (value) => `sf.geo_json(${value})`),
  rule('GEOMETRY', 'VARCHAR', (value) => `sf.geo_json(${value})`),
  rule('VARCHAR', 'UUID', (value, _from, _to, _context, lenient) => `sf.text_uuid(${value}, ${lenient})`),
  rule('VARCHAR', 'BINARY', (value, _from, _to, _context, lenient) => `sf.text_binary(${value}, ${lenient})`),
  rule('VARCHAR', 'DATE', (value, _from, _to, _context, lenient) => `sf.text_date(${value}, ${lenient})`),
  rule('VARCHAR', 'TIME', (value, _from, to, _context, lenient) =>
    truncateTime(`sf.text_time(${value}, ${lenient})`, 9, to.scale),
  ),
  rule('VARCHAR', 'TIMESTAMP_NTZ', (value, _from, to, _context, lenient) =>
    truncateTs(`sf.text_ntz(${value}, ${lenient})`, 9, to.scale),
  ),
  rule('VARCHAR', 'TIMESTAMP_LTZ', (value, _from, to, context, lenient) =>
    truncateTs(`sf.text_ltz(${value}, ${zone(context)}, ${lenient})`, 9, to.scale),
  ),
  rule('VARCHAR', 'TIMESTAMP_TZ', (value, _from, to, context, lenient) =>
    truncateTz(`sf.text_tz(${value}, ${zone(context)}, ${lenient})`, 9, to.scale),
  ),
  rule('NUMBER', 'TIMESTAMP_NTZ', (value) => `sf.epoch_ts(${value}, 0)`),
  rule('NUMBER', 'TIMESTAMP_LTZ', (value) => `sf.epoch_ts(${value}, 0)`),
  rule(
    'NUMBER',
    'TIMESTAMP_TZ',
    (value, _from, _to, context) => `sf.ltz_tz(sf.epoch_ts(${value}, 0), ${zone(context)})`,
  ),
  rule('DATE', 'TIMESTAMP_NTZ', (value) => makeTs(`(${value})::timestamp`)),
  rule('DATE', 'TIMESTAMP_LTZ', (value, _from, _to, context) =>
    makeTs(`((${value})::timestamp AT TIME ZONE ${zone(context)} AT TIME ZONE 'UTC')`),
  ),
  rule(
    'DATE',
    'TIMESTAMP_TZ',
    (value, _from, _to, context) => `sf.ntz_tz(${makeTs(`(${value})::timestamp`)}, ${zone(context)})`,
  ),
  rule('TIMESTAMP_NTZ', 'DATE', (value) => `((${value}).t)::date`),
  rule(
    'TIMESTAMP_LTZ',
    'DATE',
    (value, _from, _to, context) => `((${value}).t AT TIME ZONE 'UTC' AT TIME ZONE ${zone(context)})::date`,
  ),
  rule('TIMESTAMP_TZ', 'DATE', (value) => `(${tzMoment(value).timestamp})::date`),
  rule('TIMESTAMP_NTZ', 'TIME', (value, _from, to) => truncateTime(`sf.ts_time(${value})`, 9, to.scale)),
  rule('TIMESTAMP_LTZ', 'TIME', (value, _from, to, context) =>
    truncateTime(`sf.ts_time(sf.ltz_ntz(${value}, ${zone(context)}))`, 9, to.scale),
  ),
  rule('TIMESTAMP_TZ', 'TIME', (value, _from, to) => truncateTime(`sf.ts_time(sf.tz_ntz(${value}))`, 9, to.scale)),
  rule('TIME', 'TIME', (value, from, to) => truncateTime(value, from.scale, to.scale)),
  rule('TIMESTAMP_NTZ', 'TIMESTAMP_NTZ', (value, from, to) => truncateTs(value, from.scale, to.scale)),
  rule('TIMESTAMP_LTZ', 'TIMESTAMP_LTZ', (value, from, to) => truncateTs(value, from.scale, to.scale)),
  rule('TIMESTAMP_TZ', 'TIMESTAMP_TZ', (value, from, to) => truncateTz(value, from.scale, to.scale)),
  rule('TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', (value, from, to, context) =>
    truncateTs(`sf.ntz_ltz(${value}, ${zone(context)})`, from.scale, to.scale),
  ),
  rule('TIMESTAMP_NTZ', 'TIMESTAMP_TZ', (value, from, to, context) =>
    truncateTz(`sf.ntz_tz(${value}, ${zone(context)})`, from.scale, to.scale),
  ),
  rule('TIMESTAMP_LTZ', 'TIMESTAMP_NTZ', (value, from, to, context) =>
    truncateTs(`sf.ltz_ntz(${value}, ${zone(context)})`, from.scale, to.scale),
  ),
  rule('TIMESTAMP_LTZ', 'TIMESTAMP_TZ', (value, from, to, context) =>
    truncateTz(`sf.ltz_tz(${value}, ${zone(context)})`, from.scale, to.scale),
  ),
  rule('TIMESTAMP_TZ', 'TIMESTAMP_NTZ', (value, from, to) => truncateTs(`sf.tz_ntz(${value})`, from.scale, to.scale)),
  rule('TIMESTAMP_TZ', 'TIMESTAMP_LTZ', (value, from, to) => truncateTs(`sf.tz_ltz(${value})`, from.scale, to.scale)),
  // To VARIANT and what is made of it.
  rule('NUMBER', 'VARIANT', (value) => `trim_scale(${value})::text`),
  rule('DECFLOAT', 'VARIANT', (value) => `trim_scale(${value})::text`),
  rule('FLOAT', 'VARIANT', (value) => `sf.float_json(${value})`),
  rule('VARCHAR', 'VARIANT', (value) => `sf.json_string(${value})`),
  rule('BOOLEAN', 'VARIANT', (value) => `(${value})::text`),
  rule('BINARY', 'VARIANT', (value) => `sf.json_string(upper(encode(${value}, 'hex')))`),
  rule('DATE', 'VARIANT', (value, from, _to, context) => `sf.json_string(${printMoment(value, from, context)})`),
  rule('TIME', 'VARIANT', (value, from, _to, context) => `sf.json_string(${printMoment(value, from, context)})`),
  rule(
    'TIMESTAMP_NTZ',
    'VARIANT',
    (value, from, _to, context) => `sf.json_string(${printMoment(value, from, context)})`,
  ),
  rule(
    'TIMESTAMP_LTZ',
    'VARIANT',
    (value, from, _to, context) => `sf.json_string(${printMoment(value, from, context)})`,
  ),
  rule(
    'TIMESTAMP_TZ',
    'VARIANT',
    (value, from, _to, context) => `sf.json_string(${printMoment(value, from, context)})`,
  ),
  rule('UUID', 'VARIANT', (value) => `sf.json_string((${value})::text)`),
  rule('OBJECT', 'VARIANT', (value) => value),
  rule('ARRAY', 'VARIANT', (value) => value),
  rule('MAP', 'VARIANT', (value) => value),
  rule('MAP', 'OBJECT', (value) => value),
  rule('VARIANT', 'VARIANT', (value) => value),
  rule('OBJECT', 'MAP', (value) => value),
  rule('VARIANT', 'MAP', (value, _from, _to, _context, lenient) => `sf.variant_object(${value}, ${lenient})`),
  rule('VARIANT', 'OBJECT', (value, _from, _to, _context, lenient) => `sf.variant_object(${value}, ${lenient})`),
  rule('VARIANT', 'ARRAY', (value) => `sf.variant_array(${value})`),
  rule('VECTOR', 'ARRAY', (value, from) =>
    from.element === 'INT' ? `sf.vector_json(${value})` : `sf.vector_json(${value})`,
  ),
  rule('VECTOR', 'VARCHAR', (value) => `sf.vector_text(${value})`),
  rule(
    'ARRAY',
    'VECTOR',
    (value, _from, to) =>
      `sf.json_vector(${value}, ${to.dimension})::${to.element === 'FLOAT' ? 'real[]' : 'integer[]'}`,
  ),
  rule(
    'VARIANT',
    'VECTOR',
    (value, _from, to) =>
      `sf.json_vector(${value}, ${to.dimension})::${to.element === 'FLOAT' ? 'real[]' : 'integer[]'}`,
  ),
  // From VARIANT.
  ...fromVariant('VARCHAR', 'variant_text'),
  rule(
    'VARIANT',
    'NUMBER',
    (value, _from, to, _context, lenient) => `sf.variant_number(${value}, ${to.precision}, ${to.scale}, ${lenient})`,
  ),
  rule('VARIANT', 'FLOAT', (value, _from, _to, _context, lenient) => `sf.variant_float(${value}, ${lenient})`),
  rule('VARIANT', 'BOOLEAN', (value, _from, _to, _context, lenient) => `sf.variant_boolean(${value}, ${lenient})`),
  rule(
    'VARIANT',
    'DECFLOAT',
    (value, _from, _to, _context, lenient) => `sf.text_decfloat(sf.variant_scalar(${value}), ${lenient})`,
  ),
  rule(
    'VARIANT',
    'DATE',
    (value, _from, _to, _context, lenient) => `sf.text_date(sf.variant_scalar(${value}), ${lenient})`,
  ),
  rule(
    'VARIANT',
    'TIME',
    (value, _from, _to, _context, lenient) => `sf.text_time(sf.variant_scalar(${value}), ${lenient})`,
  ),
  rule(
    'VARIANT',
    'BINARY',
    (value, _from, _to, _context, lenient) => `sf.text_binary(sf.variant_scalar(${value}), ${lenient})`,
  ),
  rule('VARIANT', 'TIMESTAMP_NTZ', (value, _from, to, _context, lenient) =>
    truncateTs(`sf.text_ntz(sf.variant_scalar(${value}), ${lenient})`, 9, to.scale),
  ),
  rule('VARIANT', 'TIMESTAMP_LTZ', (value, _from, to, context, lenient) =>
    truncateTs(`sf.text_ltz(sf.variant_scalar(${value}), ${zone(context)}, ${lenient})`, 9, to.scale),
  ),
  rule('VARIANT', 'TIMESTAMP_TZ', (value, _from, to, context, lenient) =>
    truncateTz(`sf.text_tz(sf.variant_scalar(${value}), ${zone(context)}, ${lenient})`, 9, to.scale),
  ),
  rule(
    'VARCHAR',
    'GEOGRAPHY',
    (value, _from, _to, _context, lenient) => `sf.text_geo(${value}, 4326, true, ${lenient})`,
  ),
  rule('VARCHAR', 'GEOMETRY', (value, _from, _to, _context, lenient) => `sf.text_geo(${value}, 0, false, ${lenient})`),
  rule(
    'OBJECT',
    'GEOGRAPHY',
    (value, _from, _to, _context, lenient) => `sf.text_geo(${value}, 4326, true, ${lenient})`,
  ),
  rule(
    'VARIANT',
    'GEOGRAPHY',
    (value, _from, _to, _context, lenient) => `sf.text_geo(${value}, 4326, true, ${lenient})`,
  ),
  rule('GEOMETRY', 'GEOGRAPHY', (value) => `sf.as_geography(${value})`),
  rule('GEOGRAPHY', 'GEOMETRY', (value) => value),
  rule('GEOGRAPHY', 'OBJECT', (value) => `sf.parse_json(ST_AsGeoJSON(${value}, 15), false)`),
  rule('GEOMETRY', 'OBJECT', (value) => `sf.parse_json(ST_AsGeoJSON(${value}, 15), false)`),
]);

function truncateTime(value: string, from: number, to: number): string {
  if (to >= from) return value;
  const unit = 10n ** BigInt(9 - to);
  return `(${value} / ${unit} * ${unit})`;
}

function truncateTs(value: string, from: number, to: number): string {
  return to >= from ? value : `sf.cut_ts(${value}, ${to})`;
}

function truncateTz(value: string, from: number, to: number): string {
  return to >= from ? value : `sf.cut_tz(${value}, ${to})`;
}

export function canCast(from: DataType, to: DataType): boolean {
  return (
    from.kind === 'NULL' ||
    sameType(from, to) ||
    rules.has(`${from.kind}>${to.kind}`) ||
    (from.kind === to.kind && from.kind !== 'VECTOR')
  );
}

/** Converts a value, or throws Snowflake's refusal where it has no such conversion. */
export function cast(
  value: Typed,
  to: DataType,
  context: CompileContext,
  mode: CastMode = 'explicit',
  position: Position = { line: 1, column: 0 },
): Typed {
  const { type: from } = value;
  if (from.kind === 'NULL') return { sql: `NULL::${storageType(to)}`, type: to, nullable: true };
  if (sameType(from, to)) return mode === 'assign' ? fitLength(value, from, to, mode) : value;
  if (from.kind === to.kind && (from.kind === 'VARCHAR' || from.kind === 'BINARY'))
    return fitLength(value, from, to, mode);
  const found = rules.get(`${from.kind}>${to.kind}`);
  if (found === undefined) {
    if (from.kind === to.kind && from.kind !== 'VECTOR') return { ...value, type: to };
    throw noCast(from, to, position);
  }
  const lenient = mode === 'lenient' ? 'true' : 'false';
  const sql = found(value.sql, from as never, to as never, context, lenient);
  const converted: Typed = { sql, type: to, nullable: value.nullable || mode === 'lenient' || isSemiStructured(from) };
  if (to.kind === 'VARCHAR' || to.kind === 'BINARY') {
    return fitLength(converted, textForm(from), to, mode);
  }
  return converted;
}

function noCast(from: DataType, to: DataType, position: Position): SnowflakeSqlError {
  return compilationError(
    1065,
    '22023',
    `error line ${position.line} at position ${position.column}\ninvalid type [CAST(${formatType(from)} AS ${formatType(to)})] for parameter 'TO_${to.kind}'`,
  );
}

/** The type that a value has once it is text, for the question whether it fits. */
export function textForm(from: DataType): DataType {
  const fixed: Partial<Record<TypeKind, number>> = { BOOLEAN: 5, UUID: 36, DATE: 10 };
  const length = from.kind === 'NUMBER' ? from.precision + 2 : fixed[from.kind];
  return { kind: 'VARCHAR', length: length ?? Number.MAX_SAFE_INTEGER };
}

function fitLength(value: Typed, from: DataType, to: DataType, mode: CastMode): Typed {
  if (to.kind === 'VARCHAR' && from.kind === 'VARCHAR') {
    const result: Typed = { ...value, type: to };
    if (from.length <= to.length || (mode !== 'assign' && to.length >= 16_777_216)) return result;
    if (mode === 'assign')
      return to.length >= 16_777_216 ? result : { ...result, sql: `sf.fit_text(${value.sql}, ${to.length})` };
    return { ...result, sql: `left(${value.sql}, ${to.length})`, constant: undefined };
  }
  if (to.kind === 'BINARY' && from.kind === 'BINARY') {
    if (from.length <= to.length || to.length >= 8_388_608) return { ...value, type: to };
    const sql =
      mode === 'assign' ? `sf.fit_binary(${value.sql}, ${to.length})` : `substr(${value.sql}, 1, ${to.length})`;
    return { ...value, type: to, sql };
  }
  return { ...value, type: to };
}
