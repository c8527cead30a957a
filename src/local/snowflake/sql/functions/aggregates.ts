import type { FunctionCall } from '../ast.ts';
import { cast } from '../compile/cast.ts';
import { sortKey } from '../compile/comparison.ts';
import type { Environment } from '../compile/context.ts';
import { compileExpression, condition, typedSql, variantSql } from '../compile/expression.ts';
import { textLiteral } from '../compile/literal.ts';
import { orderKey } from '../compile/query.ts';
import type { Typed } from '../compile/typed.ts';
import { argumentCount, argumentTypes, unsupported } from '../errors.ts';
import {
  array,
  boolean,
  float,
  formatType,
  integer,
  isNumeric,
  number,
  object,
  varchar,
  type TypeKind,
} from '../types/data-type.ts';
import { compileWindow } from './window.ts';

interface Aggregate {
  readonly minimum: number;
  readonly maximum: number;
  compile(call: AggregateCall): Typed;
}

interface AggregateCall {
  readonly node: FunctionCall;
  readonly environment: Environment;
  readonly args: readonly Typed[];
  /** `DISTINCT ` or nothing. */
  readonly distinct: string;
  /** ` OVER (…)` or nothing. */
  readonly over: string;
}

function wrongTypes(call: AggregateCall): Error {
  return argumentTypes(
    call.node.position,
    call.node.name,
    call.args.map((arg) => formatType(arg.type)),
  );
}

function first(call: AggregateCall): Typed {
  const [arg] = call.args;
  if (arg === undefined) throw wrongTypes(call);
  return arg;
}

/** Numbers as they are, text and variants as numbers. */
function numeric(call: AggregateCall): Typed {
  const arg = first(call);
  const { kind } = arg.type;
  if (isNumeric(arg.type)) return arg;
  if (kind === 'NULL') return cast(arg, integer, call.environment.context);
  if (kind === 'VARCHAR' || kind === 'VARIANT') return cast(arg, float, call.environment.context);
  throw wrongTypes(call);
}

/** Types whose extremes Postgres' own min and max do not find. */
const ownExtremes = new Set<TypeKind>(['TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ', 'BINARY', 'UUID']);
const unordered = new Set<TypeKind>(['OBJECT', 'ARRAY', 'MAP', 'GEOGRAPHY', 'GEOMETRY', 'VECTOR']);

const count = (call: AggregateCall): Typed => {
  const { node, over } = call;
  const type = number(18, 0);
  if (node.star) return { sql: `(count(*)${over})::numeric`, type, nullable: false };
  if (call.args.length === 0) throw argumentCount(node.position, node.source, 1, 0);
  const [only] = call.args;
  if (call.args.length === 1 && only !== undefined) {
    return { sql: `(count(${call.distinct}${typedSql(only)})${over})::numeric`, type, nullable: false };
  }
  // COUNT(a, b) counts the rows in which no argument is NULL.
  const row = `CASE WHEN ${call.args.map((arg) => `${typedSql(arg)} IS NOT NULL`).join(' AND ')} THEN ROW(${call.args.map(typedSql).join(', ')}) END`;
  return { sql: `(count(${call.distinct}${row})${over})::numeric`, type, nullable: false };
};

const countIf = (call: AggregateCall): Typed => {
  const [test] = call.node.args;
  if (test === undefined) throw wrongTypes(call);
  const { sql } = condition(test, call.environment);
  return { sql: `(count(CASE WHEN ${sql} THEN 1 END)${call.over})::numeric`, type: number(18, 0), nullable: false };
};

const sum = (call: AggregateCall): Typed => {
  const arg = numeric(call);
  const sql = `sum(${call.distinct}${arg.sql})${call.over}`;
  if (arg.type.kind === 'NUMBER') {
    return { sql: `(${sql})::numeric(38,${arg.type.scale})`, type: number(38, arg.type.scale), nullable: true };
  }
  return { sql, type: arg.type, nullable: true };
};

/** AVG of NUMBER(p,s) has scale s + 6, at most 12 unless s is more (sql-reference/functions/avg). */
const average = (call: AggregateCall): Typed => {
  const arg = numeric(call);
  if (arg.type.kind === 'NUMBER') {
    const scale = Math.max(arg.type.scale, Math.min(arg.type.scale + 6, 12));
    const total = `sum(${call.distinct}${arg.sql})${call.over}`;
    const rows = `count(${call.distinct}${arg.sql})${call.over}`;
    return {
      sql: `((${total} + 0.000000000000000000000000000000) / NULLIF(${rows}, 0))::numeric(38,${scale})`,
      type: number(38, scale),
      nullable: true,
    };
  }
  return { sql: `avg(${call.distinct}${arg.sql})${call.over}`, type: arg.type, nullable: true };
};

const extreme =
  (word: 'min' | 'max') =>
  (call: AggregateCall): Typed => {
    const arg = first(call);
    const { type } = arg;
    const { over } = call;
    if (unordered.has(type.kind)) throw wrongTypes(call);
    if (ownExtremes.has(type.kind)) return { sql: `sf.${word}imum(${arg.sql})${over}`, type, nullable: true };
    if (type.kind === 'BOOLEAN') {
      return { sql: `${word === 'min' ? 'bool_and' : 'bool_or'}(${arg.sql})${over}`, type, nullable: true };
    }
    return { sql: `${word}(${sortKey(typedSql(arg), type)})${over}`, type, nullable: true };
  };

function orderWithin(call: AggregateCall): string {
  const { withinGroup } = call.node;
  if (withinGroup.length === 0) return '';
  const keys = withinGroup.map((item) => orderKey(compileExpression(item.expression, call.environment), item));
  return ` ORDER BY ${keys.join(', ')}`;
}

/** LISTAGG skips NULLs, and is the empty string where there was nothing (sql-reference/functions/listagg). */
const listAgg = (call: AggregateCall): Typed => {
  if (call.over !== '' && call.node.withinGroup.length > 0) throw unsupported('LISTAGG WITHIN GROUP … OVER');
  const { context } = call.environment;
  const arg = first(call);
  const text = cast(arg, varchar(), context).sql;
  const delimiter = call.args[1] === undefined ? textLiteral('').sql : cast(call.args[1], varchar(), context).sql;
  const order = orderWithin(call);
  return {
    sql: `COALESCE(string_agg(${call.distinct}${text}, ${delimiter}${order})${call.over}, '')`,
    type: varchar(),
    nullable: false,
  };
};

const arrayAgg = (call: AggregateCall): Typed => {
  const text = variantSql(first(call), call.environment);
  const items = `string_agg(${call.distinct}${text}, ','${orderWithin(call)})${call.over}`;
  return { sql: `('[' || COALESCE(${items}, '') || ']')`, type: array, nullable: false };
};

const objectAgg = (call: AggregateCall): Typed => {
  const [key, value] = call.args;
  if (key === undefined || value === undefined) throw wrongTypes(call);
  const name = cast(key, varchar(), call.environment.context).sql;
  const content = variantSql(value, call.environment);
  const sql = `COALESCE(string_agg(sf.json_string(${name}) || ':' || ${content}, ',' ORDER BY ${name} COLLATE "C")${call.over}, '')`;
  return { sql: `('{' || ${sql} || '}')`, type: object, nullable: false };
};

const booleanAggregate =
  (word: 'bool_and' | 'bool_or') =>
  (call: AggregateCall): Typed => {
    const [test] = call.node.args;
    if (test === undefined) throw wrongTypes(call);
    return { sql: `${word}(${condition(test, call.environment).sql})${call.over}`, type: boolean, nullable: true };
  };

const statistic =
  (word: string) =>
  (call: AggregateCall): Typed => {
    const value = cast(numeric(call), float, call.environment.context);
    return { sql: `${word}(${call.distinct}${value.sql})${call.over}`, type: float, nullable: true };
  };

const median = (call: AggregateCall): Typed => {
  const arg = numeric(call);
  if (call.over !== '') throw unsupported('MEDIAN … OVER');
  if (arg.type.kind !== 'NUMBER') {
    return {
      sql: `percentile_cont(0.5) WITHIN GROUP (ORDER BY ${cast(arg, float, call.environment.context).sql})`,
      type: float,
      nullable: true,
    };
  }
  const scale = Math.min(37, arg.type.scale + 3);
  return {
    sql: `sf.median(array_agg(${arg.sql}))::numeric(38,${scale})`,
    type: number(38, scale),
    nullable: true,
  };
};

const anyValue = (call: AggregateCall): Typed => {
  const arg = first(call);
  return { sql: `(array_agg(${typedSql(arg)})${call.over})[1]`, type: arg.type, nullable: true };
};

/** XOR of a hash of each value, as the real one's: the same for the same set of rows in any order. */
const bitwise =
  (word: 'bit_and' | 'bit_or' | 'bit_xor') =>
  (call: AggregateCall): Typed => {
    const value = cast(numeric(call), integer, call.environment.context);
    return { sql: `(${word}((${value.sql})::bigint)${call.over})::numeric`, type: integer, nullable: true };
  };

const definitions: readonly (readonly [string, Aggregate])[] = [
  ['COUNT', { minimum: 0, maximum: Infinity, compile: count }],
  ['COUNT_IF', { minimum: 1, maximum: 1, compile: countIf }],
  ['SUM', { minimum: 1, maximum: 1, compile: sum }],
  ['AVG', { minimum: 1, maximum: 1, compile: average }],
  ['MIN', { minimum: 1, maximum: 1, compile: extreme('min') }],
  ['MAX', { minimum: 1, maximum: 1, compile: extreme('max') }],
  ['LISTAGG', { minimum: 1, maximum: 2, compile: listAgg }],
  ['ARRAY_AGG', { minimum: 1, maximum: 1, compile: arrayAgg }],
  ['OBJECT_AGG', { minimum: 2, maximum: 2, compile: objectAgg }],
  ['BOOLAND_AGG', { minimum: 1, maximum: 1, compile: booleanAggregate('bool_and') }],
  ['BOOLOR_AGG', { minimum: 1, maximum: 1, compile: booleanAggregate('bool_or') }],
  ['BITAND_AGG', { minimum: 1, maximum: 1, compile: bitwise('bit_and') }],
  ['BITOR_AGG', { minimum: 1, maximum: 1, compile: bitwise('bit_or') }],
  ['BITXOR_AGG', { minimum: 1, maximum: 1, compile: bitwise('bit_xor') }],
  ['STDDEV', { minimum: 1, maximum: 1, compile: statistic('stddev_samp') }],
  ['STDDEV_SAMP', { minimum: 1, maximum: 1, compile: statistic('stddev_samp') }],
  ['STDDEV_POP', { minimum: 1, maximum: 1, compile: statistic('stddev_pop') }],
  ['VARIANCE', { minimum: 1, maximum: 1, compile: statistic('var_samp') }],
  ['VAR_POP', { minimum: 1, maximum: 1, compile: statistic('var_pop') }],
  ['MEDIAN', { minimum: 1, maximum: 1, compile: median }],
  ['ANY_VALUE', { minimum: 1, maximum: 1, compile: anyValue }],
];

export const aggregates: ReadonlyMap<string, Aggregate> = new Map(definitions);

const orderable = new Set(['LISTAGG', 'ARRAY_AGG']);

/** An aggregate, over its group or over a window. */
export function compileAggregate(node: FunctionCall, environment: Environment): Typed {
  const aggregate = aggregates.get(node.name);
  if (aggregate === undefined) throw new Error(`${node.name} is not an aggregate`);
  if (node.star && node.name !== 'COUNT') throw unsupported(`${node.name}(*)`);
  const { length } = node.args;
  if (length < aggregate.minimum) throw argumentCount(node.position, node.source, aggregate.minimum, length);
  if (length > aggregate.maximum) throw argumentCount(node.position, node.source, aggregate.maximum, length);
  if (node.withinGroup.length > 0 && !orderable.has(node.name)) throw unsupported(`${node.name} WITHIN GROUP`);
  if (node.nullTreatment === 'IGNORE') throw unsupported(`${node.name} IGNORE NULLS`);
  const args = node.args.map((arg) => compileExpression(arg, environment));
  const over = node.over === null ? '' : ` OVER (${compileWindow(node.over, environment)})`;
  if (over !== '' && node.distinct) throw unsupported(`${node.name}(DISTINCT …) OVER`);
  return aggregate.compile({ node, environment, args, distinct: node.distinct ? 'DISTINCT ' : '', over });
}
