import { compilationError } from '../errors.ts';
import type { ObjectProperties } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** Reads `NAME = value` pairs while the next word is one of the names. A bare name that is followed by `=` but unknown is refused. */
export function parseProperties(cursor: Cursor, allowed: readonly string[]): ObjectProperties {
  const properties = new Map<string, string | number | boolean>();
  for (;;) {
    cursor.takeOperator(',');
    const token = cursor.current;
    if (token.kind !== 'word' || !cursor.isOperator('=', 1)) {
      if (token.kind === 'word' && token.value === 'COMMENT' && cursor.peek(1).kind === 'string') {
        cursor.advance();
        properties.set('COMMENT', cursor.stringLiteral());
        continue;
      }
      return properties;
    }
    if (!allowed.includes(token.value)) {
      throw compilationError(1420, '22023', `invalid property '${token.value}' for '${allowed.join("', '")}'`);
    }
    cursor.advance();
    cursor.advance();
    properties.set(token.value, propertyValue(cursor));
  }
}

function propertyValue(cursor: Cursor): string | number | boolean {
  const token = cursor.current;
  if (token.kind === 'string') return cursor.stringLiteral();
  if (token.kind === 'number') return cursor.integer();
  if (token.kind === 'word') {
    cursor.advance();
    if (token.value === 'TRUE' || token.value === 'FALSE') return token.value === 'TRUE';
    return token.value;
  }
  throw cursor.unexpected();
}
