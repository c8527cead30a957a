import { cast, floatToText, sessionZone, textForm, type CastMode } from '../compile/cast.ts';
import { parseDatetimeFormat } from '../compile/datetime-format.ts';
import { formatMoment, momentOf } from '../compile/format-datetime.ts';
import { parsePattern } from '../compile/parse-datetime.ts';
import { isCheap, type Typed } from '../compile/typed.ts';
import { compilationError, unsupported } from '../errors.ts';
import {
  binary,
  boolean,
  date,
  float,
  isTimestamp,
  number,
  time,
  timestampLtz,
  timestampNtz,
  timestampTz,
  varchar,
  type DataType,
  type TimestampMapping,
} from '../types/data-type.ts';
import { quoteLiteral } from '../types/stored-text.ts';
import { constantText, convert, special, wrongTypes, type BoundCall, type FunctionDefinition } from './definition.ts';

function subjectOf(call: BoundCall): Typed {
  const [subject] = call.args;
  if (subject === undefined) throw wrongTypes(call);
  return subject;
}

/**
 * FLOAT in the format model TME: 17 significant digits, fewer where the rest are zeros, one before the point; the exponent as EE
 * writes it, without plus sign or padding (sql-reference/sql-format-models, "Text-minimal numeric formats"; TO_CHAR's example prints
 * -1.2391E1, 0E0, 1E-1). That a FLOAT gets 17 digits rather than the fewest that read back, and the texts of NaN and infinity,
 * are unverified.
 */
function floatTme(value: string): string {
  if (!isCheap(value)) return `sf.float_tme(${value})`;
  const digits = `to_char(${value}, '9.9999999999999999EEEE')`;
  return (
    `CASE WHEN ${value} = 'NaN' THEN 'NaN' WHEN ${value} = 'Infinity' THEN 'inf' WHEN ${value} = '-Infinity' THEN '-inf'` +
    ` ELSE ltrim(rtrim(rtrim(split_part(${digits}, 'e', 1), '0'), '.')) || 'E' || split_part(${digits}, 'e', 2)::int::text END`
  );
}

const toVarchar = (call: BoundCall): Typed => {
  const subject = subjectOf(call);
  const { context } = call.environment;
  const { nullable } = subject;
  if (call.args.length === 1) {
    const text = cast(subject, varchar(), context, 'explicit', call.node.position);
    const form = subject.type.kind === 'VARCHAR' ? subject.type : textForm(subject.type);
    const length = (form as { length: number }).length;
    return {
      ...text,
      type: varchar(Math.min(length, 16_777_216)),
      constant: subject.type.kind === 'VARCHAR' ? subject.constant : undefined,
    };
  }
  const format = constantText(call, 1);
  const moment = subject.moment ?? momentOf(subject.sql, subject.type, sessionZone(context));
  if (moment !== undefined) {
    if (subject.type.kind === 'DATE' && format.toUpperCase() === 'YYYY-MM-DD' && isCheap(subject.sql)) {
      const usual = `(${subject.sql})::text`;
      return {
        sql: `CASE WHEN ${subject.sql} >= '0001-01-01' THEN ${usual} ELSE ${formatMoment(parseDatetimeFormat(format), moment)} END`,
        type: varchar(),
        nullable,
      };
    }
    return { sql: formatMoment(parseDatetimeFormat(format), moment), type: varchar(), nullable };
  }
  const { sql, type } = subject;
  if (type.kind === 'FLOAT') {
    return { sql: numberFormat(format, floatTme(sql), floatToText(sql)), type: varchar(), nullable };
  }
  if (type.kind === 'NUMBER' || type.kind === 'DECFLOAT') {
    return { sql: numberFormat(format, `sf.number_tme(${sql})`, `(${sql})::text`), type: varchar(), nullable };
  }
  if (type.kind === 'BINARY') return { sql: binaryFormat(format, sql), type: varchar(), nullable };
  throw wrongTypes(call);
};

/** Of the numeric format models only the text-minimal ones are known here; a fixed one is refused rather than guessed. */
function numberFormat(format: string, scientific: string, positional: string): string {
  switch (format) {
    case 'TME':
      return `(${scientific})`;
    case 'tme':
      return `lower(${scientific})`;
    case 'TM9':
    case 'tm9':
      return `(${positional})`;
    default:
      throw unsupported(`numeric format model '${format}'`);
  }
}

function binaryFormat(format: string, bytes: string): string {
  switch (format.toUpperCase()) {
    case 'HEX':
      return `upper(encode(${bytes}, 'hex'))`;
    case 'BASE64':
      return `replace(encode(${bytes}, 'base64'), E'\\n', '')`;
    case 'UTF-8':
    case 'UTF8':
      return `sf.bytes_text(${bytes})`;
    default:
      throw compilationError(100096, '22007', `Invalid binary format '${format}'.`);
  }
}

function constantNumber(call: BoundCall, index: number): number {
  const node = call.node.args[index];
  if (node?.kind !== 'number' || !/^[0-9]+$/u.test(node.text)) throw wrongTypes(call);
  return Number(node.text);
}

const toNumber =
  (mode: CastMode) =>
  (call: BoundCall): Typed => {
    const subject = subjectOf(call);
    if (mode === 'lenient' && subject.type.kind !== 'VARCHAR' && subject.type.kind !== 'NULL') throw wrongTypes(call);
    let next = 1;
    const second = call.args[1];
    if (second?.type.kind === 'VARCHAR') {
      const format = constantText(call, 1);
      if (!/^(TM9?|TME|AUTO)$/iu.test(format)) throw unsupported(`numeric format model '${format}'`);
      next = 2;
    }
    const precision = call.args.length > next ? constantNumber(call, next) : 38;
    const scale = call.args.length > next + 1 ? constantNumber(call, next + 1) : 0;
    if (precision < 1 || precision > 38 || scale > precision || scale > 37) throw wrongTypes(call);
    return cast(subject, number(precision, scale), call.environment.context, mode, call.node.position);
  };

const toType =
  (type: DataType, mode: CastMode) =>
  (call: BoundCall): Typed => {
    const subject = subjectOf(call);
    if (mode === 'lenient' && subject.type.kind !== 'VARCHAR' && subject.type.kind !== 'NULL') throw wrongTypes(call);
    return cast(subject, type, call.environment.context, mode, call.node.position);
  };

/** TO_DATE, TO_TIME and TO_TIMESTAMP_*: text with an optional constant format, seconds since the epoch, or another moment. */
const toMoment =
  (type: (call: BoundCall) => DataType, mode: CastMode) =>
  (call: BoundCall): Typed => {
    const subject = subjectOf(call);
    const target = type(call);
    const { context } = call.environment;
    if (mode === 'lenient' && subject.type.kind !== 'VARCHAR' && subject.type.kind !== 'NULL') throw wrongTypes(call);
    if (call.args.length === 1 || call.args[1]?.constant?.toUpperCase() === 'AUTO') {
      return cast(subject, target, context, mode, call.node.position);
    }
    if (subject.type.kind === 'NUMBER' && isTimestamp(target)) {
      const seconds = `sf.epoch_ts(${subject.sql}, ${constantNumber(call, 1)})`;
      const instant: Typed = {
        sql: seconds,
        type: target.kind === 'TIMESTAMP_NTZ' ? timestampNtz : timestampLtz,
        nullable: subject.nullable,
      };
      return cast(instant, target, context);
    }
    const text = convert(subject, 'text', call);
    const { pattern, fields } = parsePattern(parseDatetimeFormat(constantText(call, 1)));
    const list = `ARRAY[${fields.map((field) => `'${field}'`).join(', ')}]::text[]`;
    const parsed = `sf.parse_moment(${text.sql}, ${quoteLiteral(pattern)}, ${list}, '${target.kind}', ${mode === 'lenient'})`;
    const zone = quoteLiteral(sessionZone(context));
    const nullable = text.nullable || mode === 'lenient';
    return { sql: fromParsed(parsed, target, zone), type: target, nullable };
  };

/** A parsed moment in the storage form of a type. */
function fromParsed(parsed: string, type: DataType, zone: string): string {
  if (type.kind === 'DATE') return `((${parsed}).t)::date`;
  if (type.kind === 'TIME') return `sf.ts_time(sf.local_of(${parsed}))`;
  if (type.kind === 'TIMESTAMP_NTZ') return `sf.local_of(${parsed})`;
  return type.kind === 'TIMESTAMP_LTZ' ? `sf.instant_of(${parsed}, ${zone})` : `sf.zoned_of(${parsed}, ${zone})`;
}

const mapped = (call: BoundCall): DataType => {
  const mapping = call.environment.context.parameter('TIMESTAMP_TYPE_MAPPING') as TimestampMapping;
  return { kind: mapping, scale: 9 };
};

const toBinary =
  (mode: CastMode) =>
  (call: BoundCall): Typed => {
    const subject = subjectOf(call);
    if (subject.type.kind === 'BINARY') return subject;
    const text = convert(subject, 'text', call);
    const format = call.args.length > 1 ? constantText(call, 1).toUpperCase() : 'HEX';
    const lenient = mode === 'lenient';
    const nullable = text.nullable || lenient;
    switch (format) {
      case 'HEX':
        return { sql: `sf.text_binary(${text.sql}, ${lenient})`, type: binary(), nullable };
      case 'UTF-8':
      case 'UTF8':
        return { sql: `sf.text_bytes(${text.sql})`, type: binary(), nullable };
      case 'BASE64':
        return { sql: `sf.base64_binary(${text.sql})`, type: binary(), nullable };
      default:
        throw compilationError(100096, '22007', `Invalid binary format '${format}'.`);
    }
  };

const family = (
  name: string,
  maximum: number,
  rule: (mode: CastMode) => (call: BoundCall) => Typed,
): [string, FunctionDefinition][] => [
  [`TO_${name}`, special(1, maximum, rule('explicit'))],
  [`TRY_TO_${name}`, special(1, maximum, rule('lenient'))],
];

const moment = (name: string, type: DataType | ((call: BoundCall) => DataType)): [string, FunctionDefinition][] =>
  family(name, 2, (mode) => toMoment(typeof type === 'function' ? type : () => type, mode));

const text = special(1, 2, toVarchar);

export const conversionFunctions: Readonly<Record<string, FunctionDefinition>> = {
  TO_VARCHAR: text,
  TO_CHAR: text,
  ...Object.fromEntries([
    ...family('NUMBER', 4, toNumber),
    ...family('DECIMAL', 4, toNumber),
    ...family('NUMERIC', 4, toNumber),
    ...family('DOUBLE', 1, (mode) => toType(float, mode)),
    ...family('BOOLEAN', 1, (mode) => toType(boolean, mode)),
    ...family('BINARY', 2, toBinary),
    ...moment('DATE', date),
    ...moment('TIME', time),
    ...moment('TIMESTAMP', mapped),
    ...moment('TIMESTAMP_NTZ', timestampNtz),
    ...moment('TIMESTAMP_LTZ', timestampLtz),
    ...moment('TIMESTAMP_TZ', timestampTz),
  ]),
  TO_DECFLOAT: special(1, 1, toType({ kind: 'DECFLOAT' }, 'explicit')),
  DATE: special(
    1,
    2,
    toMoment(() => date, 'explicit'),
  ),
  TIME: special(
    1,
    2,
    toMoment(() => time, 'explicit'),
  ),
};
