import type { Statement, TimePoint } from '../ast.ts';
import { compilationError } from '../errors.ts';
import { Cursor } from './cursor.ts';
import { parseAlter } from './parse-alter.ts';
import { parseCreate } from './parse-create.ts';
import { parseDelete, parseInsert, parseMerge, parseTruncate, parseUpdate } from './parse-dml.ts';
import { parseDrop } from './parse-drop.ts';
import { parseGrant } from './parse-grant.ts';
import { parseQuery } from './parse-query.ts';
import { parseBegin, parseCommit, parseDescribe, parseRollback, parseShow, parseUse } from './parse-session.ts';

type Rule = (cursor: Cursor) => Statement;

const query: Rule = (cursor) => ({ kind: 'query', query: parseQuery(cursor) });

/** The rule for a statement, by its first word. */
const rules = new Map<string, Rule>([
  ['SELECT', query],
  ['WITH', query],
  ['VALUES', query],
  ['CREATE', parseCreate],
  ['ALTER', parseAlter],
  ['DROP', parseDrop],
  ['TRUNCATE', parseTruncate],
  ['INSERT', parseInsert],
  ['UPDATE', parseUpdate],
  ['DELETE', parseDelete],
  ['MERGE', parseMerge],
  ['BEGIN', parseBegin],
  ['START', parseBegin],
  ['COMMIT', parseCommit],
  ['ROLLBACK', parseRollback],
  ['USE', parseUse],
  ['SHOW', parseShow],
  ['DESC', parseDescribe],
  ['DESCRIBE', parseDescribe],
  ['GRANT', parseGrant],
  ['REVOKE', parseGrant],
]);

export interface ParsedStatement {
  readonly statement: Statement;
  /** Every point in time in it. */
  readonly timePoints: readonly TimePoint[];
}

/** Parses exactly one statement; a semicolon after it is allowed. Throws 1003 with the place of the first token that does not fit. */
export function parseStatement(text: string): ParsedStatement {
  const cursor = new Cursor(text);
  while (cursor.takeOperator(';'));
  const first = cursor.current;
  if (first.kind === 'end') throw compilationError(900, '42601', 'Empty SQL statement.');
  const rule = first.kind === 'word' ? rules.get(first.value) : undefined;
  if (rule === undefined && !cursor.isOperator('(')) throw cursor.unexpected();
  const statement = (rule ?? query)(cursor);
  cursor.expectEnd();
  return { statement, timePoints: cursor.timePoints };
}
