import type { Statement } from '../ast.ts';
import { unsupported } from '../errors.ts';
import type { Cursor } from './cursor.ts';

export function parseDrop(cursor: Cursor): Statement {
  cursor.expectWords('DROP');
  const objectKind = cursor.takeOneOf('DATABASE', 'SCHEMA', 'TABLE', 'VIEW', 'STREAM', 'ROLE', 'WAREHOUSE');
  if (objectKind === undefined) {
    throw cursor.current.kind === 'word' ? unsupported(`DROP ${cursor.current.value}`) : cursor.unexpected();
  }
  const ifExists = cursor.takeWords('IF', 'EXISTS');
  const name = cursor.qualifiedName();
  cursor.takeOneOf('CASCADE', 'RESTRICT');
  return { kind: 'drop', objectKind, name, ifExists };
}
