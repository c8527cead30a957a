import type { Grant, Statement } from '../ast.ts';
import { unsupported } from '../errors.ts';
import type { Cursor } from './cursor.ts';

const objectKinds = ['DATABASE', 'SCHEMA', 'TABLE', 'VIEW', 'STREAM', 'WAREHOUSE'] as const;
const plurals = new Map([
  ['TABLES', 'TABLE'],
  ['VIEWS', 'VIEW'],
  ['SCHEMAS', 'SCHEMA'],
] as const);

/** `GRANT privileges ON object TO ROLE r`, `GRANT ROLE r TO ROLE|USER x`, and the same with REVOKE … FROM. */
export function parseGrant(cursor: Cursor): Statement {
  const revoke = cursor.takeOneOf('GRANT', 'REVOKE') === 'REVOKE';
  if (cursor.takeWords('ROLE')) {
    const role = cursor.identifier();
    cursor.expectWords(revoke ? 'FROM' : 'TO');
    const kind = cursor.takeOneOf('ROLE', 'USER');
    if (kind === undefined) throw cursor.unexpected();
    return { kind: 'grantRole', revoke, role, to: { kind, name: cursor.identifier() } };
  }
  const privileges = cursor.takeWords('ALL')
    ? (cursor.takeWords('PRIVILEGES'), ['ALL'])
    : cursor.list(() => parsePrivilege(cursor));
  cursor.expectWords('ON');
  const target = parseTarget(cursor);
  cursor.expectWords(revoke ? 'FROM' : 'TO');
  cursor.takeWords('ROLE');
  const role = cursor.identifier();
  if (cursor.isWords('WITH', 'GRANT', 'OPTION')) throw unsupported('WITH GRANT OPTION');
  return { kind: 'grant', revoke, grant: { privileges, ...target, role } };
}

function parsePrivilege(cursor: Cursor): string {
  const words = [cursor.member().name];
  while (cursor.current.kind === 'word' && !cursor.isWord('ON')) words.push(cursor.member().name);
  return words.join(' ');
}

function parseTarget(cursor: Cursor): Omit<Grant, 'privileges' | 'role'> {
  const reach = cursor.takeOneOf('ALL', 'FUTURE');
  if (reach === undefined) {
    const objectKind = cursor.takeOneOf(...objectKinds);
    if (objectKind === undefined) {
      throw cursor.current.kind === 'word' ? unsupported(`GRANT ON ${cursor.current.value}`) : cursor.unexpected();
    }
    return { objectKind, reach: 'OBJECT', container: null, object: cursor.qualifiedName() };
  }
  const plural = cursor.takeOneOf('TABLES', 'VIEWS', 'SCHEMAS');
  const objectKind = plural === undefined ? undefined : plurals.get(plural);
  if (objectKind === undefined) throw cursor.unexpected();
  cursor.expectWords('IN');
  const container = cursor.takeOneOf('DATABASE', 'SCHEMA');
  if (container === undefined) throw cursor.unexpected();
  return { objectKind, reach, container, object: cursor.qualifiedName() };
}
