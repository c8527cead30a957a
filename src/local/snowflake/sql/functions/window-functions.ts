import type { FunctionCall } from '../ast.ts';
import { cast } from '../compile/cast.ts';
import type { Environment } from '../compile/context.ts';
import { compileExpression, typedSql, unify } from '../compile/expression.ts';
import { nullLiteral } from '../compile/literal.ts';
import type { Typed } from '../compile/typed.ts';
import { argumentCount, compilationError, unsupported } from '../errors.ts';
import { float, integer, number, type DataType } from '../types/data-type.ts';
import { compileWindow } from './window.ts';

interface WindowFunction {
  readonly minimum: number;
  readonly maximum: number;
  readonly orderRequired: boolean;
  compile(args: readonly Typed[], over: string, node: FunctionCall, environment: Environment): Typed;
}

const ranking = (word: string, type: DataType): WindowFunction => ({
  minimum: 0,
  maximum: 0,
  orderRequired: true,
  compile: (_args, over) => ({
    sql: `(${word}()${over})::${type.kind === 'FLOAT' ? 'double precision' : 'numeric'}`,
    type,
    nullable: false,
  }),
});

const offset = (word: 'lag' | 'lead'): WindowFunction => ({
  minimum: 1,
  maximum: 3,
  orderRequired: true,
  compile: (args, over, node, environment) => {
    const [subject = nullLiteral, distance, fallback] = args;
    const steps = distance === undefined ? '1' : `(${cast(distance, integer, environment.context).sql})::int`;
    if (fallback === undefined)
      return { sql: `${word}(${typedSql(subject)}, ${steps})${over}`, type: subject.type, nullable: true };
    const [value = nullLiteral, other = nullLiteral] = unify(
      [subject, fallback],
      environment,
      node.position,
      node.name,
    );
    return {
      sql: `${word}(${typedSql(value)}, ${steps}, ${typedSql(other)})${over}`,
      type: value.type,
      nullable: true,
    };
  },
});

const edge = (word: 'first_value' | 'last_value'): WindowFunction => ({
  minimum: 1,
  maximum: 1,
  orderRequired: true,
  compile: ([value = nullLiteral], over) => ({
    sql: `${word}(${typedSql(value)})${over}`,
    type: value.type,
    nullable: true,
  }),
});

const definitions: readonly (readonly [string, WindowFunction])[] = [
  ['ROW_NUMBER', ranking('row_number', number(18, 0))],
  ['RANK', ranking('rank', number(18, 0))],
  ['DENSE_RANK', ranking('dense_rank', number(18, 0))],
  ['PERCENT_RANK', ranking('percent_rank', float)],
  ['CUME_DIST', ranking('cume_dist', float)],
  ['LAG', offset('lag')],
  ['LEAD', offset('lead')],
  ['FIRST_VALUE', edge('first_value')],
  ['LAST_VALUE', edge('last_value')],
];

export const windowFunctions: ReadonlyMap<string, WindowFunction> = new Map(definitions);

export function compileWindowFunction(node: FunctionCall, environment: Environment): Typed {
  const found = windowFunctions.get(node.name);
  if (found === undefined) throw new Error(`${node.name} is not a window function`);
  if (node.over === null) {
    throw compilationError(2303, '42601', `Missing window specification for function [${node.source}]`);
  }
  if (found.orderRequired && node.over.orderBy.length === 0) {
    throw compilationError(
      2303,
      '42601',
      `Window function type [${node.name}] requires ORDER BY in window specification`,
    );
  }
  if (node.nullTreatment === 'IGNORE' || node.distinct) throw unsupported(`${node.name} IGNORE NULLS`);
  const { length } = node.args;
  if (length < found.minimum) throw argumentCount(node.position, node.source, found.minimum, length);
  if (length > found.maximum) throw argumentCount(node.position, node.source, found.maximum, length);
  const args = node.args.map((arg) => compileExpression(arg, environment));
  // Without a frame, FIRST_VALUE and LAST_VALUE see the whole partition (sql-reference/functions-window-syntax).
  const whole = node.over.frame === null && (node.name === 'FIRST_VALUE' || node.name === 'LAST_VALUE');
  const frame = whole ? ' ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING' : '';
  return found.compile(args, ` OVER (${compileWindow(node.over, environment)}${frame})`, node, environment);
}
