import type { Expression, FunctionCall } from '../ast.ts';
import type { Environment } from '../compile/context.ts';
import { compileExpression } from '../compile/expression.ts';
import type { Typed } from '../compile/typed.ts';
import { argumentCount, compilationError, unknownFunction, unsupported } from '../errors.ts';
import { compileAggregate, aggregates } from './aggregates.ts';
import { unitFunctions } from './datetime-functions.ts';
import { functions } from './registry.ts';
import { compileWindowFunction, windowFunctions } from './window-functions.ts';

/** Translates a call of a scalar, aggregate or window function. Throws 2140 for a name that the stand-in does not know. */
export function compileCall(node: FunctionCall, environment: Environment): Typed {
  if (node.named.length > 0) throw unsupported(`named arguments of ${node.name}`);
  if (windowFunctions.has(node.name)) return compileWindowFunction(node, environment);
  if (aggregates.has(node.name)) return compileAggregate(node, environment);
  const definition = functions.get(node.name);
  if (definition === undefined) throw unknownFunction(node.name);
  if (node.over !== null) throw compilationError(2303, '42601', `Function ${node.name} is not a window function`);
  if (node.distinct || node.star || node.withinGroup.length > 0 || node.nullTreatment !== null) {
    throw unsupported(`${node.name} with the clauses of an aggregate`);
  }
  const { length } = node.args;
  if (length < definition.minimum) throw argumentCount(node.position, node.source, definition.minimum, length);
  if (length > definition.maximum) throw argumentCount(node.position, node.source, definition.maximum, length);
  const args = unitFunctions.has(node.name) ? withUnit(node.args) : node.args;
  return definition.compile({ node, environment, args: args.map((arg) => compileExpression(arg, environment)) });
}

/** `DATEADD(day, …)` as `DATEADD('day', …)`. */
function withUnit(args: readonly Expression[]): readonly Expression[] {
  const [unit, ...rest] = args;
  if (unit?.kind !== 'column' || unit.path.length !== 1) return args;
  return [{ kind: 'string', value: unit.path[0]?.name ?? '', position: unit.position }, ...rest];
}
