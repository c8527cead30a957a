import type { ColumnDefinition, Expression, Identifier, Statement, TableConstraint } from '../ast.ts';
import { unsupported } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseCreateStream } from './parse-stream.ts';
import { parseProperties } from './parse-properties.ts';
import { parseQuery } from './parse-query.ts';
import { parseType } from './parse-type.ts';

const tableProperties = [
  'CHANGE_TRACKING',
  'DATA_RETENTION_TIME_IN_DAYS',
  'COMMENT',
  'ENABLE_SCHEMA_EVOLUTION',
  'MAX_DATA_EXTENSION_TIME_IN_DAYS',
];
const viewProperties = ['COMMENT', 'CHANGE_TRACKING'];
const containerProperties = ['DATA_RETENTION_TIME_IN_DAYS', 'COMMENT'];
const warehouseProperties = [
  'WAREHOUSE_SIZE',
  'AUTO_SUSPEND',
  'AUTO_RESUME',
  'INITIALLY_SUSPENDED',
  'COMMENT',
  'WAREHOUSE_TYPE',
];

export function parseCreate(cursor: Cursor): Statement {
  const start = cursor.current.start;
  cursor.expectWords('CREATE');
  const orReplace = cursor.takeWords('OR', 'REPLACE');
  const secure = cursor.takeWords('SECURE');
  if (!secure) {
    cursor.takeOneOf('LOCAL', 'GLOBAL');
  }
  const lifetime = cursor.takeOneOf('TEMPORARY', 'TEMP', 'TRANSIENT', 'VOLATILE');
  if (cursor.takeWords('VIEW')) {
    if (lifetime !== undefined) throw unsupported('TEMPORARY VIEW');
    return parseCreateView(cursor, start, orReplace, secure);
  }
  if (secure) throw cursor.unexpected();
  if (cursor.takeWords('TABLE')) {
    const kept = lifetime === 'TRANSIENT' ? 'TRANSIENT' : lifetime === undefined ? 'PERMANENT' : 'TEMPORARY';
    return parseCreateTable(cursor, orReplace, kept);
  }
  const container = cursor.takeOneOf('DATABASE', 'SCHEMA');
  if (container !== undefined) {
    const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
    const name = cursor.qualifiedName();
    if (cursor.isWord('CLONE')) throw unsupported(`CREATE ${container} CLONE`);
    const properties = parseProperties(cursor, containerProperties);
    return {
      kind: container === 'DATABASE' ? 'createDatabase' : 'createSchema',
      name,
      orReplace,
      ifNotExists,
      transient: lifetime === 'TRANSIENT',
      properties,
    };
  }
  if (lifetime !== undefined) throw cursor.unexpected();
  if (cursor.takeWords('STREAM')) return parseCreateStream(cursor, orReplace);
  if (cursor.takeWords('ROLE')) {
    const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
    const name = cursor.identifier();
    parseProperties(cursor, ['COMMENT']);
    return { kind: 'createRole', name, orReplace, ifNotExists };
  }
  if (cursor.takeWords('WAREHOUSE')) {
    const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
    const name = cursor.identifier();
    cursor.takeWords('WITH');
    return {
      kind: 'createWarehouse',
      name,
      orReplace,
      ifNotExists,
      properties: parseProperties(cursor, warehouseProperties),
    };
  }
  throw cursor.current.kind === 'word' && cursor.peek(1).kind !== 'operator'
    ? unsupported(`CREATE ${cursor.current.value}`)
    : cursor.unexpected();
}

function parseCreateTable(
  cursor: Cursor,
  orReplace: boolean,
  lifetime: 'PERMANENT' | 'TRANSIENT' | 'TEMPORARY',
): Statement {
  const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
  const name = cursor.qualifiedName();
  const columns: ColumnDefinition[] = [];
  const constraints: TableConstraint[] = [];
  if (cursor.isOperator('(')) {
    cursor.parenthesized(() =>
      cursor.list(() => {
        const constraint = parseTableConstraint(cursor);
        if (constraint !== undefined) constraints.push(constraint);
        else columns.push(parseColumnDefinition(cursor, true));
      }),
    );
  }
  const properties = new Map(parseProperties(cursor, tableProperties));
  const copyGrants = cursor.takeWords('COPY', 'GRANTS');
  for (const [key, value] of parseProperties(cursor, tableProperties)) properties.set(key, value);
  const common = {
    kind: 'createTable',
    name,
    orReplace,
    ifNotExists,
    lifetime,
    columns,
    constraints,
    properties,
    copyGrants,
  } as const;
  if (cursor.takeWords('CLUSTER', 'BY')) throw unsupported('CLUSTER BY');
  if (cursor.takeWords('AS')) return { ...common, source: { kind: 'query', query: parseQuery(cursor) } };
  if (columns.length === 0) {
    const kind = cursor.takeOneOf('LIKE', 'CLONE');
    if (kind === undefined) throw cursor.unexpected();
    const table = cursor.qualifiedName();
    for (const [key, value] of parseProperties(cursor, tableProperties)) properties.set(key, value);
    return {
      ...common,
      copyGrants: copyGrants || cursor.takeWords('COPY', 'GRANTS'),
      source: { kind: kind === 'LIKE' ? 'like' : 'clone', table },
    };
  }
  return { ...common, source: { kind: 'columns' } };
}

function parseTableConstraint(cursor: Cursor): TableConstraint | undefined {
  let name: Identifier | null = null;
  if (cursor.takeWords('CONSTRAINT')) name = cursor.identifier();
  let constraint: TableConstraint | undefined;
  const columns = (): Identifier[] => cursor.parenthesized(() => cursor.list(() => cursor.identifier()));
  if (cursor.isWords('PRIMARY', 'KEY') && cursor.isOperator('(', 2)) {
    cursor.takeWords('PRIMARY', 'KEY');
    constraint = { kind: 'PRIMARY KEY', name, columns: columns() };
  } else if (cursor.isWord('UNIQUE') && cursor.isOperator('(', 1)) {
    cursor.advance();
    constraint = { kind: 'UNIQUE', name, columns: columns() };
  } else if (cursor.isWords('FOREIGN', 'KEY')) {
    throw unsupported('FOREIGN KEY');
  } else if (name !== null) {
    throw cursor.unexpected();
  }
  if (constraint !== undefined) skipConstraintProperties(cursor);
  return constraint;
}

/** Snowflake records these and enforces none of them but NOT NULL (sql-reference/constraints-overview). */
function skipConstraintProperties(cursor: Cursor): void {
  const properties = [
    ['NOT', 'ENFORCED'],
    ['ENFORCED'],
    ['NOT', 'DEFERRABLE'],
    ['DEFERRABLE'],
    ['INITIALLY', 'DEFERRED'],
    ['INITIALLY', 'IMMEDIATE'],
    ['RELY'],
    ['NORELY'],
    ['ENABLE'],
    ['DISABLE'],
    ['VALIDATE'],
    ['NOVALIDATE'],
  ];
  while (properties.some((words) => cursor.takeWords(...words)));
}

/** A column; its type may be left out before `AS SELECT`. */
export function parseColumnDefinition(cursor: Cursor, typeOptional: boolean): ColumnDefinition {
  const name = cursor.identifier();
  const untyped = typeOptional && (cursor.isOperator(',') || cursor.isOperator(')'));
  const type = untyped ? null : parseType(cursor);
  let notNull = false;
  let primaryKey = false;
  let unique = false;
  let identity: ColumnDefinition['identity'] = null;
  let comment: string | null = null;
  let defaultExpression: Expression | null = null;
  let defaultSource: string | null = null;
  for (;;) {
    if (cursor.takeWords('NOT', 'NULL')) notNull = true;
    else if (cursor.takeWords('NULL')) notNull = false;
    else if (cursor.takeWords('DEFAULT')) {
      const start = cursor.current.start;
      defaultExpression = parseExpression(cursor);
      defaultSource = cursor.text.slice(start, cursor.consumedTo);
    } else if (cursor.takeWords('AUTOINCREMENT') || cursor.takeWords('IDENTITY')) {
      identity = parseIdentity(cursor);
    } else if (cursor.takeWords('PRIMARY', 'KEY')) {
      primaryKey = true;
      skipConstraintProperties(cursor);
    } else if (cursor.takeWords('UNIQUE')) {
      unique = true;
      skipConstraintProperties(cursor);
    } else if (cursor.takeWords('COMMENT')) {
      cursor.takeOperator('=');
      comment = cursor.stringLiteral();
    } else if (cursor.isWord('COLLATE') || cursor.isWord('MASKING') || cursor.isWord('REFERENCES')) {
      throw unsupported(cursor.current.value);
    } else {
      break;
    }
  }
  return {
    name,
    type,
    notNull: notNull || primaryKey,
    default: defaultExpression,
    defaultSource,
    identity,
    primaryKey,
    unique,
    comment,
  };
}

function parseIdentity(cursor: Cursor): { start: number; increment: number } {
  let start = 1;
  let increment = 1;
  if (cursor.takeOperator('(')) {
    start = cursor.integer();
    cursor.expectOperator(',');
    increment = cursor.integer();
    cursor.expectOperator(')');
  } else {
    if (cursor.takeWords('START')) {
      cursor.takeWords('WITH');
      start = cursor.integer();
    }
    if (cursor.takeWords('INCREMENT')) {
      cursor.takeWords('BY');
      increment = cursor.integer();
    }
  }
  cursor.takeOneOf('ORDER', 'NOORDER');
  return { start, increment };
}

function parseCreateView(cursor: Cursor, start: number, orReplace: boolean, secure: boolean): Statement {
  const ifNotExists = cursor.takeWords('IF', 'NOT', 'EXISTS');
  const name = cursor.qualifiedName();
  const columns = cursor.isOperator('(')
    ? cursor.parenthesized(() =>
        cursor.list(() => {
          const column = cursor.identifier();
          if (cursor.takeWords('COMMENT')) cursor.stringLiteral();
          return column;
        }),
      )
    : [];
  const properties = new Map(parseProperties(cursor, viewProperties));
  const copyGrants = cursor.takeWords('COPY', 'GRANTS');
  for (const [key, value] of parseProperties(cursor, viewProperties)) properties.set(key, value);
  cursor.expectWords('AS');
  const queryStart = cursor.current.start;
  const query = parseQuery(cursor);
  return {
    kind: 'createView',
    name,
    orReplace,
    ifNotExists,
    secure,
    columns,
    properties,
    query,
    querySource: cursor.text.slice(queryStart, cursor.consumedTo),
    source: cursor.text.slice(start, cursor.consumedTo),
    copyGrants,
  };
}
