import type { FunctionCall } from '../ast.ts';
import { cast } from '../compile/cast.ts';
import type { Environment } from '../compile/context.ts';
import type { Typed } from '../compile/typed.ts';
import { argumentTypes } from '../errors.ts';
import {
  array,
  binary,
  boolean,
  date,
  float,
  formatType,
  geography,
  geometry,
  integer,
  isSemiStructured,
  isTimestamp,
  number,
  object,
  time,
  timestampLtz,
  timestampNtz,
  timestampTz,
  variant,
  varchar,
  type DataType,
} from '../types/data-type.ts';

/** A function call with its arguments compiled. */
export interface BoundCall {
  readonly node: FunctionCall;
  readonly args: readonly Typed[];
  readonly environment: Environment;
}

/** What an overload takes at one place. `integer` is handed over as a Postgres int, everything else in its storage form. */
export type Parameter =
  | 'any'
  | 'text'
  | 'number'
  | 'integer'
  | 'float'
  | 'decfloat'
  | 'boolean'
  | 'date'
  | 'time'
  | 'ntz'
  | 'ltz'
  | 'tz'
  | 'binary'
  | 'variant'
  | 'array'
  | 'object'
  | 'geography'
  | 'geometry'
  | 'vector';

export interface Overload {
  readonly parameters: readonly Parameter[];
  /** How many of the parameters, from the end, may be left out. */
  readonly optional: number;
  /** Repeats for arguments beyond the parameters. */
  readonly rest: Parameter | null;
  readonly type: (args: readonly Typed[]) => DataType;
  readonly sql: (args: readonly string[], call: BoundCall) => string;
  /** `strict`: NULL where an argument is; `never`: never NULL; `maybe`: may be NULL whatever the arguments. */
  readonly nulls: 'strict' | 'never' | 'maybe';
}

export interface FunctionDefinition {
  readonly minimum: number;
  readonly maximum: number;
  compile(call: BoundCall): Typed;
}

interface OverloadOptions {
  readonly optional?: number;
  readonly rest?: Parameter;
  readonly nulls?: Overload['nulls'];
}

export function overload(
  parameters: readonly Parameter[],
  type: DataType | ((args: readonly Typed[]) => DataType),
  sql: Overload['sql'],
  options: OverloadOptions = {},
): Overload {
  return {
    parameters,
    type: typeof type === 'function' ? type : () => type,
    sql,
    optional: options.optional ?? 0,
    rest: options.rest ?? null,
    nulls: options.nulls ?? 'strict',
  };
}

/** A function that is a set of overloads: the one whose arguments need the cheapest conversions is taken, the first of equals. */
export function scalar(...overloads: readonly Overload[]): FunctionDefinition {
  return {
    minimum: Math.min(...overloads.map((o) => o.parameters.length - o.optional)),
    maximum: Math.max(...overloads.map((o) => (o.rest === null ? o.parameters.length : Infinity))),
    compile: (call) => compileOverload(resolve(overloads, call), call),
  };
}

/** A function whose translation is not a choice among overloads. */
export function special(minimum: number, maximum: number, compile: (call: BoundCall) => Typed): FunctionDefinition {
  return { minimum, maximum, compile };
}

function resolve(overloads: readonly Overload[], call: BoundCall): Overload {
  let best: Overload | undefined;
  let bestCost = Infinity;
  for (const candidate of overloads) {
    const cost = totalCost(candidate, call.args);
    if (cost < bestCost) {
      best = candidate;
      bestCost = cost;
    }
  }
  if (best === undefined) throw wrongTypes(call);
  return best;
}

export function wrongTypes(call: BoundCall): Error {
  return argumentTypes(
    call.node.position,
    call.node.name,
    call.args.map((arg) => formatType(arg.type)),
  );
}

function totalCost(candidate: Overload, args: readonly Typed[]): number {
  const { parameters, optional, rest } = candidate;
  if (args.length < parameters.length - optional) return Infinity;
  if (args.length > parameters.length && rest === null) return Infinity;
  let cost = 0;
  args.forEach((arg, i) => {
    const parameter = parameters[i] ?? rest;
    cost += parameter === null ? Infinity : conversionCost(arg.type, parameter);
  });
  return cost;
}

/** 0 for the type itself, more for each kind of implicit conversion, Infinity for none (sql-reference/data-type-conversion). */
function conversionCost(type: DataType, parameter: Parameter): number {
  if (parameter === 'any' || type.kind === 'NULL') return 0;
  const { kind } = type;
  const text = kind === 'VARCHAR' ? 4 : Infinity;
  const fromVariant = kind === 'VARIANT' ? 3 : Infinity;
  switch (parameter) {
    case 'text':
      if (kind === 'VARCHAR') return 0;
      if (kind === 'UUID') return 1;
      if (
        kind === 'NUMBER' ||
        kind === 'FLOAT' ||
        kind === 'DECFLOAT' ||
        kind === 'BOOLEAN' ||
        kind === 'DATE' ||
        kind === 'TIME'
      )
        return 5;
      if (isTimestamp(type)) return 5;
      return kind === 'VARIANT' ? 3 : Infinity;
    case 'number':
    case 'integer':
      if (kind === 'NUMBER') return 0;
      return Math.min(text, fromVariant, parameter === 'integer' && kind === 'FLOAT' ? 1 : Infinity);
    case 'float':
      if (kind === 'FLOAT') return 0;
      return Math.min(text, fromVariant, kind === 'NUMBER' || kind === 'DECFLOAT' ? 1 : Infinity);
    case 'decfloat':
      return kind === 'DECFLOAT' ? 0 : Infinity;
    case 'boolean':
      if (kind === 'BOOLEAN') return 0;
      return Math.min(text, fromVariant, kind === 'NUMBER' ? 5 : Infinity);
    case 'date':
      if (kind === 'DATE') return 0;
      return Math.min(text, fromVariant, isTimestamp(type) ? 2 : Infinity);
    case 'time':
      return kind === 'TIME' ? 0 : Math.min(text, fromVariant);
    case 'ntz':
      if (kind === 'TIMESTAMP_NTZ') return 0;
      return Math.min(text, fromVariant, kind === 'DATE' ? 1 : Infinity, isTimestamp(type) ? 2 : Infinity);
    case 'ltz':
      if (kind === 'TIMESTAMP_LTZ') return 0;
      return Math.min(fromVariant, isTimestamp(type) ? 2 : Infinity);
    case 'tz':
      if (kind === 'TIMESTAMP_TZ') return 0;
      return Math.min(fromVariant, isTimestamp(type) ? 2 : Infinity);
    case 'binary':
      return kind === 'BINARY' ? 0 : Infinity;
    case 'variant':
      if (kind === 'VARIANT') return 0;
      return isSemiStructured(type)
        ? 1
        : kind === 'GEOGRAPHY' || kind === 'GEOMETRY' || kind === 'VECTOR'
          ? Infinity
          : 6;
    case 'array':
      return kind === 'ARRAY' ? 0 : kind === 'VARIANT' ? 3 : Infinity;
    case 'object':
      return kind === 'OBJECT' || kind === 'MAP' ? 0 : kind === 'VARIANT' ? 3 : Infinity;
    case 'geography':
      return kind === 'GEOGRAPHY' ? 0 : Infinity;
    case 'geometry':
      return kind === 'GEOMETRY' ? 0 : Infinity;
    case 'vector':
      return kind === 'VECTOR' ? 0 : Infinity;
  }
}

const targets: Readonly<Record<Exclude<Parameter, 'any' | 'vector'>, DataType>> = {
  text: varchar(),
  number: number(38, 5),
  integer,
  float,
  decfloat: { kind: 'DECFLOAT' },
  boolean,
  date,
  time,
  ntz: timestampNtz,
  ltz: timestampLtz,
  tz: timestampTz,
  binary: binary(),
  variant,
  array,
  object,
  geography,
  geometry,
};

const kinds: Readonly<Partial<Record<Parameter, DataType['kind']>>> = {
  text: 'VARCHAR',
  number: 'NUMBER',
  ntz: 'TIMESTAMP_NTZ',
  ltz: 'TIMESTAMP_LTZ',
  tz: 'TIMESTAMP_TZ',
  time: 'TIME',
  binary: 'BINARY',
};

/** The argument in the form that a parameter takes. */
export function convert(arg: Typed, parameter: Parameter, call: BoundCall): Typed {
  if (parameter === 'any' || parameter === 'vector') return arg;
  const { context } = call.environment;
  if (parameter === 'integer') {
    const value = arg.type.kind === 'NUMBER' && arg.type.scale === 0 ? arg : cast(arg, integer, context);
    return { ...value, sql: `(${value.sql})::int` };
  }
  if (arg.type.kind === kinds[parameter]) return arg;
  if (parameter === 'object' && arg.type.kind === 'MAP') return arg;
  return cast(arg, targets[parameter], context);
}

function compileOverload(chosen: Overload, call: BoundCall): Typed {
  const args = call.args.map((arg, i) => convert(arg, chosen.parameters[i] ?? chosen.rest ?? 'any', call));
  const sql = chosen.sql(
    args.map((arg) => arg.sql),
    { ...call, args },
  );
  const nullable = chosen.nulls === 'maybe' || (chosen.nulls === 'strict' && args.some((arg) => arg.nullable));
  return { sql: `(${sql})`, type: chosen.type(args), nullable };
}

/** The text of an argument that Snowflake wants as a constant: a format, a unit, a zone. */
export function constantText(call: BoundCall, index: number): string {
  const constant = call.args[index]?.constant;
  if (constant === undefined) throw wrongTypes(call);
  return constant;
}
