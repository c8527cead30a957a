import type { Expression, FromItem, Query, QueryBody, Select } from '../ast.ts';
import { changesUnsupported } from '../errors.ts';
import { aggregates } from '../functions/aggregates.ts';
import { childrenOf } from './expression-children.ts';

/**
 * Throws for a view's query whose changes Snowflake does not tell: it may project, filter, join (inner or cross) and UNION ALL, and nothing
 * else (user-guide/streams-intro, "Streams on views"). Views below it are looked at when they are expanded.
 */
export function requireTrackable(query: Query): void {
  if (query.recursive) throw changesUnsupported('recursive common table expressions');
  if (query.limit !== null || query.offset !== null) throw changesUnsupported("'LIMIT'");
  if (query.orderBy.length > 0) throw changesUnsupported("'ORDER BY'");
  for (const { query: common } of query.with) requireTrackable(common);
  requireTrackableBody(query.body);
}

function requireTrackableBody(body: QueryBody): void {
  switch (body.kind) {
    case 'query':
      requireTrackable(body);
      return;
    case 'values':
      throw changesUnsupported("'VALUES'");
    case 'set':
      if (body.operator !== 'UNION' || !body.all) throw changesUnsupported(`'${body.operator}'`);
      requireTrackableBody(body.left);
      requireTrackableBody(body.right);
      return;
    case 'select':
      requireTrackableSelect(body);
  }
}

function requireTrackableSelect(select: Select): void {
  if (select.distinct) throw changesUnsupported("'DISTINCT'");
  if (select.groupBy !== null || select.having !== null) throw changesUnsupported("'GROUP BY'");
  if (select.qualify !== null) throw changesUnsupported("'QUALIFY'");
  if (select.top !== null) throw changesUnsupported("'LIMIT'");
  if (select.from === null) throw changesUnsupported("no 'FROM'");
  requireTrackableFrom(select.from);
  for (const { expression } of select.items) requireTrackableExpression(expression);
  if (select.where !== null) requireTrackableExpression(select.where);
}

function requireTrackableFrom(item: FromItem): void {
  switch (item.kind) {
    case 'table':
      if (item.travel !== null) throw changesUnsupported('time travel');
      return;
    case 'derived':
      requireTrackable(item.query);
      return;
    case 'tableFunction':
      throw changesUnsupported('table functions');
    case 'join':
      if (item.type !== 'INNER' && item.type !== 'CROSS') throw changesUnsupported('outer joins');
      requireTrackableFrom(item.left);
      requireTrackableFrom(item.right);
      if (item.on !== null) requireTrackableExpression(item.on);
  }
}

function requireTrackableExpression(expression: Expression): void {
  const { kind } = expression;
  if (kind === 'subquery' || kind === 'exists' || kind === 'inQuery') throw changesUnsupported('subquery expressions');
  if (kind === 'call') {
    if (expression.over !== null) throw changesUnsupported('window functions');
    if (aggregates.has(expression.name)) throw changesUnsupported(`the function '${expression.name}'`);
  }
  childrenOf(expression).forEach(requireTrackableExpression);
}
