import type { Assignment, Expression, Identifier, MergeClause, Statement } from '../ast.ts';
import { unsupported } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseFrom, parseQuery } from './parse-query.ts';

export function parseTruncate(cursor: Cursor): Statement {
  cursor.expectWords('TRUNCATE');
  cursor.takeWords('TABLE');
  const ifExists = cursor.takeWords('IF', 'EXISTS');
  return { kind: 'truncate', name: cursor.qualifiedName(), ifExists };
}

/** A value, or null for `DEFAULT`. */
function parseValue(cursor: Cursor): Expression | null {
  if (cursor.isWord('DEFAULT') && (cursor.isOperator(',', 1) || cursor.isOperator(')', 1))) {
    cursor.advance();
    return null;
  }
  return parseExpression(cursor);
}

function parseNameList(cursor: Cursor): Identifier[] {
  return cursor.parenthesized(() => cursor.list(() => cursor.identifier()));
}

export function parseInsert(cursor: Cursor): Statement {
  cursor.expectWords('INSERT');
  const overwrite = cursor.takeWords('OVERWRITE');
  if (cursor.isWord('ALL') || cursor.isWord('FIRST')) throw unsupported('multi-table INSERT');
  cursor.expectWords('INTO');
  const table = cursor.qualifiedName();
  const columns =
    cursor.isOperator('(') && !cursor.isWord('SELECT', 1) && !cursor.isWord('WITH', 1) ? parseNameList(cursor) : [];
  if (cursor.takeWords('VALUES')) {
    const rows = cursor.list(() => cursor.parenthesized(() => cursor.list(() => parseValue(cursor))));
    return { kind: 'insert', overwrite, table, columns, source: { kind: 'rows', rows } };
  }
  return { kind: 'insert', overwrite, table, columns, source: { kind: 'query', query: parseQuery(cursor) } };
}

function parseAssignment(cursor: Cursor): Assignment {
  let column = cursor.identifier();
  while (cursor.takeOperator('.')) column = cursor.member();
  cursor.expectOperator('=');
  if (cursor.takeWords('DEFAULT')) return { column, value: null };
  return { column, value: parseExpression(cursor) };
}

function parseAlias(cursor: Cursor): Identifier | null {
  if (cursor.takeWords('AS')) return cursor.identifier();
  return cursor.isIdentifier() ? cursor.identifier() : null;
}

export function parseUpdate(cursor: Cursor): Statement {
  cursor.expectWords('UPDATE');
  const table = cursor.qualifiedName();
  const alias = parseAlias(cursor);
  cursor.expectWords('SET');
  const assignments = cursor.list(() => parseAssignment(cursor));
  const from = cursor.takeWords('FROM') ? parseFrom(cursor) : null;
  const where = cursor.takeWords('WHERE') ? parseExpression(cursor) : null;
  return { kind: 'update', table, alias, assignments, from, where };
}

export function parseDelete(cursor: Cursor): Statement {
  cursor.expectWords('DELETE', 'FROM');
  const table = cursor.qualifiedName();
  const alias = cursor.isWord('USING') ? null : parseAlias(cursor);
  const using = cursor.takeWords('USING') ? parseFrom(cursor) : null;
  const where = cursor.takeWords('WHERE') ? parseExpression(cursor) : null;
  return { kind: 'delete', table, alias, using, where };
}

export function parseMerge(cursor: Cursor): Statement {
  cursor.expectWords('MERGE', 'INTO');
  const table = cursor.qualifiedName();
  const alias = cursor.isWord('USING') ? null : parseAlias(cursor);
  cursor.expectWords('USING');
  const source = parseFrom(cursor);
  cursor.expectWords('ON');
  const on = parseExpression(cursor);
  const clauses: MergeClause[] = [];
  while (cursor.takeWords('WHEN')) clauses.push(parseMergeClause(cursor));
  if (clauses.length === 0) throw cursor.unexpected();
  return { kind: 'merge', table, alias, source, on, clauses };
}

function parseMergeClause(cursor: Cursor): MergeClause {
  const matched = !cursor.takeWords('NOT');
  cursor.expectWords('MATCHED');
  const condition = cursor.takeWords('AND') ? parseExpression(cursor) : null;
  cursor.expectWords('THEN');
  if (matched) {
    if (cursor.takeWords('DELETE')) return { kind: 'delete', condition };
    cursor.expectWords('UPDATE', 'SET');
    return { kind: 'update', condition, assignments: cursor.list(() => parseAssignment(cursor)) };
  }
  cursor.expectWords('INSERT');
  const columns = cursor.isOperator('(') ? parseNameList(cursor) : [];
  cursor.expectWords('VALUES');
  const values = cursor.parenthesized(() => cursor.list(() => parseValue(cursor)));
  return { kind: 'insert', condition, columns, values };
}
