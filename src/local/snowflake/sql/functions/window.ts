import type { FrameBound, WindowSpecification } from '../ast.ts';
import type { Environment } from '../compile/context.ts';
import { compileExpression, typedSql } from '../compile/expression.ts';
import { orderKey } from '../compile/query.ts';

/** What stands in the parentheses of OVER. */
export function compileWindow(window: WindowSpecification, environment: Environment): string {
  const parts: string[] = [];
  if (window.partitionBy.length > 0) {
    parts.push(
      `PARTITION BY ${window.partitionBy.map((key) => typedSql(compileExpression(key, environment))).join(', ')}`,
    );
  }
  if (window.orderBy.length > 0) {
    const keys = window.orderBy.map((item) => orderKey(compileExpression(item.expression, environment), item));
    parts.push(`ORDER BY ${keys.join(', ')}`);
  }
  if (window.frame !== null) {
    parts.push(`${window.frame.unit} BETWEEN ${bound(window.frame.start)} AND ${bound(window.frame.end)}`);
  }
  return parts.join(' ');
}

function bound(frame: FrameBound): string {
  return frame.offset === null ? frame.kind : `${frame.offset} ${frame.kind}`;
}
