import type { Expression } from '../ast.ts';
import { aggregates } from '../functions/aggregates.ts';
import type { Environment } from './context.ts';
import { childrenOf } from './expression-children.ts';

/** Whether an expression aggregates over its own select's rows. Aliases of the select are looked through. */
export function containsAggregate(expression: Expression, environment: Environment): boolean {
  const within = (inner: Expression): boolean => containsAggregate(inner, environment);
  if (expression.kind === 'call' && expression.over === null && aggregates.has(expression.name)) return true;
  if (expression.kind !== 'column') return childrenOf(expression).some(within);
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
