import type { AlterTableAction, Expression, Statement } from '../ast.ts';
import { unsupported } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { parseColumnDefinition } from './parse-create.ts';
import { parseExpression } from './parse-expression.ts';
import { parseProperties } from './parse-properties.ts';
import { parseType } from './parse-type.ts';

const settable = [
  'CHANGE_TRACKING',
  'DATA_RETENTION_TIME_IN_DAYS',
  'COMMENT',
  'ENABLE_SCHEMA_EVOLUTION',
  'MAX_DATA_EXTENSION_TIME_IN_DAYS',
];

export function parseAlter(cursor: Cursor): Statement {
  cursor.expectWords('ALTER');
  if (cursor.takeWords('SESSION')) return parseAlterSession(cursor);
  const objectKind = cursor.takeOneOf('TABLE', 'VIEW');
  if (objectKind === undefined) {
    throw cursor.current.kind === 'word' ? unsupported(`ALTER ${cursor.current.value}`) : cursor.unexpected();
  }
  const ifExists = cursor.takeWords('IF', 'EXISTS');
  const name = cursor.qualifiedName();
  return { kind: 'alterTable', objectKind, name, ifExists, action: parseAction(cursor) };
}

function parseAlterSession(cursor: Cursor): Statement {
  const set = new Map<string, Expression>();
  if (cursor.takeWords('SET')) {
    do {
      const name = cursor.member().name;
      cursor.expectOperator('=');
      set.set(name, parseExpression(cursor));
      cursor.takeOperator(',');
    } while (!cursor.atEnd);
    return { kind: 'alterSession', set, unset: [] };
  }
  cursor.expectWords('UNSET');
  return { kind: 'alterSession', set, unset: cursor.list(() => cursor.member().name) };
}

function parseAction(cursor: Cursor): AlterTableAction {
  if (cursor.takeWords('RENAME', 'TO')) return { kind: 'rename', to: cursor.qualifiedName() };
  if (cursor.takeWords('RENAME')) {
    cursor.expectWords('COLUMN');
    const from = cursor.identifier();
    cursor.expectWords('TO');
    return { kind: 'renameColumn', from, to: cursor.identifier() };
  }
  if (cursor.takeWords('ADD')) {
    if (cursor.takeWords('PRIMARY', 'KEY')) {
      return { kind: 'addPrimaryKey', columns: cursor.parenthesized(() => cursor.list(() => cursor.identifier())) };
    }
    if (cursor.isWord('CONSTRAINT') || cursor.isWord('UNIQUE')) throw unsupported('ALTER TABLE ADD CONSTRAINT');
    cursor.takeWords('COLUMN');
    const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
    return {
      kind: 'addColumn',
      ifNotExists,
      columns: cursor.list(() => {
        cursor.takeWords('COLUMN');
        return parseColumnDefinition(cursor, false);
      }),
    };
  }
  if (cursor.takeWords('DROP', 'PRIMARY', 'KEY')) return { kind: 'dropPrimaryKey' };
  if (cursor.takeWords('DROP')) {
    cursor.takeWords('COLUMN');
    const ifExists = cursor.takeWords('IF', 'EXISTS');
    return { kind: 'dropColumn', ifExists, columns: cursor.list(() => cursor.identifier()) };
  }
  if (cursor.takeOneOf('ALTER', 'MODIFY') !== undefined) return parseColumnAction(cursor);
  if (cursor.takeWords('SET')) {
    const properties = parseProperties(cursor, settable);
    if (properties.size === 0) throw cursor.unexpected();
    return { kind: 'set', properties };
  }
  if (cursor.takeWords('UNSET')) {
    return {
      kind: 'unset',
      names: cursor.list(() => {
        const name = cursor.member().name;
        if (!settable.includes(name)) throw unsupported(`ALTER TABLE UNSET ${name}`);
        return name;
      }),
    };
  }
  throw cursor.unexpected();
}

function parseColumnAction(cursor: Cursor): AlterTableAction {
  const parenthesized = cursor.takeOperator('(');
  cursor.takeWords('COLUMN');
  const column = cursor.identifier();
  const action = ((): AlterTableAction => {
    if (cursor.takeWords('SET', 'DATA', 'TYPE') || cursor.takeWords('TYPE')) {
      return { kind: 'setType', column, type: parseType(cursor) };
    }
    if (cursor.takeWords('SET', 'NOT', 'NULL')) return { kind: 'setNotNull', column, notNull: true };
    if (cursor.takeWords('DROP', 'NOT', 'NULL')) return { kind: 'setNotNull', column, notNull: false };
    if (cursor.takeWords('SET', 'DEFAULT')) {
      const start = cursor.current.start;
      const value = parseExpression(cursor);
      return { kind: 'setDefault', column, default: value, source: cursor.text.slice(start, cursor.consumedTo) };
    }
    if (cursor.takeWords('DROP', 'DEFAULT')) return { kind: 'setDefault', column, default: null, source: null };
    if (cursor.takeWords('COMMENT')) return { kind: 'columnComment', column, comment: cursor.stringLiteral() };
    if (cursor.isWord('SET') || cursor.isWord('DROP') || cursor.isWord('UNSET'))
      throw cursor.unexpected(cursor.peek(1));
    return { kind: 'setType', column, type: parseType(cursor) };
  })();
  if (parenthesized) cursor.expectOperator(')');
  return action;
}
