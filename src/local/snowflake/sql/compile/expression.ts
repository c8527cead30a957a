import type { BinaryOperator, Expression, PathStep, Position } from '../ast.ts';
import { argumentTypes, compilationError, invalidIdentifier, syntaxError, unsupported } from '../errors.ts';
import { compileCall } from '../functions/call.ts';
import { commonType } from '../types/common-type.ts';
import {
  array,
  boolean,
  float,
  formatType,
  isNumeric,
  isSemiStructured,
  isTimestamp,
  number,
  object,
  resolveType,
  untypedNull,
  variant,
  varchar,
  type DataType,
  type TimestampMapping,
} from '../types/data-type.ts';
import { arithmeticType } from '../types/number-arithmetic.ts';
import { quoteLiteral } from '../types/stored-text.ts';
import { storageType } from '../types/storage.ts';
import { canCast, cast } from './cast.ts';
import { comparable, compare, sortKey } from './comparison.ts';
import type { Environment } from './context.ts';
import { bindLiteral, booleanLiteral, nullLiteral, numberLiteral, textLiteral } from './literal.ts';
import { compileQuery } from './query.ts';
import { pathText } from './scope.ts';
import type { Typed } from './typed.ts';

/** Translates an expression. Throws Snowflake's compilation errors; nothing that it does not know passes. */
export function compileExpression(expression: Expression, environment: Environment): Typed {
  const { context } = environment;
  switch (expression.kind) {
    case 'null':
      return nullLiteral;
    case 'boolean':
      return booleanLiteral(expression.value);
    case 'number':
      return numberLiteral(expression.text);
    case 'string':
      return textLiteral(expression.value);
    case 'bind': {
      const bind = context.binds[expression.key];
      if (bind === undefined) {
        throw compilationError(
          2049,
          '42601',
          `error line ${expression.position.line} at position ${expression.position.column}\nBind variable ? not set.`,
        );
      }
      return bindLiteral(bind, expression.position);
    }
    case 'column':
      return compileColumn(expression, environment);
    case 'positional': {
      const columns = environment.scope.sources.flatMap((source) => source.columns);
      const column = columns[expression.index - 1];
      if (column === undefined) throw invalidIdentifier(expression.position, `$${expression.index}`);
      return column;
    }
    case 'star':
      throw syntaxError(expression.position, '*');
    case 'negate':
      return compileNegate(expression.operand, environment, expression.position);
    case 'plus':
      return numericOperand(
        compileExpression(expression.operand, environment),
        environment,
        expression.position,
        'UNARY_PLUS',
      );
    case 'not': {
      const operand = condition(expression.operand, environment);
      return { sql: `(NOT ${operand.sql})`, type: boolean, nullable: operand.nullable };
    }
    case 'binary':
      return compileBinary(expression, environment);
    case 'isNull': {
      const operand = compileExpression(expression.operand, environment);
      return {
        sql: `(${typedSql(operand)} IS ${expression.negated ? 'NOT ' : ''}NULL)`,
        type: boolean,
        nullable: false,
      };
    }
    case 'isBoolean': {
      const operand = condition(expression.operand, environment);
      const words = `IS ${expression.negated ? 'NOT ' : ''}${expression.value ? 'TRUE' : 'FALSE'}`;
      return { sql: `(${operand.sql} ${words})`, type: boolean, nullable: false };
    }
    case 'isDistinct': {
      const [left, right, type] = comparable(
        compileExpression(expression.left, environment),
        compileExpression(expression.right, environment),
        context,
        expression.position,
        '=',
      );
      const word = expression.negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
      return {
        sql: `(${instant(left.sql, type)} ${word} ${instant(right.sql, type)})`,
        type: boolean,
        nullable: false,
      };
    }
    case 'between': {
      const operand = compileExpression(expression.operand, environment);
      const low = compare('>=', operand, compileExpression(expression.low, environment), context, expression.position);
      const high = compare(
        '<=',
        operand,
        compileExpression(expression.high, environment),
        context,
        expression.position,
      );
      const sql = `(${low.sql} AND ${high.sql})`;
      return { sql: expression.negated ? `(NOT ${sql})` : sql, type: boolean, nullable: low.nullable || high.nullable };
    }
    case 'inList':
      return compileInList(expression, environment);
    case 'inQuery':
      return compileInQuery(expression, environment);
    case 'like':
      return compileLike(expression, environment);
    case 'exists': {
      const query = compileQuery(expression.query, environment);
      return { sql: `EXISTS (${query.sql})`, type: boolean, nullable: false };
    }
    case 'subquery': {
      const query = compileQuery(expression.query, environment);
      const [column] = query.columns;
      if (column === undefined || query.columns.length !== 1) {
        throw compilationError(2079, '42601', 'Scalar subquery must return exactly one column.');
      }
      return { sql: `(${query.sql})`, type: column.type, nullable: true };
    }
    case 'case':
      return compileCase(expression, environment);
    case 'cast': {
      const operand = compileExpression(expression.operand, environment);
      const type = resolveType(expression.type, context.parameter('TIMESTAMP_TYPE_MAPPING') as TimestampMapping);
      if (expression.lenient && operand.type.kind !== 'VARCHAR' && operand.type.kind !== 'NULL') {
        throw compilationError(
          1065,
          '22023',
          `Function TRY_CAST cannot be used with arguments of types ${formatType(operand.type)} and ${formatType(type)}`,
        );
      }
      return cast(operand, type, context, expression.lenient ? 'lenient' : 'explicit', expression.position);
    }
    case 'path':
      return compilePath(
        compileExpression(expression.base, environment),
        expression.steps,
        environment,
        expression.position,
      );
    case 'array': {
      const items = expression.items.map((item) => jsonOf(compileExpression(item, environment), environment, 'null'));
      return {
        sql: items.length === 0 ? `'[]'::text` : `('[' || ${items.join(` || ',' || `)} || ']')`,
        type: array,
        nullable: false,
      };
    }
    case 'object': {
      const entries = expression.entries.map(
        ({ key, value }) =>
          `${textLiteral(key).sql}, ${variantSql(compileExpression(value, environment), environment)}`,
      );
      const sql = entries.length === 0 ? `'{}'::text` : `sf.object_of(false, ARRAY[${entries.join(', ')}]::text[])`;
      return { sql, type: object, nullable: false };
    }
    case 'tuple':
      throw unsupported('row value');
    case 'call':
      return compileCall(expression, environment);
  }
}

/** SQL with a Postgres type even for a bare NULL. */
export function typedSql(value: Typed): string {
  return value.type.kind === 'NULL' ? `NULL::${storageType(value.type)}` : value.sql;
}

function instant(sql: string, type: DataType): string {
  return type.kind === 'TIMESTAMP_TZ' ? sortKey(sql, type) : sql;
}

/** The element's JSON text inside an array: SQL NULL becomes the given text. */
function jsonOf(value: Typed, environment: Environment, missing: string): string {
  return `COALESCE(${variantSql(value, environment)}, ${quoteLiteral(missing)})`;
}

export function variantSql(value: Typed, environment: Environment): string {
  return cast(value, variant, environment.context).sql;
}

function compileColumn(expression: Extract<Expression, { kind: 'column' }>, environment: Environment): Typed {
  const { path } = expression;
  const { scope } = environment;
  const column = scope.find(path);
  if (column !== undefined) return column;
  const [only] = path;
  if (path.length === 1 && only !== undefined) {
    const alias = scope.aliases.get(only.name);
    if (alias !== undefined && !scope.expanding.has(only.name)) {
      scope.expanding.add(only.name);
      try {
        return compileExpression(alias, environment);
      } finally {
        scope.expanding.delete(only.name);
      }
    }
  }
  throw invalidIdentifier(expression.position, pathText(path));
}

/** A condition of WHERE, CASE, AND …: text, numbers and variants that read as booleans are allowed. */
export function condition(expression: Expression, environment: Environment): Typed {
  const value = compileExpression(expression, environment);
  if (value.type.kind === 'BOOLEAN') return value;
  if (!canCast(value.type, boolean)) {
    throw compilationError(1065, '22000', `Invalid data type [${formatType(value.type)}] for predicate`);
  }
  return cast(value, boolean, environment.context, 'explicit', expression.position);
}

function compileNegate(operand: Expression, environment: Environment, position: Position): Typed {
  const value = numericOperand(compileExpression(operand, environment), environment, position, 'NEGATE');
  return { sql: `(- ${value.sql})`, type: value.type, nullable: value.nullable };
}

function numericOperand(value: Typed, environment: Environment, position: Position, name: string): Typed {
  if (isNumeric(value.type)) return value;
  const readAs = implicitNumbers[value.type.kind];
  if (readAs === undefined) throw argumentTypes(position, name, [formatType(value.type)]);
  return cast(value, readAs, environment.context);
}

/** The number that an operand which is none is read as. */
const implicitNumbers: Readonly<Partial<Record<DataType['kind'], DataType>>> = {
  NULL: number(38, 0),
  VARCHAR: number(38, 5),
  VARIANT: float,
};

function compileBinary(expression: Extract<Expression, { kind: 'binary' }>, environment: Environment): Typed {
  const { operator, position } = expression;
  if (operator === 'AND' || operator === 'OR') {
    const left = condition(expression.left, environment);
    const right = condition(expression.right, environment);
    return { sql: `(${left.sql} ${operator} ${right.sql})`, type: boolean, nullable: left.nullable || right.nullable };
  }
  const left = compileExpression(expression.left, environment);
  const right = compileExpression(expression.right, environment);
  switch (operator) {
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compare(operator, left, right, environment.context, position);
    case '||':
      return concatenate(left, right, environment, position);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(operator, left, right, environment, position);
  }
}

/** `||`: NULL with anything is NULL; numbers and times are printed first. */
export function concatenate(left: Typed, right: Typed, environment: Environment, position: Position): Typed {
  const nullable = left.nullable || right.nullable;
  if (left.type.kind === 'BINARY' && right.type.kind === 'BINARY') {
    return {
      sql: `(${left.sql} || ${right.sql})`,
      type: { kind: 'BINARY', length: Math.min(8_388_608, left.type.length + right.type.length) },
      nullable,
    };
  }
  const text = (value: Typed): Typed => {
    if (value.type.kind === 'VARCHAR') return value;
    if (value.type.kind === 'BINARY' || isSemiStructured(value.type) || !canCast(value.type, varchar())) {
      if (value.type.kind !== 'VARIANT') {
        throw argumentTypes(position, 'CONCAT', [formatType(left.type), formatType(right.type)]);
      }
    }
    return cast(value, varchar(), environment.context);
  };
  const a = text(left);
  const b = text(right);
  const length = (a.type as { length: number }).length + (b.type as { length: number }).length;
  return { sql: `(${a.sql} || ${b.sql})`, type: varchar(length), nullable };
}

const arithmeticNames: Readonly<Record<string, string>> = {
  '+': 'ADD',
  '-': 'SUB',
  '*': 'MUL',
  '/': 'DIV',
  '%': 'MOD',
};

export function arithmetic(
  operator: Extract<BinaryOperator, '+' | '-' | '*' | '/' | '%'>,
  left: Typed,
  right: Typed,
  environment: Environment,
  position: Position,
): Typed {
  const nullable = left.nullable || right.nullable;
  const refuse = (): Error =>
    argumentTypes(position, arithmeticNames[operator] ?? operator, [formatType(left.type), formatType(right.type)]);
  const dates = dateArithmetic(operator, left, right, environment);
  if (dates !== undefined) return dates;
  const operand = (value: Typed): Typed => {
    if (!['NUMBER', 'FLOAT', 'DECFLOAT', 'VARCHAR', 'VARIANT', 'NULL'].includes(value.type.kind)) throw refuse();
    return numericOperand(value, environment, position, operator);
  };
  const a = operand(left);
  const b = operand(right);
  if (a.type.kind === 'NUMBER' && b.type.kind === 'NUMBER') {
    const type = arithmeticType(operator, a.type, b.type);
    return { sql: fixedArithmetic(operator, a.sql, b.sql, type), type, nullable };
  }
  const floats = a.type.kind === 'FLOAT' || b.type.kind === 'FLOAT';
  const type: DataType =
    floats && a.type.kind !== 'DECFLOAT' && b.type.kind !== 'DECFLOAT' ? float : { kind: 'DECFLOAT' };
  const x = cast(a, type, environment.context).sql;
  const y = cast(b, type, environment.context).sql;
  if (type.kind === 'DECFLOAT') return { sql: `sf.decfloat(${x} ${operator} ${y})`, type, nullable };
  if (operator === '%') return { sql: `sf.float_mod(${x}, ${y})`, type, nullable };
  return { sql: `(${x} ${operator} ${y})`, type, nullable };
}

function fixedArithmetic(operator: string, a: string, b: string, type: DataType): string {
  if (type.kind !== 'NUMBER') throw new Error('fixed-point only');
  switch (operator) {
    case '+':
    case '-':
    case '%':
      return type.precision < 38 ? `(${a} ${operator} ${b})` : `(${a} ${operator} ${b})::numeric(38,${type.scale})`;
    case '*':
      return `(${a} * ${b})::numeric(38,${type.scale})`;
    default:
      // The zeros make Postgres carry enough digits for the rounding that follows to be exact.
      return `((${a} + 0.000000000000000000000000000000) / ${b})::numeric(38,${type.scale})`;
  }
}

/** `date ± days`, `date - date` (sql-reference/operators-arithmetic). */
function dateArithmetic(operator: string, left: Typed, right: Typed, environment: Environment): Typed | undefined {
  const nullable = left.nullable || right.nullable;
  const days = (value: Typed): string => `(${cast(value, number(38, 0), environment.context).sql})::int`;
  if (left.type.kind === 'DATE' && (operator === '+' || operator === '-') && right.type.kind === 'NUMBER') {
    return { sql: `(${left.sql} ${operator} ${days(right)})`, type: left.type, nullable };
  }
  if (right.type.kind === 'DATE' && operator === '+' && left.type.kind === 'NUMBER') {
    return { sql: `(${right.sql} + ${days(left)})`, type: right.type, nullable };
  }
  if (left.type.kind === 'DATE' && right.type.kind === 'DATE' && operator === '-') {
    return { sql: `(${left.sql} - ${right.sql})::numeric`, type: number(9, 0), nullable };
  }
  if (isTimestamp(left.type) && (operator === '+' || operator === '-') && right.type.kind === 'NUMBER') {
    const suffix = left.type.kind === 'TIMESTAMP_TZ' ? 'tz' : 'ts';
    return {
      sql: `sf.add_${suffix}(${left.sql}, ${operator === '-' ? '-' : ''}(${right.sql}) * 86400000000000)`,
      type: left.type,
      nullable,
    };
  }
  return undefined;
}

function compileInList(expression: Extract<Expression, { kind: 'inList' }>, environment: Environment): Typed {
  const tests = expression.items.map((item) => equality(expression.operand, item, environment));
  const sql = anyOf(tests);
  return {
    sql: expression.negated ? `(NOT ${sql})` : sql,
    type: boolean,
    nullable: tests.some((test) => test.nullable),
  };
}

/** `a IN (x, y)` where the tests are `a = x` and `a = y`, which Postgres looks up rather than trying one after the other. */
function anyOf(tests: readonly Equality[]): string {
  const [first] = tests;
  if (first?.left === undefined || tests.some((test) => test.left !== first.left)) {
    return `(${tests.map((test) => test.sql).join(' OR ')})`;
  }
  return `(${first.left} IN (${tests.map((test) => test.right).join(', ')}))`;
}

/** A test for equality with its two sides, where it is a plain `left = right`. */
interface Equality extends Typed {
  readonly left?: string;
  readonly right?: string;
}

/** `a = b`, or `(a, b) = (c, d)` part by part. */
function equality(left: Expression, right: Expression, environment: Environment): Equality {
  if (left.kind !== 'tuple' || right.kind !== 'tuple') {
    const [a, b] = [compileExpression(left, environment), compileExpression(right, environment)];
    const test = compare('=', a, b, environment.context, right.position);
    const [x, y, type] = comparable(a, b, environment.context, right.position, '=');
    return type.kind === 'TIMESTAMP_TZ' ? test : { ...test, left: x.sql, right: y.sql };
  }
  if (left.items.length !== right.items.length) {
    throw compilationError(2079, '42601', `Row values of ${left.items.length} and ${right.items.length} parts.`);
  }
  const parts = left.items.map((item, i) => equality(item, right.items[i] ?? item, environment));
  const sql = `(${parts.map((part) => part.sql).join(' AND ')})`;
  return { sql, type: boolean, nullable: parts.some((part) => part.nullable) };
}

function compileInQuery(expression: Extract<Expression, { kind: 'inQuery' }>, environment: Environment): Typed {
  const operand = compileExpression(expression.operand, environment);
  const query = compileQuery(expression.query, environment);
  const [column] = query.columns;
  if (column === undefined || query.columns.length !== 1) {
    throw compilationError(2079, '42601', 'Subquery of IN must return exactly one column.');
  }
  const alias = environment.context.alias();
  const member: Typed = { sql: `${alias}.c1`, type: column.type, nullable: column.nullable };
  const [left, right, type] = comparable(operand, member, environment.context, expression.position, '=');
  const sql = `(${instant(left.sql, type)} ${expression.negated ? 'NOT ' : ''}IN (SELECT ${instant(right.sql, type)} FROM (${query.sql}) ${alias}))`;
  return { sql, type: boolean, nullable: true };
}

function compileLike(expression: Extract<Expression, { kind: 'like' }>, environment: Environment): Typed {
  const text = (part: Expression): Typed => {
    const value = compileExpression(part, environment);
    if (!canCast(value.type, varchar()))
      throw argumentTypes(part.position, expression.operator, [formatType(value.type)]);
    return cast(value, varchar(), environment.context);
  };
  const operand = text(expression.operand);
  const pattern = text(expression.pattern);
  const nullable = operand.nullable || pattern.nullable;
  if (expression.operator === 'RLIKE') {
    const sql = `(${operand.sql} ~ sf.whole_regex(${pattern.sql}))`;
    return { sql: expression.negated ? `(NOT ${sql})` : sql, type: boolean, nullable };
  }
  const escape = expression.escape === null ? `''` : text(expression.escape).sql;
  const word = `${expression.negated ? 'NOT ' : ''}${expression.operator}`;
  // Snowflake has no escape character in LIKE unless one is given; in Postgres it is the backslash.
  return { sql: `(${operand.sql} ${word} ${pattern.sql} ESCAPE ${escape})`, type: boolean, nullable };
}

function compileCase(expression: Extract<Expression, { kind: 'case' }>, environment: Environment): Typed {
  const { context } = environment;
  const operand = expression.operand === null ? null : compileExpression(expression.operand, environment);
  const tests = expression.whens.map(({ when }) =>
    operand === null
      ? condition(when, environment)
      : compare('=', operand, compileExpression(when, environment), context, when.position),
  );
  const branches = expression.whens.map(({ then }) => compileExpression(then, environment));
  const otherwise = expression.otherwise === null ? nullLiteral : compileExpression(expression.otherwise, environment);
  const values = unify([...branches, otherwise], environment, expression.position, 'CASE');
  const last = values.at(-1);
  if (last === undefined) throw new Error('CASE has a branch');
  const whens = tests.map((test, i) => `WHEN ${test.sql} THEN ${values[i]?.sql ?? 'NULL'}`);
  return {
    sql: `CASE ${whens.join(' ')} ELSE ${last.sql} END`.replace(/^/u, '(') + ')',
    type: last.type,
    nullable: values.some((value) => value.nullable),
  };
}

/** All values in their common type; a mixture that has none is refused. */
export function unify(values: readonly Typed[], environment: Environment, position: Position, name: string): Typed[] {
  let type: DataType = untypedNull;
  for (const value of values) {
    const common = commonType(type, value.type);
    if (common === null)
      throw argumentTypes(
        position,
        name,
        values.map((each) => formatType(each.type)),
      );
    type = common;
  }
  return values.map((value) =>
    type.kind === 'NULL' ? { ...value, sql: typedSql(value) } : cast(value, type, environment.context),
  );
}

function compilePath(base: Typed, steps: readonly PathStep[], environment: Environment, position: Position): Typed {
  if (!isSemiStructured(base.type)) {
    throw argumentTypes(position, 'GET', [formatType(base.type), formatType(varchar())]);
  }
  let { sql } = base;
  for (const step of steps) {
    if ('key' in step) {
      sql = `sf.get_key(${sql}, ${textLiteral(step.key).sql})`;
      continue;
    }
    const index = compileExpression(step.index, environment);
    if (index.type.kind === 'VARCHAR') sql = `sf.get_key(${sql}, ${index.sql})`;
    else if (index.type.kind === 'NUMBER') sql = `sf.get_index(${sql}, (${index.sql})::int)`;
    else throw argumentTypes(position, 'GET', [formatType(base.type), formatType(index.type)]);
  }
  return { sql, type: variant, nullable: true };
}
