import type { Expression } from '../ast.ts';

/** The expressions directly below one, but for those in the queries that it holds. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'call':
      return expression.args;
    case 'negate':
    case 'plus':
    case 'not':
    case 'isNull':
    case 'isBoolean':
    case 'cast':
    case 'inQuery':
      return [expression.operand];
    case 'binary':
    case 'isDistinct':
      return [expression.left, expression.right];
    case 'between':
      return [expression.operand, expression.low, expression.high];
    case 'inList':
      return [expression.operand, ...expression.items];
    case 'like':
      return [expression.operand, expression.pattern];
    case 'case':
      return [
        ...(expression.operand === null ? [] : [expression.operand]),
        ...expression.whens.flatMap(({ when, then }) => [when, then]),
        ...(expression.otherwise === null ? [] : [expression.otherwise]),
      ];
    case 'path':
      return [expression.base];
    case 'array':
    case 'tuple':
      return expression.items;
    case 'object':
      return expression.entries.map(({ value }) => value);
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'bind':
    case 'column':
    case 'positional':
    case 'star':
    case 'exists':
    case 'subquery':
      return [];
  }
}
