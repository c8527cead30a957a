import type {
  CommonTableExpression,
  Expression,
  FromItem,
  Identifier,
  OrderItem,
  Query,
  QueryBody,
  Select,
  SelectItem,
  TableAlias,
} from '../ast.ts';
import { unsupported } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { parseCall, parseExpression, parseOrderItem } from './parse-expression.ts';
import { parseTravel } from './parse-travel.ts';

/** Whether a query begins here; parentheses around it are looked through. */
export function startsQuery(cursor: Cursor): boolean {
  let ahead = 0;
  while (cursor.isOperator('(', ahead)) ahead++;
  return cursor.isWord('SELECT', ahead) || cursor.isWord('WITH', ahead) || (ahead === 0 && cursor.isWord('VALUES'));
}

export function parseQuery(cursor: Cursor): Query {
  const position = cursor.position;
  const ctes: CommonTableExpression[] = [];
  let recursive = false;
  if (cursor.takeWords('WITH')) {
    recursive = cursor.takeWords('RECURSIVE');
    ctes.push(...cursor.list(() => parseCommonTableExpression(cursor)));
  }
  const body = parseSetOperation(cursor);
  const orderBy: OrderItem[] = [];
  if (cursor.takeWords('ORDER', 'BY')) orderBy.push(...cursor.list(() => parseOrderItem(cursor)));
  let limit: Expression | null = null;
  let offset: Expression | null = null;
  if (cursor.takeWords('LIMIT')) {
    limit = parseExpression(cursor);
    if (cursor.takeWords('OFFSET')) offset = parseExpression(cursor);
  } else {
    if (cursor.takeWords('OFFSET')) {
      offset = parseExpression(cursor);
      if (cursor.takeOneOf('ROW', 'ROWS') !== undefined && !cursor.isWord('FETCH')) throw cursor.unexpected();
    }
    if (cursor.takeWords('FETCH')) {
      cursor.takeOneOf('FIRST', 'NEXT');
      limit = parseExpression(cursor);
      cursor.takeOneOf('ROW', 'ROWS');
      cursor.takeWords('ONLY');
    }
  }
  return { kind: 'query', position, recursive, with: ctes, body, orderBy, limit, offset };
}

function parseCommonTableExpression(cursor: Cursor): CommonTableExpression {
  const name = cursor.identifier();
  const columns = cursor.isOperator('(') ? cursor.parenthesized(() => cursor.list(() => cursor.identifier())) : [];
  cursor.expectWords('AS');
  return { name, columns, query: cursor.parenthesized(() => parseQuery(cursor)) };
}

/** UNION, EXCEPT and MINUS bind alike and to the left; INTERSECT binds tighter (sql-reference/operators-query). */
function parseSetOperation(cursor: Cursor): QueryBody {
  let left = parseIntersect(cursor);
  for (;;) {
    const position = cursor.position;
    const word = cursor.takeOneOf('UNION', 'EXCEPT', 'MINUS');
    if (word === undefined) return left;
    const all = word === 'UNION' && cursor.takeWords('ALL');
    if (!all) cursor.takeWords('DISTINCT');
    if (cursor.isWords('BY', 'NAME')) throw unsupported('UNION BY NAME');
    const right = parseIntersect(cursor);
    left = { kind: 'set', operator: word === 'MINUS' ? 'EXCEPT' : word, all, left, right, position };
  }
}

function parseIntersect(cursor: Cursor): QueryBody {
  let left = parseQueryTerm(cursor);
  for (let position = cursor.position; cursor.takeWords('INTERSECT'); position = cursor.position) {
    left = { kind: 'set', operator: 'INTERSECT', all: false, left, right: parseQueryTerm(cursor), position };
  }
  return left;
}

function parseQueryTerm(cursor: Cursor): QueryBody {
  if (cursor.isOperator('(')) return cursor.parenthesized(() => parseQuery(cursor));
  const position = cursor.position;
  if (cursor.takeWords('VALUES')) return { kind: 'values', rows: parseRows(cursor), position };
  return parseSelect(cursor);
}

function parseRows(cursor: Cursor): Expression[][] {
  return cursor.list(() => cursor.parenthesized(() => cursor.list(() => parseExpression(cursor))));
}

function parseSelect(cursor: Cursor): Select {
  const position = cursor.position;
  cursor.expectWords('SELECT');
  const distinct = cursor.takeWords('DISTINCT');
  if (!distinct) cursor.takeWords('ALL');
  const top = cursor.isWord('TOP') && cursor.peek(1).kind === 'number' ? (cursor.advance(), parseTop(cursor)) : null;
  const items = cursor.list(() => parseSelectItem(cursor));
  const from = cursor.takeWords('FROM') ? parseFrom(cursor) : null;
  const where = cursor.takeWords('WHERE') ? parseExpression(cursor) : null;
  let groupBy: Expression[] | 'ALL' | null = null;
  if (cursor.takeWords('GROUP', 'BY')) {
    if (cursor.isWord('GROUPING') || cursor.isWord('ROLLUP') || cursor.isWord('CUBE')) {
      throw unsupported(`GROUP BY ${cursor.current.value}`);
    }
    groupBy = cursor.takeWords('ALL') ? 'ALL' : cursor.list(() => parseExpression(cursor));
  }
  const having = cursor.takeWords('HAVING') ? parseExpression(cursor) : null;
  const qualify = cursor.takeWords('QUALIFY') ? parseExpression(cursor) : null;
  return { kind: 'select', position, distinct, items, from, where, groupBy, having, qualify, top };
}

function parseTop(cursor: Cursor): Expression {
  const token = cursor.advance();
  return { kind: 'number', text: token.value, position: token.position };
}

function parseSelectItem(cursor: Cursor): SelectItem {
  const start = cursor.current.start;
  const expression = parseExpression(cursor);
  const source = cursor.text.slice(start, cursor.consumedTo);
  let alias: Identifier | null = null;
  if (cursor.takeWords('AS')) alias = cursor.member();
  else if (cursor.isIdentifier() && !isClauseWord(cursor)) alias = cursor.identifier();
  return { expression, alias, source };
}

/** Words that are not reserved but that end a select list or a FROM item when they stand where an alias could. */
function isClauseWord(cursor: Cursor): boolean {
  if (cursor.isWord('OFFSET') || cursor.isWord('FETCH')) {
    const next = cursor.peek(1);
    return next.kind === 'number' || next.kind === 'bind' || cursor.isWord('FIRST', 1) || cursor.isWord('NEXT', 1);
  }
  return false;
}

export function parseFrom(cursor: Cursor): FromItem {
  let left = parseJoins(cursor);
  for (let position = cursor.position; cursor.takeOperator(','); position = cursor.position) {
    const right = parseJoins(cursor);
    left = { kind: 'join', type: 'CROSS', left, right, on: null, using: [], natural: false, position };
  }
  return left;
}

function parseJoins(cursor: Cursor): FromItem {
  let left = parseFromPrimary(cursor);
  for (;;) {
    const position = cursor.position;
    const natural = cursor.takeWords('NATURAL');
    let type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS' | undefined;
    if (cursor.takeWords('CROSS', 'JOIN')) type = 'CROSS';
    else if (cursor.takeWords('JOIN') || cursor.takeWords('INNER', 'JOIN')) type = 'INNER';
    else {
      const side = cursor.takeOneOf('LEFT', 'RIGHT', 'FULL');
      if (side !== undefined) {
        cursor.takeWords('OUTER');
        cursor.expectWords('JOIN');
        type = side;
      }
    }
    if (type === undefined) {
      if (natural) throw cursor.unexpected();
      return left;
    }
    const right = parseFromPrimary(cursor);
    let on: Expression | null = null;
    let using: Identifier[] = [];
    if (type !== 'CROSS' && !natural) {
      if (cursor.takeWords('ON')) on = parseExpression(cursor);
      else if (cursor.takeWords('USING')) using = cursor.parenthesized(() => cursor.list(() => cursor.identifier()));
      else if (type !== 'INNER') throw cursor.unexpected();
    }
    left = {
      kind: 'join',
      type: on === null && using.length === 0 && !natural ? 'CROSS' : type,
      left,
      right,
      on,
      using,
      natural,
      position,
    };
  }
}

function parseFromPrimary(cursor: Cursor): FromItem {
  const position = cursor.position;
  if (cursor.isWord('LATERAL')) throw unsupported('LATERAL');
  if (cursor.isWord('TABLE') && cursor.isOperator('(', 1)) {
    cursor.advance();
    cursor.advance();
    if (cursor.current.kind === 'string') throw unsupported('TABLE() literal');
    const call = parseCall(cursor);
    cursor.expectOperator(')');
    return { kind: 'tableFunction', call, alias: parseTableAlias(cursor), position };
  }
  if (cursor.isOperator('(')) {
    if (startsQuery(cursor)) {
      const mark = cursor.mark();
      cursor.advance();
      const query = parseQuery(cursor);
      if (cursor.takeOperator(')')) return { kind: 'derived', query, alias: parseTableAlias(cursor), position };
      cursor.reset(mark);
    }
    return cursor.parenthesized(() => parseFrom(cursor));
  }
  if (cursor.isWord('VALUES')) {
    cursor.advance();
    const body: QueryBody = { kind: 'values', rows: parseRows(cursor), position };
    const query: Query = {
      kind: 'query',
      position,
      recursive: false,
      with: [],
      body,
      orderBy: [],
      limit: null,
      offset: null,
    };
    return { kind: 'derived', query, alias: parseTableAlias(cursor), position };
  }
  if (cursor.isOperator('@')) throw unsupported('stage reference');
  const name = cursor.qualifiedName();
  const travel = parseTravel(cursor);
  return { kind: 'table', name, travel, alias: parseTableAlias(cursor), position };
}

function parseTableAlias(cursor: Cursor): TableAlias | null {
  for (const word of ['TABLESAMPLE', 'SAMPLE', 'PIVOT', 'UNPIVOT', 'MATCH_RECOGNIZE', 'ASOF']) {
    if (cursor.isWord(word)) throw unsupported(word);
  }
  const explicit = cursor.takeWords('AS');
  if (!explicit && (!cursor.isIdentifier() || isClauseWord(cursor))) return null;
  const name = cursor.identifier();
  const columns = cursor.isOperator('(') ? cursor.parenthesized(() => cursor.list(() => cursor.identifier())) : [];
  return { name, columns };
}
