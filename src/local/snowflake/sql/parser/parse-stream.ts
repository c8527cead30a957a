import type { Statement } from '../ast.ts';
import { syntaxError, unsupported } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { parseProperties } from './parse-properties.ts';
import { parseTimePoint } from './parse-travel.ts';

const streamProperties = ['APPEND_ONLY', 'SHOW_INITIAL_ROWS', 'COMMENT'];

/** What follows `CREATE [OR REPLACE] STREAM`, of a table or view (sql-reference/sql/create-stream). */
export function parseCreateStream(cursor: Cursor, orReplace: boolean): Statement {
  const { position } = cursor;
  const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
  if (ifNotExists && orReplace) throw syntaxError(position, 'IF');
  const name = cursor.qualifiedName();
  if (cursor.isWord('CLONE')) throw unsupported('CREATE STREAM CLONE');
  const copyGrants = cursor.takeWords('COPY', 'GRANTS');
  cursor.expectWords('ON');
  const sourceKind = cursor.takeOneOf('TABLE', 'VIEW');
  if (sourceKind === undefined) {
    throw cursor.current.kind === 'word' ? unsupported(`STREAM ON ${cursor.current.value}`) : cursor.unexpected();
  }
  const source = cursor.qualifiedName();
  const start = cursor.isWord('AT') || cursor.isWord('BEFORE') ? parseTimePoint(cursor) : null;
  if (cursor.isWord('INSERT_ONLY')) throw unsupported('INSERT_ONLY streams');
  const properties = parseProperties(cursor, streamProperties);
  return { kind: 'createStream', name, orReplace, ifNotExists, sourceKind, source, start, properties, copyGrants };
}
