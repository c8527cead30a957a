import type { TimePoint, Travel } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';

/** What may stand right after a table's name: Time Travel or the changes of an interval (sql-reference/constructs/at-before and /changes). */
export function parseTravel(cursor: Cursor): Travel | null {
  const follows = (word: string): boolean => cursor.isWord(word) && cursor.isOperator('(', 1);
  if (!follows('CHANGES')) {
    return follows('AT') || follows('BEFORE') ? { changes: null, from: parseTimePoint(cursor), to: null } : null;
  }
  cursor.advance();
  const changes = cursor.parenthesized(() => {
    cursor.expectWords('INFORMATION');
    cursor.expectOperator('=>');
    const kind = cursor.takeOneOf('DEFAULT', 'APPEND_ONLY');
    if (kind === undefined) throw cursor.unexpected();
    return kind;
  });
  if (!follows('AT') && !follows('BEFORE')) throw cursor.unexpected();
  const from = parseTimePoint(cursor);
  return { changes, from, to: follows('END') ? parseTimePoint(cursor) : null };
}

/** `AT(TIMESTAMP => …)` and its like. The cursor keeps it too, for whoever must know its moment before the statement is compiled. */
export function parseTimePoint(cursor: Cursor): TimePoint {
  const { position } = cursor;
  const side = cursor.takeOneOf('AT', 'BEFORE', 'END');
  if (side === undefined) throw cursor.unexpected();
  return cursor.parenthesized(() => {
    const by = cursor.takeOneOf('TIMESTAMP', 'OFFSET', 'STATEMENT', 'STREAM');
    if (by === undefined || (side === 'END' && by === 'STREAM')) throw cursor.unexpected();
    cursor.expectOperator('=>');
    const { start } = cursor.current;
    const value = parseExpression(cursor);
    const point: TimePoint = { side, by, value, source: cursor.text.slice(start, cursor.consumedTo), position };
    cursor.timePoints.push(point);
    return point;
  });
}
