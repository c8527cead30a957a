import { comparable, sortKey } from '../compile/comparison.ts';
import { condition, typedSql, unify } from '../compile/expression.ts';
import { integerLiteral, nullLiteral } from '../compile/literal.ts';
import type { Typed } from '../compile/typed.ts';
import { boolean, isNumeric, number, type DataType } from '../types/data-type.ts';
import { special, wrongTypes, type BoundCall, type FunctionDefinition } from './definition.ts';

function unified(call: BoundCall, values: readonly Typed[]): Typed[] {
  return unify(values, call.environment, call.node.position, call.node.name);
}

function firstType(values: readonly Typed[]): DataType {
  const [first] = values;
  if (first === undefined) throw new Error('at least one value');
  return first.type;
}

const coalesce = (call: BoundCall): Typed => {
  const values = unified(call, call.args);
  return {
    sql: `COALESCE(${values.map(typedSql).join(', ')})`,
    type: firstType(values),
    nullable: values.every((value) => value.nullable),
  };
};

/** GREATEST and LEAST are NULL as soon as one argument is, unlike Postgres' own. */
const extreme =
  (word: 'GREATEST' | 'LEAST', ignoreNulls: boolean) =>
  (call: BoundCall): Typed => {
    const values = unified(call, call.args);
    const type = firstType(values);
    const list = values.map((value) => sortKey(typedSql(value), type)).join(', ');
    const nullable = values.some((value) => value.nullable);
    const sql = `${word}(${list})`;
    if (!nullable || ignoreNulls) return { sql, type, nullable };
    const anyNull = values.filter((value) => value.nullable).map((value) => `${typedSql(value)} IS NULL`);
    return { sql: `(CASE WHEN ${anyNull.join(' OR ')} THEN NULL ELSE ${sql} END)`, type, nullable };
  };

/** DECODE compares NULL with NULL as equal. */
const decode = (call: BoundCall): Typed => {
  const [subject, ...rest] = call.args;
  if (subject === undefined) throw wrongTypes(call);
  const tests: string[] = [];
  const results: Typed[] = [];
  while (rest.length >= 2) {
    const [search, result] = rest.splice(0, 2);
    if (search === undefined || result === undefined) throw wrongTypes(call);
    const [a, b] = comparable(subject, search, call.environment.context, call.node.position, '=');
    tests.push(`${typedSql(a)} IS NOT DISTINCT FROM ${typedSql(b)}`);
    results.push(result);
  }
  const values = unified(call, [...results, rest[0] ?? nullLiteral]);
  const otherwise = values.at(-1) ?? nullLiteral;
  const whens = tests.map((test, i) => `WHEN ${test} THEN ${typedSql(values[i] ?? nullLiteral)}`).join(' ');
  return { sql: `(CASE ${whens} ELSE ${typedSql(otherwise)} END)`, type: otherwise.type, nullable: true };
};

function argument(call: BoundCall, index: number): Typed {
  const arg = call.args[index];
  if (arg === undefined) throw wrongTypes(call);
  return arg;
}

const iff = (call: BoundCall): Typed => {
  const [test] = call.node.args;
  if (test === undefined) throw wrongTypes(call);
  const values = unified(call, call.args.slice(1));
  const [then = nullLiteral, otherwise = nullLiteral] = values;
  return {
    sql: `(CASE WHEN ${condition(test, call.environment).sql} THEN ${typedSql(then)} ELSE ${typedSql(otherwise)} END)`,
    type: firstType(values),
    nullable: values.some((value) => value.nullable),
  };
};

const equalNull = (call: BoundCall): Typed => {
  const [a, b, type] = comparable(
    argument(call, 0),
    argument(call, 1),
    call.environment.context,
    call.node.position,
    '=',
  );
  const key = (value: Typed): string => (type.kind === 'TIMESTAMP_TZ' ? sortKey(value.sql, type) : typedSql(value));
  return { sql: `(${key(a)} IS NOT DISTINCT FROM ${key(b)})`, type: boolean, nullable: false };
};

const nullIf = (call: BoundCall): Typed => {
  const first = argument(call, 0);
  const [a, b] = comparable(first, argument(call, 1), call.environment.context, call.node.position, '=');
  return {
    sql: `(CASE WHEN ${a.sql} = ${b.sql} THEN NULL ELSE ${typedSql(first)} END)`,
    type: first.type,
    nullable: true,
  };
};

const replaceNull =
  (value: Typed) =>
  (call: BoundCall): Typed => {
    const subject = argument(call, 0);
    if (!isNumeric(subject.type) && subject.type.kind !== 'NULL') throw wrongTypes(call);
    return coalesce({ ...call, args: [subject, value] });
  };

const nullIfZero = (call: BoundCall): Typed => {
  const subject = argument(call, 0);
  if (!isNumeric(subject.type) && subject.type.kind !== 'NULL') throw wrongTypes(call);
  return {
    sql: `NULLIF(${typedSql(subject)}, 0)`,
    type: subject.type.kind === 'NULL' ? number(38, 0) : subject.type,
    nullable: true,
  };
};

const nvl2 = (call: BoundCall): Typed => {
  const [then = nullLiteral, otherwise = nullLiteral] = unified(call, call.args.slice(1));
  return {
    sql: `(CASE WHEN ${typedSql(argument(call, 0))} IS NOT NULL THEN ${typedSql(then)} ELSE ${typedSql(otherwise)} END)`,
    type: then.type,
    nullable: then.nullable || otherwise.nullable,
  };
};

export const conditionalFunctions: Readonly<Record<string, FunctionDefinition>> = {
  COALESCE: special(2, Infinity, coalesce),
  NVL: special(2, 2, coalesce),
  IFNULL: special(2, 2, coalesce),
  NVL2: special(3, 3, nvl2),
  IFF: special(3, 3, iff),
  NULLIF: special(2, 2, nullIf),
  EQUAL_NULL: special(2, 2, equalNull),
  ZEROIFNULL: special(1, 1, replaceNull(integerLiteral(0))),
  NULLIFZERO: special(1, 1, nullIfZero),
  DECODE: special(3, Infinity, decode),
  GREATEST: special(1, Infinity, extreme('GREATEST', false)),
  LEAST: special(1, Infinity, extreme('LEAST', false)),
  GREATEST_IGNORE_NULLS: special(1, Infinity, extreme('GREATEST', true)),
  LEAST_IGNORE_NULLS: special(1, Infinity, extreme('LEAST', true)),
};
