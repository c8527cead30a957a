import type { Expression } from '../ast.ts';
import { aggregates } from '../functions/aggregates.ts';
import type { Environment } from './context.ts';

/** Whether an expression aggregates over its own select's rows. Aliases of the select are looked through. */
export function containsAggregate(expression: Expression, environment: Environment): boolean {
  const within = (inner: Expression): boolean => containsAggregate(inner, environment);
  switch (expression.kind) {
    case 'call':
      if (expression.over === null && aggregates.has(expression.name)) return true;
      return expression.args.some(within);
    case 'column': {
      const [only] = expression.path;
      if (only === undefined || expression.path.length > 1 || environment.scope.find(expression.path) !== undefined)
        return false;
      const alias = environment.scope.aliases.get(only.name);
      if (alias === undefined || environment.scope.expanding.has(only.name)) return false;
      environment.scope.expanding.add(only.name);
      try {
        return within(alias);
      } finally {
        environment.scope.expanding.delete(only.name);
      }
    }
    case 'negate':
    case 'plus':
    case 'not':
    case 'isNull':
    case 'isBoolean':
    case 'cast':
      return within(expression.operand);
    case 'binary':
    case 'isDistinct':
      return within(expression.left) || within(expression.right);
    case 'between':
      return [expression.operand, expression.low, expression.high].some(within);
    case 'inList':
      return within(expression.operand) || expression.items.some(within);
    case 'inQuery':
      return within(expression.operand);
    case 'like':
      return within(expression.operand) || within(expression.pattern);
    case 'case':
      return (
        (expression.operand !== null && within(expression.operand)) ||
        expression.whens.some(({ when, then }) => within(when) || within(then)) ||
        (expression.otherwise !== null && within(expression.otherwise))
      );
    case 'path':
      return within(expression.base);
    case 'array':
    case 'tuple':
      return expression.items.some(within);
    case 'object':
      return expression.entries.some(({ value }) => within(value));
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'bind':
    case 'positional':
    case 'star':
    case 'exists':
    case 'subquery':
      return false;
  }
}
