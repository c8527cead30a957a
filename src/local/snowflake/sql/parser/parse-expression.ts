import type {
  Expression,
  FrameBound,
  FunctionCall,
  Identifier,
  NamedArgument,
  OrderItem,
  PathStep,
  Position,
  WindowFrame,
  WindowSpecification,
} from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseQuery, startsQuery } from './parse-query.ts';
import { parseType } from './parse-type.ts';
import { reservedWords } from './reserved-words.ts';

/** Precedence from low to high: OR, AND, NOT, comparisons and IS/IN/LIKE/BETWEEN, `+ - ||`, `* / %`, unary, `::` and paths. */
export function parseExpression(cursor: Cursor): Expression {
  let left = parseAnd(cursor);
  for (let position = cursor.position; cursor.takeWords('OR'); position = cursor.position) {
    left = { kind: 'binary', operator: 'OR', left, right: parseAnd(cursor), position };
  }
  return left;
}

function parseAnd(cursor: Cursor): Expression {
  let left = parseNot(cursor);
  for (let position = cursor.position; cursor.takeWords('AND'); position = cursor.position) {
    left = { kind: 'binary', operator: 'AND', left, right: parseNot(cursor), position };
  }
  return left;
}

function parseNot(cursor: Cursor): Expression {
  const position = cursor.position;
  if (cursor.takeWords('NOT')) return { kind: 'not', operand: parseNot(cursor), position };
  return parsePredicate(cursor);
}

const comparisons = new Map([
  ['=', '='],
  ['<>', '<>'],
  ['!=', '<>'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
] as const);

function parsePredicate(cursor: Cursor): Expression {
  let left = parseAdditive(cursor);
  for (;;) {
    const position = cursor.position;
    const token = cursor.current;
    const comparison = token.kind === 'operator' ? comparisons.get(token.value as '=') : undefined;
    if (comparison !== undefined) {
      cursor.advance();
      left = { kind: 'binary', operator: comparison, left, right: parseAdditive(cursor), position };
    } else if (cursor.takeWords('IS')) {
      left = parseIs(cursor, left, position);
    } else {
      const mark = cursor.mark();
      const negated = cursor.takeWords('NOT');
      const next = parseNegatablePredicate(cursor, left, negated, position);
      if (next === undefined) {
        cursor.reset(mark);
        return left;
      }
      left = next;
    }
  }
}

function parseIs(cursor: Cursor, operand: Expression, position: Position): Expression {
  const negated = cursor.takeWords('NOT');
  if (cursor.takeWords('NULL')) return { kind: 'isNull', operand, negated, position };
  if (cursor.takeWords('TRUE')) return { kind: 'isBoolean', operand, value: true, negated, position };
  if (cursor.takeWords('FALSE')) return { kind: 'isBoolean', operand, value: false, negated, position };
  cursor.expectWords('DISTINCT', 'FROM');
  return { kind: 'isDistinct', left: operand, right: parseAdditive(cursor), negated, position };
}

function parseNegatablePredicate(
  cursor: Cursor,
  operand: Expression,
  negated: boolean,
  position: Position,
): Expression | undefined {
  if (cursor.takeWords('BETWEEN')) {
    const low = parseAdditive(cursor);
    cursor.expectWords('AND');
    return { kind: 'between', operand, low, high: parseAdditive(cursor), negated, position };
  }
  if (cursor.takeWords('IN')) {
    return cursor.parenthesized((): Expression => {
      if (startsQuery(cursor)) return { kind: 'inQuery', operand, query: parseQuery(cursor), negated, position };
      return { kind: 'inList', operand, items: cursor.list(() => parseExpression(cursor)), negated, position };
    });
  }
  const like = cursor.takeOneOf('LIKE', 'ILIKE', 'RLIKE', 'REGEXP');
  if (like !== undefined) {
    const pattern = parseAdditive(cursor);
    const escape = cursor.takeWords('ESCAPE') ? parseAdditive(cursor) : null;
    return {
      kind: 'like',
      operator: like === 'REGEXP' ? 'RLIKE' : like,
      operand,
      pattern,
      escape,
      negated,
      position,
    };
  }
  return undefined;
}

function parseAdditive(cursor: Cursor): Expression {
  let left = parseMultiplicative(cursor);
  for (;;) {
    const position = cursor.position;
    const operator = (['+', '-', '||'] as const).find((o) => cursor.isOperator(o));
    if (operator === undefined) return left;
    cursor.advance();
    left = { kind: 'binary', operator, left, right: parseMultiplicative(cursor), position };
  }
}

function parseMultiplicative(cursor: Cursor): Expression {
  let left = parseUnary(cursor);
  for (;;) {
    const position = cursor.position;
    const operator = (['*', '/', '%'] as const).find((o) => cursor.isOperator(o));
    if (operator === undefined) return left;
    cursor.advance();
    left = { kind: 'binary', operator, left, right: parseUnary(cursor), position };
  }
}

function parseUnary(cursor: Cursor): Expression {
  const position = cursor.position;
  if (cursor.takeOperator('-')) {
    if (cursor.current.kind === 'number') {
      const text = cursor.advance().value;
      return parsePostfix(cursor, { kind: 'number', text: `-${text}`, position });
    }
    return { kind: 'negate', operand: parseUnary(cursor), position };
  }
  if (cursor.takeOperator('+')) return { kind: 'plus', operand: parseUnary(cursor), position };
  return parsePostfix(cursor, parsePrimary(cursor));
}

function parsePostfix(cursor: Cursor, primary: Expression): Expression {
  let operand = primary;
  for (;;) {
    const position = cursor.position;
    if (cursor.takeOperator('::')) {
      operand = { kind: 'cast', operand, type: parseType(cursor), lenient: false, position };
    } else if (cursor.isOperator(':') || cursor.isOperator('[')) {
      operand = { kind: 'path', base: operand, steps: parsePath(cursor), position };
    } else {
      return operand;
    }
  }
}

/** `:key.key["key"][0]`; keys keep their case (user-guide/querying-semistructured). */
function parsePath(cursor: Cursor): PathStep[] {
  const steps: PathStep[] = [];
  const key = (): void => {
    const token = cursor.current;
    if (token.kind !== 'word' && token.kind !== 'quoted') throw cursor.unexpected();
    cursor.advance();
    steps.push({ key: token.kind === 'quoted' ? token.value : token.text });
  };
  if (cursor.takeOperator(':')) key();
  for (;;) {
    if (cursor.takeOperator('[')) {
      steps.push({ index: parseExpression(cursor) });
      cursor.expectOperator(']');
    } else if (steps.length > 0 && cursor.takeOperator('.')) {
      key();
    } else {
      return steps;
    }
  }
}

const typedLiterals = new Set(['DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ']);

/** Functions of the standard that are called without parentheses. */
const bareFunctions = new Set([
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'CURRENT_USER',
  'LOCALTIME',
  'LOCALTIMESTAMP',
]);

/** Reserved words that are functions when a parenthesis follows. */
const reservedFunctions = new Set(['LEFT', 'RIGHT', 'INSERT', 'LIKE', 'ILIKE', 'RLIKE', ...bareFunctions]);

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.current;
  const { position } = token;
  switch (token.kind) {
    case 'string':
      cursor.advance();
      return { kind: 'string', value: token.value, position };
    case 'number':
      cursor.advance();
      return { kind: 'number', text: token.value, position };
    case 'bind':
      cursor.advance();
      return { kind: 'bind', key: token.value, position };
    case 'positional':
      cursor.advance();
      return { kind: 'positional', index: Number(token.value), position };
    case 'operator':
      return parseOperatorPrimary(cursor);
    case 'word':
    case 'quoted':
      return parseNamePrimary(cursor);
    case 'end':
      throw cursor.unexpected();
  }
}

function parseOperatorPrimary(cursor: Cursor): Expression {
  const position = cursor.position;
  if (cursor.takeOperator('(')) {
    if (startsQuery(cursor)) {
      const query = parseQuery(cursor);
      cursor.expectOperator(')');
      return { kind: 'subquery', query, position };
    }
    const items = cursor.list(() => parseExpression(cursor));
    cursor.expectOperator(')');
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'tuple', items, position };
  }
  if (cursor.takeOperator('*')) return { kind: 'star', qualifier: [], exclude: parseExclude(cursor), position };
  if (cursor.takeOperator('[')) {
    const items = cursor.isOperator(']') ? [] : cursor.list(() => parseExpression(cursor));
    cursor.expectOperator(']');
    return { kind: 'array', items, position };
  }
  if (cursor.takeOperator('{')) {
    const entry = (): { key: string; value: Expression } => {
      const key = cursor.stringLiteral();
      cursor.expectOperator(':');
      return { key, value: parseExpression(cursor) };
    };
    const entries = cursor.isOperator('}') ? [] : cursor.list(entry);
    cursor.expectOperator('}');
    return { kind: 'object', entries, position };
  }
  throw cursor.unexpected();
}

function parseNamePrimary(cursor: Cursor): Expression {
  const token = cursor.current;
  const { position } = token;
  if (token.kind === 'word') {
    const keyword = parseKeywordPrimary(cursor, token.value, position);
    if (keyword !== undefined) return keyword;
    if (typedLiterals.has(token.value) && cursor.peek(1).kind === 'string') {
      cursor.advance();
      const value = cursor.stringLiteral();
      return {
        kind: 'cast',
        operand: { kind: 'string', value, position },
        type: { name: token.value, parameters: [], position },
        lenient: false,
        position,
      };
    }
    if (cursor.isOperator('(', 1) && (!reservedWords.has(token.value) || reservedFunctions.has(token.value))) {
      return parseCall(cursor);
    }
    if (bareFunctions.has(token.value)) {
      cursor.advance();
      return bareCall(token.value, position);
    }
  }
  return parseColumn(cursor);
}

function bareCall(name: string, position: Position): FunctionCall {
  return {
    kind: 'call',
    position,
    name,
    args: [],
    named: [],
    distinct: false,
    star: false,
    withinGroup: [],
    over: null,
    nullTreatment: null,
    source: name,
  };
}

function parseKeywordPrimary(cursor: Cursor, word: string, position: Position): Expression | undefined {
  switch (word) {
    case 'NULL':
      cursor.advance();
      return { kind: 'null', position };
    case 'TRUE':
    case 'FALSE':
      cursor.advance();
      return { kind: 'boolean', value: word === 'TRUE', position };
    case 'CASE':
      cursor.advance();
      return parseCase(cursor, position);
    case 'EXISTS': {
      cursor.advance();
      return { kind: 'exists', query: cursor.parenthesized(() => parseQuery(cursor)), position };
    }
    case 'CAST':
    case 'TRY_CAST': {
      cursor.advance();
      return cursor.parenthesized((): Expression => {
        const operand = parseExpression(cursor);
        cursor.expectWords('AS');
        return { kind: 'cast', operand, type: parseType(cursor), lenient: word === 'TRY_CAST', position };
      });
    }
    case 'EXTRACT':
      return cursor.isOperator('(', 1) ? parseExtract(cursor, position) : undefined;
    case 'POSITION':
      return cursor.isOperator('(', 1) ? parsePositionFunction(cursor, position) : undefined;
    default:
      return undefined;
  }
}

function parseExtract(cursor: Cursor, position: Position): Expression {
  const start = cursor.current.start;
  cursor.advance();
  return cursor.parenthesized((): Expression => {
    const part = cursor.advance();
    if (part.kind !== 'word' && part.kind !== 'string') throw cursor.unexpected(part);
    cursor.expectWords('FROM');
    const value = parseExpression(cursor);
    return {
      ...bareCall('DATE_PART', position),
      args: [{ kind: 'string', value: part.value, position: part.position }, value],
      source: `${cursor.text.slice(start, cursor.consumedTo)})`,
    };
  });
}

function parsePositionFunction(cursor: Cursor, position: Position): Expression {
  const start = cursor.current.start;
  const mark = cursor.mark();
  cursor.advance();
  cursor.expectOperator('(');
  const needle = parseAdditive(cursor);
  if (!cursor.takeWords('IN')) {
    cursor.reset(mark);
    return parseCall(cursor);
  }
  const haystack = parseExpression(cursor);
  cursor.expectOperator(')');
  return {
    ...bareCall('POSITION', position),
    args: [needle, haystack],
    source: cursor.text.slice(start, cursor.consumedTo),
  };
}

function parseCase(cursor: Cursor, position: Position): Expression {
  const operand = cursor.isWord('WHEN') ? null : parseExpression(cursor);
  const whens: { when: Expression; then: Expression }[] = [];
  while (cursor.takeWords('WHEN')) {
    const when = parseExpression(cursor);
    cursor.expectWords('THEN');
    whens.push({ when, then: parseExpression(cursor) });
  }
  if (whens.length === 0) throw cursor.unexpected();
  const otherwise = cursor.takeWords('ELSE') ? parseExpression(cursor) : null;
  cursor.expectWords('END');
  return { kind: 'case', operand, whens, otherwise, position };
}

function parseColumn(cursor: Cursor): Expression {
  const position = cursor.position;
  const path: Identifier[] = [cursor.identifier()];
  while (cursor.isOperator('.')) {
    cursor.advance();
    if (cursor.takeOperator('*')) return { kind: 'star', qualifier: path, exclude: parseExclude(cursor), position };
    path.push(cursor.member());
  }
  return { kind: 'column', path, position };
}

function parseExclude(cursor: Cursor): string[] {
  if (!cursor.takeWords('EXCLUDE')) return [];
  if (cursor.isOperator('(')) return cursor.parenthesized(() => cursor.list(() => cursor.identifier().name));
  return [cursor.identifier().name];
}

/** A function call with all that may follow its parentheses. */
export function parseCall(cursor: Cursor): FunctionCall {
  const start = cursor.current.start;
  const position = cursor.position;
  let name = cursor.member().name;
  while (cursor.takeOperator('.')) name = `${name}.${cursor.member().name}`;
  cursor.expectOperator('(');
  const distinct = cursor.takeWords('DISTINCT');
  if (!distinct) cursor.takeWords('ALL');
  const args: Expression[] = [];
  const named: NamedArgument[] = [];
  let star = false;
  if (cursor.isOperator('*') && cursor.isOperator(')', 1)) {
    cursor.advance();
    star = true;
  } else if (!cursor.isOperator(')')) {
    cursor.list(() => {
      if (cursor.current.kind === 'word' && cursor.isOperator('=>', 1)) {
        const argument = cursor.advance().value;
        cursor.advance();
        named.push({ name: argument, value: parseExpression(cursor) });
      } else if (startsQuery(cursor)) {
        args.push({ kind: 'subquery', position: cursor.position, query: parseQuery(cursor) });
      } else {
        args.push(parseExpression(cursor));
      }
    });
  }
  let nullTreatment = parseNullTreatment(cursor);
  cursor.expectOperator(')');
  let withinGroup: OrderItem[] = [];
  if (cursor.takeWords('WITHIN', 'GROUP')) {
    withinGroup = cursor.parenthesized(() => {
      cursor.expectWords('ORDER', 'BY');
      return cursor.list(() => parseOrderItem(cursor));
    });
  }
  nullTreatment ??= parseNullTreatment(cursor);
  const over = cursor.takeWords('OVER') ? parseWindow(cursor) : null;
  return {
    kind: 'call',
    position,
    name,
    args,
    named,
    distinct,
    star,
    withinGroup,
    over,
    nullTreatment,
    source: cursor.text.slice(start, cursor.consumedTo),
  };
}

function parseNullTreatment(cursor: Cursor): 'IGNORE' | 'RESPECT' | null {
  if (cursor.takeWords('IGNORE', 'NULLS')) return 'IGNORE';
  if (cursor.takeWords('RESPECT', 'NULLS')) return 'RESPECT';
  return null;
}

function parseWindow(cursor: Cursor): WindowSpecification {
  return cursor.parenthesized((): WindowSpecification => {
    const partitionBy = cursor.takeWords('PARTITION', 'BY') ? cursor.list(() => parseExpression(cursor)) : [];
    const orderBy = cursor.takeWords('ORDER', 'BY') ? cursor.list(() => parseOrderItem(cursor)) : [];
    const unit = cursor.takeOneOf('ROWS', 'RANGE');
    return { partitionBy, orderBy, frame: unit === undefined ? null : parseFrame(cursor, unit) };
  });
}

function parseFrame(cursor: Cursor, unit: 'ROWS' | 'RANGE'): WindowFrame {
  if (cursor.takeWords('BETWEEN')) {
    const start = parseFrameBound(cursor);
    cursor.expectWords('AND');
    return { unit, start, end: parseFrameBound(cursor) };
  }
  return { unit, start: parseFrameBound(cursor), end: { kind: 'CURRENT ROW', offset: null } };
}

function parseFrameBound(cursor: Cursor): FrameBound {
  if (cursor.takeWords('UNBOUNDED', 'PRECEDING')) return { kind: 'UNBOUNDED PRECEDING', offset: null };
  if (cursor.takeWords('UNBOUNDED', 'FOLLOWING')) return { kind: 'UNBOUNDED FOLLOWING', offset: null };
  if (cursor.takeWords('CURRENT', 'ROW')) return { kind: 'CURRENT ROW', offset: null };
  const offset = cursor.integer();
  if (cursor.takeWords('PRECEDING')) return { kind: 'PRECEDING', offset };
  cursor.expectWords('FOLLOWING');
  return { kind: 'FOLLOWING', offset };
}

export function parseOrderItem(cursor: Cursor): OrderItem {
  const expression = parseExpression(cursor);
  const descending = cursor.takeOneOf('ASC', 'DESC') === 'DESC';
  let nulls: 'FIRST' | 'LAST' | null = null;
  if (cursor.takeWords('NULLS')) {
    const which = cursor.takeOneOf('FIRST', 'LAST');
    if (which === undefined) throw cursor.unexpected();
    nulls = which;
  }
  return { expression, descending, nulls };
}
