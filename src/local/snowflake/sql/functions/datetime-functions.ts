import { cast, sessionZone } from '../compile/cast.ts';
import { tzMoment } from '../compile/format-datetime.ts';
import { isCheap, type Typed } from '../compile/typed.ts';
import { compilationError, invalidArgument } from '../errors.ts';
import {
  date,
  isTimestamp,
  number,
  time,
  timestampLtz,
  timestampNtz,
  timestampTz,
  varchar,
  type DataType,
} from '../types/data-type.ts';
import { quoteLiteral } from '../types/stored-text.ts';
import {
  constantText,
  convert,
  overload,
  scalar,
  special,
  wrongTypes,
  type BoundCall,
  type FunctionDefinition,
} from './definition.ts';

const units = new Map<string, readonly string[]>([
  ['year', ['year', 'y', 'yy', 'yyy', 'yyyy', 'yr', 'years', 'yrs']],
  ['quarter', ['quarter', 'q', 'qtr', 'qtrs', 'quarters']],
  ['month', ['month', 'mm', 'mon', 'mons', 'months']],
  ['week', ['week', 'w', 'wk', 'weekofyear', 'woy', 'wy']],
  ['day', ['day', 'd', 'dd', 'days', 'dayofmonth']],
  ['hour', ['hour', 'h', 'hh', 'hr', 'hours', 'hrs']],
  ['minute', ['minute', 'm', 'mi', 'min', 'minutes', 'mins']],
  ['second', ['second', 's', 'sec', 'seconds', 'secs']],
  ['millisecond', ['millisecond', 'ms', 'msec', 'milliseconds']],
  ['microsecond', ['microsecond', 'us', 'usec', 'microseconds']],
  ['nanosecond', ['nanosecond', 'ns', 'nsec', 'nanosec', 'nsecond', 'nanoseconds', 'nanosecs', 'nseconds']],
  ['dow', ['dayofweek', 'weekday', 'dow', 'dw']],
  ['isodow', ['dayofweekiso', 'weekday_iso', 'dow_iso', 'dw_iso', 'dayofweek_iso']],
  ['doy', ['dayofyear', 'yearday', 'doy', 'dy']],
  ['isoweek', ['weekiso', 'week_iso', 'weekofyeariso', 'weekofyear_iso']],
  ['isoyear', ['yearofweekiso', 'yearofweek_iso']],
  ['epoch', ['epoch_second', 'epoch', 'epoch_seconds']],
  ['epoch_millisecond', ['epoch_millisecond', 'epoch_milliseconds']],
  ['epoch_microsecond', ['epoch_microsecond', 'epoch_microseconds']],
  ['epoch_nanosecond', ['epoch_nanosecond', 'epoch_nanoseconds']],
  ['tzh', ['timezone_hour', 'tzh']],
  ['tzm', ['timezone_minute', 'tzm']],
]);

const unitByName = new Map([...units].flatMap(([unit, names]) => names.map((name) => [name, unit] as const)));

/** Functions whose first argument is a unit, which may be written as a bare word. */
export const unitFunctions: ReadonlySet<string> = new Set([
  'DATEADD',
  'TIMEADD',
  'TIMESTAMPADD',
  'DATEDIFF',
  'TIMEDIFF',
  'TIMESTAMPDIFF',
  'DATE_PART',
  'DATE_TRUNC',
]);

function unitOf(call: BoundCall, index: number): string {
  const text = constantText(call, index);
  const unit = unitByName.get(text.toLowerCase());
  if (unit === undefined) throw invalidArgument(call.node.position, call.node.name, `[${text}]`);
  return unit;
}

const nanoseconds: Readonly<Record<string, bigint>> = {
  hour: 3_600_000_000_000n,
  minute: 60_000_000_000n,
  second: 1_000_000_000n,
  millisecond: 1_000_000n,
  microsecond: 1000n,
  nanosecond: 1n,
};

/** A moment as TIMESTAMP_NTZ in the zone in which its calendar counts. */
function wallClock(value: Typed, call: BoundCall): Typed {
  const { context } = call.environment;
  if (value.type.kind === 'TIMESTAMP_NTZ') return value;
  if (value.type.kind === 'DATE' || isTimestamp(value.type)) return cast(value, timestampNtz, context);
  if (value.type.kind === 'VARCHAR' || value.type.kind === 'VARIANT' || value.type.kind === 'NULL')
    return cast(value, timestampNtz, context);
  throw wrongTypes(call);
}

function moment(call: BoundCall, index: number): Typed {
  const value = call.args[index];
  if (value === undefined) throw wrongTypes(call);
  if (value.type.kind === 'VARCHAR' || value.type.kind === 'NULL')
    return cast(value, timestampNtz, call.environment.context);
  if (value.type.kind !== 'DATE' && value.type.kind !== 'TIME' && !isTimestamp(value.type)) throw wrongTypes(call);
  return value;
}

/** Back from wall clock to the type that it came from. */
function fromWallClock(sql: string, original: Typed, call: BoundCall): Typed {
  const zone = quoteLiteral(sessionZone(call.environment.context));
  const { nullable, type } = original;
  if (type.kind === 'DATE') return { sql: `((${sql}).t)::date`, type, nullable };
  if (type.kind === 'TIMESTAMP_LTZ') return { sql: `sf.ntz_ltz(${sql}, ${zone})`, type: timestampLtz, nullable };
  if (type.kind === 'TIMESTAMP_TZ') {
    return { sql: `sf.with_offset(${sql}, (${original.sql}).o)`, type: timestampTz, nullable };
  }
  return { sql, type: timestampNtz, nullable };
}

const dateAdd = (call: BoundCall): Typed => {
  const unit = unitOf(call, 0);
  const amountArg = call.args[1];
  if (amountArg === undefined) throw wrongTypes(call);
  const amount = convert(amountArg, 'integer', call);
  const value = moment(call, 2);
  const nullable = amount.nullable || value.nullable;
  const each = nanoseconds[unit];
  const steps = amount.sql.replace(/::int$/u, '::numeric');
  if (value.type.kind === 'TIME') {
    if (each === undefined) throw wrongTypes(call);
    return { sql: `sf.add_time(${value.sql}, ${steps} * ${each})`, type: time, nullable };
  }
  if (each !== undefined) {
    const exact = value.type.kind === 'DATE' ? wallClock(value, call) : value;
    const suffix = exact.type.kind === 'TIMESTAMP_TZ' ? 'tz' : 'ts';
    const type: DataType = isTimestamp(exact.type) ? { kind: exact.type.kind, scale: 9 } : timestampNtz;
    return { sql: `sf.add_${suffix}(${exact.sql}, ${steps} * ${each})`, type, nullable };
  }
  const interval = { year: '1 year', quarter: '3 months', month: '1 month', week: '7 days', day: '1 day' }[unit];
  if (interval === undefined) throw invalidArgument(call.node.position, call.node.name, `[${unit}]`);
  if (value.type.kind === 'DATE') {
    if (unit === 'day') return { sql: `(${value.sql} + ${amount.sql})`, type: date, nullable };
    return { sql: `(${value.sql} + ${amount.sql} * interval '${interval}')::date`, type: date, nullable };
  }
  const moved = `sf.add_interval(${wallClock(value, call).sql}, ${amount.sql} * interval '${interval}')`;
  return { ...fromWallClock(moved, value, call), nullable };
};

const dateDiff = (call: BoundCall): Typed => {
  const unit = unitOf(call, 0);
  const a = moment(call, 1);
  const b = moment(call, 2);
  const nullable = a.nullable || b.nullable;
  const type = number(nanoseconds[unit] !== undefined && unit !== 'hour' && unit !== 'minute' ? 18 : 9, 0);
  if (a.type.kind === 'TIME' && b.type.kind === 'TIME') {
    const each = nanoseconds[unit];
    if (each === undefined) throw wrongTypes(call);
    return { sql: `(${b.sql} / ${each} - ${a.sql} / ${each})::numeric`, type, nullable };
  }
  return { sql: `sf.date_diff('${unit}', ${wallClock(a, call).sql}, ${wallClock(b, call).sql})`, type, nullable };
};

const partDigits: Readonly<Record<string, number>> = {
  year: 4,
  isoyear: 4,
  doy: 3,
  nanosecond: 9,
  microsecond: 9,
  millisecond: 9,
};

function part(unit: string, value: Typed, call: BoundCall): Typed {
  const { nullable } = value;
  if (unit.startsWith('epoch')) {
    const exact =
      value.type.kind === 'TIMESTAMP_LTZ'
        ? value.sql
        : value.type.kind === 'TIMESTAMP_TZ'
          ? `sf.tz_ltz(${value.sql})`
          : wallClock(value, call).sql;
    return { sql: `sf.epoch('${unit}', ${exact})`, type: number(38, 0), nullable };
  }
  if (unit === 'tzh' || unit === 'tzm') {
    if (value.type.kind !== 'TIMESTAMP_TZ') {
      const zoned = cast(value, timestampTz, call.environment.context);
      return part(unit, zoned, call);
    }
    const { offset } = tzMoment(value.sql);
    const sql = unit === 'tzh' ? `(${offset ?? '0'} / 60)::numeric` : `(${offset ?? '0'} % 60)::numeric`;
    return { sql, type: number(2, 0), nullable };
  }
  const stamp = value.type.kind === 'TIME' ? `sf.time_ts(${value.sql})` : wallClock(value, call).sql;
  return { sql: `sf.date_part('${unit}', ${stamp})`, type: number(partDigits[unit] ?? 2, 0), nullable };
}

const datePart = (call: BoundCall): Typed => part(unitOf(call, 0), moment(call, 1), call);

const shortcut = (unit: string): FunctionDefinition => special(1, 1, (call) => part(unit, moment(call, 0), call));

const dateTrunc = (call: BoundCall): Typed => {
  const unit = unitOf(call, 0);
  const value = moment(call, 1);
  if (value.type.kind === 'TIME') {
    const each = nanoseconds[unit];
    if (each === undefined) throw wrongTypes(call);
    return { sql: `(${value.sql} / ${each} * ${each})`, type: time, nullable: value.nullable };
  }
  const truncated = `sf.date_trunc('${unit}', ${wallClock(value, call).sql})`;
  return fromWallClock(truncated, value, call);
};

/** CONVERT_TIMEZONE(zone, ts) gives TIMESTAMP_TZ; with a source zone, NTZ to NTZ (sql-reference/functions/convert_timezone). */
const convertTimezone = (call: BoundCall): Typed => {
  const { context } = call.environment;
  const zone = (index: number): string => {
    const arg = call.args[index];
    if (arg === undefined) throw wrongTypes(call);
    return convert(arg, 'text', call).sql;
  };
  if (call.args.length === 2) {
    const value = moment(call, 1);
    if (value.type.kind === 'TIME') throw wrongTypes(call);
    const instant = cast(value, timestampLtz, context);
    const converted: Typed = {
      sql: `sf.ltz_tz(${instant.sql}, ${zone(0)})`,
      type: timestampTz,
      nullable: value.nullable,
    };
    if (
      call.args[0]?.constant?.toUpperCase() !== 'UTC' ||
      !isTimestamp(value.type) ||
      value.type.kind === 'TIMESTAMP_NTZ'
    ) {
      return converted;
    }
    // Both are held in UTC, so a column's parts are there to be printed.
    const printed = { timestamp: `(${value.sql}).t`, nanoseconds: `(${value.sql}).n`, offset: '0' };
    return isCheap(value.sql) ? { ...converted, moment: printed } : converted;
  }
  const value = wallClock(moment(call, 2), call);
  return {
    sql: `sf.ltz_ntz(sf.ntz_ltz(${value.sql}, ${zone(0)}), ${zone(1)})`,
    type: timestampNtz,
    nullable: value.nullable,
  };
};

const lastDay = (call: BoundCall): Typed => {
  const value = moment(call, 0);
  const unit = call.args.length > 1 ? unitOf(call, 1) : 'month';
  const step = { year: '1 year', quarter: '3 months', month: '1 month', week: '7 days' }[unit];
  if (step === undefined) throw invalidArgument(call.node.position, call.node.name, `[${unit}]`);
  return {
    sql: `(date_trunc('${unit}', (${wallClock(value, call).sql}).t) + interval '${step}' - interval '1 day')::date`,
    type: date,
    nullable: value.nullable,
  };
};

const addMonths = (call: BoundCall): Typed => {
  const value = moment(call, 0);
  const months = call.args[1];
  if (months === undefined) throw wrongTypes(call);
  const amount = convert(months, 'integer', call).sql;
  const moved = `sf.add_months(${wallClock(value, call).sql}, ${amount})`;
  return { ...fromWallClock(moved, value, call), nullable: value.nullable || months.nullable };
};

const name = (pattern: 'Dy' | 'Mon'): FunctionDefinition =>
  special(1, 1, (call) => {
    const value = moment(call, 0);
    return {
      sql: `to_char((${wallClock(value, call).sql}).t, '${pattern}')`,
      type: varchar(3),
      nullable: value.nullable,
    };
  });

const parts = (args: readonly string[]): string => args.join(', ');

const fromParts = (call: BoundCall): Typed => {
  const numbers = call.args.map((arg) => convert(arg, 'integer', call));
  const nullable = numbers.some((value) => value.nullable);
  const sql = `sf.ts_from_parts(${parts(numbers.map((value) => value.sql))}${numbers.length === 6 ? ', 0' : ''})`;
  return { sql, type: timestampNtz, nullable };
};

const timestampZoned =
  (kind: 'TIMESTAMP_LTZ' | 'TIMESTAMP_TZ') =>
  (call: BoundCall): Typed => {
    if (call.args.length > 7) throw compilationError(2, '0A000', `${call.node.name} with a time zone`);
    return cast(fromParts(call), kind === 'TIMESTAMP_LTZ' ? timestampLtz : timestampTz, call.environment.context);
  };

const add = special(3, 3, dateAdd);
const difference = special(3, 3, dateDiff);

export const datetimeFunctions: Readonly<Record<string, FunctionDefinition>> = {
  DATEADD: add,
  TIMEADD: add,
  TIMESTAMPADD: add,
  DATEDIFF: difference,
  TIMEDIFF: difference,
  TIMESTAMPDIFF: difference,
  DATE_PART: special(2, 2, datePart),
  DATE_TRUNC: special(2, 2, dateTrunc),
  YEAR: shortcut('year'),
  QUARTER: shortcut('quarter'),
  MONTH: shortcut('month'),
  WEEK: shortcut('week'),
  WEEKOFYEAR: shortcut('week'),
  WEEKISO: shortcut('isoweek'),
  YEAROFWEEKISO: shortcut('isoyear'),
  DAY: shortcut('day'),
  DAYOFMONTH: shortcut('day'),
  DAYOFWEEK: shortcut('dow'),
  DAYOFWEEKISO: shortcut('isodow'),
  DAYOFYEAR: shortcut('doy'),
  HOUR: shortcut('hour'),
  MINUTE: shortcut('minute'),
  SECOND: shortcut('second'),
  CONVERT_TIMEZONE: special(2, 3, convertTimezone),
  LAST_DAY: special(1, 2, lastDay),
  ADD_MONTHS: special(2, 2, addMonths),
  DAYNAME: name('Dy'),
  MONTHNAME: name('Mon'),
  DATE_FROM_PARTS: scalar(
    overload(['integer', 'integer', 'integer'], date, (args) => `sf.date_from_parts(${parts(args)})`),
  ),
  TIME_FROM_PARTS: scalar(
    overload(['integer', 'integer', 'integer'], time, (args) => `sf.time_from_parts(${parts(args)}, 0)`),
    overload(['integer', 'integer', 'integer', 'integer'], time, (args) => `sf.time_from_parts(${parts(args)})`),
  ),
  TIMESTAMP_NTZ_FROM_PARTS: special(6, 7, fromParts),
  TIMESTAMP_LTZ_FROM_PARTS: special(6, 8, timestampZoned('TIMESTAMP_LTZ')),
  TIMESTAMP_TZ_FROM_PARTS: special(6, 8, timestampZoned('TIMESTAMP_TZ')),
};
