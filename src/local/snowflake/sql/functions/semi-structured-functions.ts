import { typedSql, variantSql } from '../compile/expression.ts';
import type { Typed } from '../compile/typed.ts';
import { array, boolean, isSemiStructured, number, object, variant, varchar } from '../types/data-type.ts';
import {
  convert,
  overload,
  scalar,
  special,
  wrongTypes,
  type BoundCall,
  type FunctionDefinition,
} from './definition.ts';

const objectConstruct =
  (keepNull: boolean) =>
  (call: BoundCall): Typed => {
    if (call.args.length % 2 !== 0) throw wrongTypes(call);
    const parts = call.args.map((arg, i) =>
      i % 2 === 0 ? convert(arg, 'text', call).sql : variantSql(arg, call.environment),
    );
    const sql = parts.length === 0 ? `'{}'::text` : `sf.object_of(${keepNull}, ARRAY[${parts.join(', ')}]::text[])`;
    return { sql, type: object, nullable: false };
  };

/** ARRAY_CONSTRUCT writes SQL NULL as `undefined`, which the JSON of a result shows as such; JSON text has no such word, so it is null here. */
const arrayConstruct = (call: BoundCall): Typed => {
  if (call.args.length === 0) return { sql: `'[]'::text`, type: array, nullable: false };
  const items = call.args.map((arg) => `COALESCE(${variantSql(arg, call.environment)}, 'null')`);
  return { sql: `('[' || ${items.join(` || ',' || `)} || ']')`, type: array, nullable: false };
};

const toVariant = (call: BoundCall): Typed => {
  const [arg] = call.args;
  if (arg === undefined) throw wrongTypes(call);
  return { sql: variantSql(arg, call.environment), type: variant, nullable: arg.nullable };
};

const typeOf = (call: BoundCall): Typed => {
  const [arg] = call.args;
  if (arg === undefined) throw wrongTypes(call);
  return { sql: `sf.type_of(${variantSql(arg, call.environment)})`, type: varchar(), nullable: arg.nullable };
};

const toArray = (call: BoundCall): Typed => {
  const [arg] = call.args;
  if (arg === undefined) throw wrongTypes(call);
  if (arg.type.kind === 'ARRAY') return arg;
  return { sql: `sf.variant_array(${variantSql(arg, call.environment)})`, type: array, nullable: arg.nullable };
};

/** TO_JSON takes VARIANT, OBJECT and ARRAY; what else is handed over is an error, as the real one's is for VECTOR and MAP. */
const toJson = (call: BoundCall): Typed => {
  const [arg] = call.args;
  if (arg === undefined || !['VARIANT', 'OBJECT', 'ARRAY', 'NULL'].includes(arg.type.kind)) throw wrongTypes(call);
  return { sql: typedSql(arg), type: varchar(), nullable: arg.nullable };
};

const get = (call: BoundCall): Typed => {
  const [subject, key] = call.args;
  if (subject === undefined || key === undefined || !isSemiStructured(subject.type)) throw wrongTypes(call);
  const sql =
    key.type.kind === 'NUMBER'
      ? `sf.get_index(${subject.sql}, (${key.sql})::int)`
      : `sf.get_key(${subject.sql}, ${convert(key, 'text', call).sql})`;
  return { sql, type: variant, nullable: true };
};

const getPath = scalar(
  overload(['variant', 'text'], variant, ([value = '', path = '']) => `sf.get_path(${value}, ${path})`, {
    nulls: 'maybe',
  }),
);

const isKind = (...types: readonly string[]): FunctionDefinition =>
  scalar(
    overload(
      ['variant'],
      boolean,
      ([value = '']) => `sf.type_of(${value}) IN (${types.map((type) => `'${type}'`).join(', ')})`,
    ),
  );

export const semiStructuredFunctions: Readonly<Record<string, FunctionDefinition>> = {
  PARSE_JSON: scalar(overload(['text'], variant, ([text = '']) => `sf.parse_json(${text}, false)`, { nulls: 'maybe' })),
  TRY_PARSE_JSON: scalar(
    overload(['text'], variant, ([text = '']) => `sf.parse_json(${text}, true)`, { nulls: 'maybe' }),
  ),
  CHECK_JSON: scalar(overload(['text'], varchar(), ([text = '']) => `sf.check_json(${text})`, { nulls: 'maybe' })),
  TO_JSON: special(1, 1, toJson),
  TO_VARIANT: special(1, 1, toVariant),
  TO_OBJECT: scalar(overload(['object'], object, ([value = '']) => value)),
  TO_ARRAY: special(1, 1, toArray),
  OBJECT_CONSTRUCT: special(0, Infinity, objectConstruct(false)),
  OBJECT_CONSTRUCT_KEEP_NULL: special(0, Infinity, objectConstruct(true)),
  ARRAY_CONSTRUCT: special(0, Infinity, arrayConstruct),
  ARRAY_SIZE: scalar(
    overload(['array'], number(9, 0), ([value = '']) => `sf.array_size(${value})::numeric`, { nulls: 'maybe' }),
  ),
  OBJECT_KEYS: scalar(overload(['object'], array, ([value = '']) => `sf.object_keys(${value})`)),
  TYPEOF: special(1, 1, typeOf),
  GET: special(2, 2, get),
  GET_PATH: getPath,
  IS_NULL_VALUE: isKind('NULL_VALUE'),
  IS_OBJECT: isKind('OBJECT'),
  IS_ARRAY: isKind('ARRAY'),
  IS_VARCHAR: isKind('VARCHAR'),
  IS_INTEGER: isKind('INTEGER'),
  IS_BOOLEAN: isKind('BOOLEAN'),
};
