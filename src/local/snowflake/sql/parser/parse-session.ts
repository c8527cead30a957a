import type { Identifier, ShowScope, ShowTarget, Statement } from '../ast.ts';
import { unsupported } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';

export function parseBegin(cursor: Cursor): Statement {
  if (cursor.takeWords('START')) cursor.expectWords('TRANSACTION');
  else {
    cursor.expectWords('BEGIN');
    cursor.takeOneOf('WORK', 'TRANSACTION');
  }
  if (cursor.takeWords('NAME')) cursor.identifier();
  return { kind: 'begin' };
}

export function parseCommit(cursor: Cursor): Statement {
  cursor.expectWords('COMMIT');
  cursor.takeWords('WORK');
  return { kind: 'commit' };
}

export function parseRollback(cursor: Cursor): Statement {
  cursor.expectWords('ROLLBACK');
  cursor.takeWords('WORK');
  return { kind: 'rollback' };
}

export function parseUse(cursor: Cursor): Statement {
  cursor.expectWords('USE');
  if (cursor.isWord('SECONDARY')) throw unsupported('USE SECONDARY ROLES');
  const target = cursor.takeOneOf('DATABASE', 'SCHEMA', 'ROLE', 'WAREHOUSE');
  const name = cursor.qualifiedName();
  // Without a keyword, one name is a database and two are a schema (sql-reference/sql/use-database).
  return { kind: 'use', target: target ?? (name.length > 1 ? 'SCHEMA' : 'DATABASE'), name };
}

const showTargets: readonly ShowTarget[] = [
  'TABLES',
  'VIEWS',
  'OBJECTS',
  'STREAMS',
  'SCHEMAS',
  'DATABASES',
  'COLUMNS',
  'WAREHOUSES',
  'PARAMETERS',
  'ROLES',
  'GRANTS',
];

export function parseShow(cursor: Cursor): Statement {
  cursor.expectWords('SHOW');
  const terse = cursor.takeWords('TERSE');
  const target = cursor.takeWords('PRIMARY', 'KEYS') ? 'PRIMARY KEYS' : cursor.takeOneOf(...showTargets);
  if (target === undefined) {
    throw cursor.current.kind === 'word' ? unsupported(`SHOW ${cursor.current.value}`) : cursor.unexpected();
  }
  if (cursor.isWord('HISTORY')) throw unsupported('SHOW HISTORY');
  const like = cursor.takeWords('LIKE') ? cursor.stringLiteral() : null;
  let scope: ShowScope | null = null;
  if (cursor.takeWords('IN')) scope = parseShowScope(cursor);
  else if (target === 'GRANTS' && cursor.takeWords('ON')) scope = parseGrantScope(cursor);
  else if (target === 'GRANTS' && cursor.takeWords('TO')) {
    const kind = cursor.takeOneOf('ROLE', 'USER');
    if (kind === undefined) throw cursor.unexpected();
    scope = { kind, name: [cursor.identifier()] };
  }
  const startsWith = cursor.takeWords('STARTS', 'WITH') ? cursor.stringLiteral() : null;
  let limit: number | null = null;
  let from: string | null = null;
  if (cursor.takeWords('LIMIT')) {
    limit = cursor.integer();
    if (cursor.takeWords('FROM')) from = cursor.stringLiteral();
  }
  return { kind: 'show', target, terse, like, scope, startsWith, limit, from };
}

function parseShowScope(cursor: Cursor): ShowScope {
  if (cursor.takeWords('ACCOUNT')) return { kind: 'ACCOUNT', name: [] };
  if (cursor.takeWords('SESSION')) return { kind: 'SESSION', name: [] };
  const kind = cursor.takeOneOf('DATABASE', 'SCHEMA', 'TABLE', 'VIEW') ?? null;
  if (kind !== null && cursor.atEnd) return { kind, name: [] };
  return { kind, name: cursor.qualifiedName() };
}

function parseGrantScope(cursor: Cursor): ShowScope {
  const kind = cursor.takeOneOf('DATABASE', 'SCHEMA', 'TABLE', 'VIEW');
  if (kind === undefined) throw cursor.unexpected();
  return { kind, name: cursor.qualifiedName() };
}

export function parseDescribe(cursor: Cursor): Statement {
  cursor.takeOneOf('DESC', 'DESCRIBE');
  if (cursor.takeWords('RESULT')) return { kind: 'describeResult', queryId: parseExpression(cursor) };
  if (cursor.takeWords('STREAM')) return { kind: 'describeStream', name: cursor.qualifiedName() };
  const objectKind = cursor.takeOneOf('TABLE', 'VIEW');
  if (objectKind === undefined) {
    const name: Identifier | undefined = cursor.isIdentifier() ? cursor.identifier() : undefined;
    throw name === undefined ? cursor.unexpected() : unsupported(`DESCRIBE ${name.name}`);
  }
  const name = cursor.qualifiedName();
  if (cursor.takeWords('TYPE')) {
    cursor.expectOperator('=');
    if (!cursor.takeWords('COLUMNS')) throw unsupported('DESCRIBE TABLE TYPE = STAGE');
  }
  return { kind: 'describe', objectKind, name };
}
