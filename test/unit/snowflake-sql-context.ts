import type { Bind, SessionState } from '../../src/local/snowflake/engine.ts';
import type { CompileContext, Relation, ScannedResult } from '../../src/local/snowflake/sql/compile/context.ts';
import { compileQuery, type CompiledQuery } from '../../src/local/snowflake/sql/compile/query.ts';
import { Scope } from '../../src/local/snowflake/sql/compile/scope.ts';
import { objectMissing } from '../../src/local/snowflake/sql/errors.ts';
import { parameterDefinition } from '../../src/local/snowflake/sql/execution/parameters.ts';
import { versionMoment, type Moment, type TableHistory } from '../../src/local/snowflake/sql/history/moment.ts';
import { Cursor } from '../../src/local/snowflake/sql/parser/cursor.ts';
import { parseStatement } from '../../src/local/snowflake/sql/parser/parse-statement.ts';
import { parseType } from '../../src/local/snowflake/sql/parser/parse-type.ts';
import { formatType, resolveType, type DataType } from '../../src/local/snowflake/sql/types/data-type.ts';

export function typeOf(text: string): DataType {
  const cursor = new Cursor(text);
  const type = resolveType(parseType(cursor));
  cursor.expectEnd();
  return type;
}

/** Columns of the one table, T, that the compiler finds when no database is there. */
const columns = {
  ID: 'NUMBER(38,0)',
  SMALL: 'NUMBER(4,0)',
  PRICE: 'NUMBER(10,2)',
  RATIO: 'FLOAT',
  EXACT: 'DECFLOAT',
  NAME: 'VARCHAR(100)',
  NOTE: 'VARCHAR',
  FLAG: 'BOOLEAN',
  DAY: 'DATE',
  AT: 'TIME(9)',
  N: 'TIMESTAMP_NTZ(9)',
  L: 'TIMESTAMP_LTZ(3)',
  Z: 'TIMESTAMP_TZ(9)',
  BIN: 'BINARY(20)',
  V: 'VARIANT',
  O: 'OBJECT',
  A: 'ARRAY',
  M: 'MAP(VARCHAR, NUMBER)',
  G: 'GEOGRAPHY',
  GE: 'GEOMETRY',
  VEC: 'VECTOR(FLOAT, 3)',
  U: 'UUID',
} as const;

/** Queries that say what was asked for. */
const pastOf = (table: string): TableHistory => ({
  stateAt: (moment) => `${table} at ${moment.sql}`,
  statesOf: (from, to) => ({ before: `${table} at ${from.sql}`, after: `${table} at ${to.sql}` }),
  grown: (from, to) => ({ before: `${table} at ${from.sql}`, after: `${table} grown to ${to.sql}` }),
  delta: (from, to) => ({
    before: `${table} gone ${from.sql}-${to.sql}`,
    after: `${table} come ${from.sql}-${to.sql}`,
  }),
  appended: (from, to) => `${table} appended ${from.sql}-${to.sql}`,
});

class TableContext implements CompileContext {
  readonly state: SessionState = {
    database: 'DB',
    schema: 'PUBLIC',
    warehouse: null,
    role: 'SYSADMIN',
    user: 'TESTER',
    account: 'ACCOUNT',
    parameters: new Map(),
  };
  readonly sessionId = '1';
  readonly statementText = '';
  readonly statementNumber = 1;
  readonly now = new Date('2024-05-06T07:08:09.123Z');
  readonly caseCollation = '"default"';
  readonly binds: Readonly<Record<string, Bind>>;
  private aliases = 0;

  constructor(binds: Readonly<Record<string, Bind>>) {
    this.binds = binds;
  }

  relation(name: readonly { readonly name: string }[]): Relation {
    const table = name.at(-1)?.name ?? '';
    if (table !== 'T') throw objectMissing(`DB.PUBLIC.${table}`);
    return {
      kind: 'table',
      id: 1,
      history: pastOf('T'),
      name: ['DB', 'PUBLIC', 'T'],
      relation: 't',
      columns: Object.entries(columns).map(([column, type], i) => ({
        name: column,
        type: typeOf(type),
        nullable: column !== 'ID',
        storage: `c${i + 1}`,
      })),
    };
  }

  forView(): CompileContext {
    return this;
  }

  tablesRead(): readonly number[] {
    throw new Error('no catalog here');
  }

  tablesBelow(): readonly number[] {
    throw new Error('no catalog here');
  }

  streamHasData(): boolean {
    throw new Error('no streams here');
  }

  streamTableToken(): bigint {
    throw new Error('no streams here');
  }

  moment(): Moment {
    return versionMoment(1n, null);
  }

  latestMoment(): Moment {
    return versionMoment(2n, null);
  }

  changeToken(): string {
    throw new Error('no changes here');
  }

  result(): ScannedResult {
    throw new Error('no results here');
  }

  lastQueryId(): string | null {
    return null;
  }

  parameter(name: string): string | number | boolean {
    return parameterDefinition(name).default;
  }

  alias(): string {
    this.aliases++;
    return `a${this.aliases}`;
  }
}

/** Compiles a query against the table T; no database is asked. */
export function compile(text: string, binds: Readonly<Record<string, Bind>> = {}): CompiledQuery {
  const { statement } = parseStatement(text);
  if (statement.kind !== 'query') throw new Error('not a query');
  const context = new TableContext(binds);
  return compileQuery(statement.query, { context, scope: new Scope([], null), commonTables: new Map(), reading: null });
}

/** The full types of a query's columns. */
export function columnTypes(text: string): string[] {
  return compile(text).columns.map((column) => formatType(column.type));
}
