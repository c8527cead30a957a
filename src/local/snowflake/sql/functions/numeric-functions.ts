import { cast } from '../compile/cast.ts';
import { arithmetic, typedSql } from '../compile/expression.ts';
import { isCheap, type Typed } from '../compile/typed.ts';
import { float, integer, number, type DataType } from '../types/data-type.ts';
import {
  convert,
  overload,
  scalar,
  special,
  wrongTypes,
  type BoundCall,
  type FunctionDefinition,
} from './definition.ts';

const same = ([first]: readonly Typed[]): DataType => first?.type ?? float;

const scaleOf = (type: DataType | undefined): number => (type?.kind === 'NUMBER' ? type.scale : 0);
const wholeOf = (type: DataType | undefined): number => (type?.kind === 'NUMBER' ? type.precision - type.scale : 38);

/** The integer value of an argument that was written as a number. */
function constantInteger(call: BoundCall, index: number): number | undefined {
  const node = call.node.args[index];
  if (node?.kind === 'number' && /^-?[0-9]+$/u.test(node.text)) return Number(node.text);
  return undefined;
}

/** ROUND, FLOOR, CEIL and TRUNC of a NUMBER: the result has the asked-for scale where that is a constant, else the argument's. */
const rounding =
  (word: 'round' | 'floor' | 'ceil' | 'trunc') =>
  (call: BoundCall): Typed => {
    const [subject] = call.args;
    if (subject === undefined) throw wrongTypes(call);
    const nullable = call.args.some((arg) => arg.nullable);
    const kind = subject.type.kind;
    if (kind === 'FLOAT' || kind === 'VARCHAR' || kind === 'VARIANT') {
      const value = convert(subject, 'float', call);
      if (call.args[1] === undefined) {
        // Postgres rounds floats half to even; Snowflake rounds half away from zero.
        const sql = word === 'round' ? `sf.float_round(${value.sql}, 0)` : `${word}(${value.sql})`;
        return { sql, type: float, nullable };
      }
      return {
        sql: `sf.float_${word}(${value.sql}, ${convert(call.args[1], 'integer', call).sql})`,
        type: float,
        nullable,
      };
    }
    const value = kind === 'NUMBER' || kind === 'DECFLOAT' ? subject : convert(subject, 'number', call);
    const places = call.args[1] === undefined ? 0 : constantInteger(call, 1);
    const scale = scaleOf(value.type);
    if (value.type.kind === 'DECFLOAT') {
      return { sql: `sf.${word}_to(${value.sql}, ${places ?? 0})`, type: value.type, nullable };
    }
    if (places === undefined && call.args[1] !== undefined) {
      const digits = convert(call.args[1], 'integer', call).sql;
      return { sql: `sf.${word}_to(${value.sql}, ${digits})::numeric(38,${scale})`, type: number(38, scale), nullable };
    }
    const kept = Math.max(0, Math.min(scale, places ?? 0));
    const precision = Math.min(38, wholeOf(value.type) + 1 + kept);
    const sql =
      word === 'round' || word === 'trunc'
        ? `${word}(${value.sql}, ${Math.min(scale, places ?? 0)})`
        : `sf.${word}_to(${value.sql}, ${Math.min(scale, places ?? 0)})`;
    return {
      sql: (places ?? 0) === 0 && word !== 'round' && word !== 'trunc' ? `${word}(${value.sql})` : sql,
      type: number(precision, kept),
      nullable,
    };
  };

const floatFunction = (word: string): FunctionDefinition =>
  scalar(overload(['float'], float, ([x = '']) => `${word}(${x})`));

const modulo = (call: BoundCall): Typed => {
  const [a, b] = call.args;
  if (a === undefined || b === undefined) throw wrongTypes(call);
  return arithmetic('%', a, b, call.environment, call.node.position);
};

/** DIV0: division that gives 0 for a zero divisor; DIV0NULL also for a NULL one. */
const dividing =
  (nullIsZero: boolean) =>
  (call: BoundCall): Typed => {
    const [first, second] = call.args;
    if (first === undefined || second === undefined) throw wrongTypes(call);
    const numberOrNull = (arg: Typed): Typed =>
      arg.type.kind === 'NULL' ? cast(arg, integer, call.environment.context) : arg;
    const a = numberOrNull(first);
    const b = numberOrNull(second);
    const quotient = arithmetic(
      '/',
      a,
      { ...b, sql: `NULLIF(${typedSql(b)}, 0)` },
      call.environment,
      call.node.position,
    );
    const divisor = typedSql(b);
    const test = nullIsZero ? `${divisor} = 0 OR ${divisor} IS NULL` : `${divisor} = 0`;
    const zero = quotient.type.kind === 'NUMBER' ? `0::numeric(38,${quotient.type.scale})` : '0::double precision';
    return {
      sql: `(CASE WHEN (${test}) AND ${typedSql(a)} IS NOT NULL THEN ${zero} ELSE ${quotient.sql} END)`,
      type: quotient.type,
      nullable: true,
    };
  };

const bitwise = (sql: (a: string, b: string) => string): FunctionDefinition =>
  scalar(
    overload(
      ['number', 'number'],
      integer,
      ([a = '', b = '']) => `(${sql(`(${a})::bigint`, `(${b})::bigint`)})::numeric`,
    ),
  );

const power = scalar(overload(['float', 'float'], float, ([x = '', y = '']) => `power(${x}, ${y})`));

/** 63 bits that depend on a number and nothing else. */
const bitsOf = (source: string, salt: number): string =>
  `(hash_numeric_extended(${source}, ${salt}) & 9223372036854775807)`;

/** UNIFORM(low, high, gen): an integer or a float between two bounds, from a generator such as RANDOM(). */
const uniform = (call: BoundCall): Typed => {
  const [low, high, generator] = call.args;
  if (low === undefined || high === undefined || generator === undefined) throw wrongTypes(call);
  const source = convert(generator, 'number', call).sql;
  const whole = [low, high].every(({ type }) => type.kind === 'NUMBER' && type.scale === 0);
  if (whole) {
    const range = `(${high.sql} - ${low.sql} + 1)`;
    return { sql: `(${low.sql} + mod(${bitsOf(source, 0)}::numeric, ${range}))`, type: number(38, 0), nullable: false };
  }
  const [from, to] = [convert(low, 'float', call).sql, convert(high, 'float', call).sql];
  const fraction = `(${bitsOf(source, 1)}::double precision / 9223372036854775808)`;
  return { sql: `(${from} + (${to} - ${from}) * ${fraction})`, type: float, nullable: false };
};

/** RANDOM() is 64 bits; with a constant seed it gives the same sequence again, by the number of the row it is computed for. */
const random = (call: BoundCall): Typed => {
  const [seed] = call.args;
  const type = number(19, 0);
  if (seed === undefined) {
    return { sql: `trunc((random() * 2 - 1) * 9223372036854774784)::numeric`, type, nullable: false };
  }
  const value = convert(seed, 'integer', call);
  return { sql: `hashint8extended(row_number() OVER (), ${value.sql})::numeric`, type, nullable: false };
};

const absolute = scalar(
  overload(['number'], same, ([x = '']) => `abs(${x})`),
  overload(['float'], float, ([x = '']) => `abs(${x})`),
  overload(['decfloat'], same, ([x = '']) => `abs(${x})`),
);

const ceil = special(1, 2, rounding('ceil'));
const truncate = special(1, 2, rounding('trunc'));

const widthBucket = scalar(
  overload(
    ['float', 'float', 'float', 'integer'],
    number(38, 0),
    ([x = '', low = '', high = '', count = '']) => `width_bucket(${x}, ${low}, ${high}, ${count})::numeric`,
  ),
);

export const numericFunctions: Readonly<Record<string, FunctionDefinition>> = {
  ABS: absolute,
  SIGN: scalar(
    overload(['number'], number(1, 0), ([x = '']) => `sign(${x})`),
    overload(['float'], float, ([x = '']) => `sign(${x})`),
  ),
  ROUND: special(1, 2, rounding('round')),
  FLOOR: special(1, 2, rounding('floor')),
  CEIL: ceil,
  CEILING: ceil,
  TRUNCATE: truncate,
  TRUNC: truncate,
  MOD: special(2, 2, modulo),
  POWER: power,
  POW: power,
  SQUARE: scalar(overload(['float'], float, ([x = '']) => (isCheap(x) ? `${x} * ${x}` : `power(${x}, 2)`))),
  SQRT: floatFunction('sqrt'),
  CBRT: floatFunction('cbrt'),
  EXP: floatFunction('exp'),
  LN: floatFunction('ln'),
  LOG: scalar(overload(['float', 'float'], float, ([base = '', x = '']) => `ln(${x}) / ln(${base})`)),
  SIN: floatFunction('sin'),
  COS: floatFunction('cos'),
  TAN: floatFunction('tan'),
  COT: floatFunction('cot'),
  ASIN: floatFunction('asin'),
  ACOS: floatFunction('acos'),
  ATAN: floatFunction('atan'),
  ATAN2: scalar(overload(['float', 'float'], float, ([y = '', x = '']) => `atan2(${y}, ${x})`)),
  SINH: floatFunction('sinh'),
  COSH: floatFunction('cosh'),
  TANH: floatFunction('tanh'),
  RADIANS: floatFunction('radians'),
  DEGREES: floatFunction('degrees'),
  PI: scalar(overload([], float, () => 'pi()')),
  DIV0: special(2, 2, dividing(false)),
  DIV0NULL: special(2, 2, dividing(true)),
  BITAND: bitwise((a, b) => `${a} & ${b}`),
  BITOR: bitwise((a, b) => `${a} | ${b}`),
  BITXOR: bitwise((a, b) => `${a} # ${b}`),
  BITNOT: scalar(overload(['number'], integer, ([a = '']) => `(~ (${a})::bigint)::numeric`)),
  BITSHIFTLEFT: bitwise((a, b) => `${a} << (${b})::int`),
  BITSHIFTRIGHT: bitwise((a, b) => `${a} >> (${b})::int`),
  WIDTH_BUCKET: widthBucket,
  UNIFORM: special(3, 3, uniform),
  RANDOM: special(0, 1, random),
  HAVERSINE: scalar(
    overload(
      ['float', 'float', 'float', 'float'],
      float,
      ([lat1 = '', lon1 = '', lat2 = '', lon2 = '']) =>
        `2 * 6371 * asin(sqrt(power(sin(radians((${lat2}) - (${lat1})) / 2), 2) + cos(radians(${lat1})) * cos(radians(${lat2})) * power(sin(radians((${lon2}) - (${lon1})) / 2), 2)))`,
    ),
  ),
  SEQ1: sequence(),
  SEQ2: sequence(),
  SEQ4: sequence(),
  SEQ8: sequence(),
};

/** SEQn: 0, 1, 2, … over the rows of a generator. */
function sequence(): FunctionDefinition {
  return special(0, 1, (call) => {
    const column = call.environment.scope.sources
      .flatMap((source) => source.columns)
      .find((candidate) => candidate.name === generatorColumn);
    const value = column === undefined ? '(row_number() OVER () - 1)::numeric' : column.sql;
    return { sql: value, type: number(call.node.name === 'SEQ8' ? 19 : 10, 0), nullable: false };
  });
}

/** The hidden column in which GENERATOR counts its rows; no SQL name can be this. */
export const generatorColumn = '\0generator';
