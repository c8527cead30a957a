import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Expression, Statement, TimePoint } from '../../src/local/snowflake/sql/ast.ts';
import { parseDatetimeFormat } from '../../src/local/snowflake/sql/compile/datetime-format.ts';
import { parseStatement } from '../../src/local/snowflake/sql/parser/parse-statement.ts';
import { tokenize } from '../../src/local/snowflake/sql/parser/tokenizer.ts';

function values(text: string): string[] {
  return tokenize(text)
    .slice(0, -1)
    .map((token) => `${token.kind}:${token.value}`);
}

/** The expression of the only select item. */
function expression(text: string): Expression {
  const { statement } = parseStatement(`SELECT ${text}`);
  if (statement.kind !== 'query' || statement.query.body.kind !== 'select') throw new Error('not a select');
  const [item] = statement.query.body.items;
  if (item === undefined) throw new Error('no item');
  return item.expression;
}

/** A tree in parentheses, for the order of operators. */
function shape(node: Expression): string {
  if (node.kind === 'number') return node.text;
  if (node.kind === 'string') return `'${node.value}'`;
  if (node.kind === 'column') return node.path.map((part) => part.name).join('.');
  if (node.kind === 'binary') return `(${shape(node.left)} ${node.operator} ${shape(node.right)})`;
  if (node.kind === 'negate' || node.kind === 'not') return `(${node.kind} ${shape(node.operand)})`;
  if (node.kind === 'cast') return `${shape(node.operand)}::${node.type.name}`;
  if (node.kind === 'between') return `(${shape(node.operand)} between ${shape(node.low)} ${shape(node.high)})`;
  if (node.kind === 'isNull') return `(${shape(node.operand)} is null)`;
  if (node.kind === 'path') {
    const steps = node.steps.map((step) => ('key' in step ? step.key : `[${shape(step.index)}]`));
    return `${shape(node.base)}:${steps.join('.')}`;
  }
  return node.kind;
}

describe('the tokenizer', () => {
  it('folds names, keeps quoted ones, and knows the three kinds of comment', () => {
    assert.deepEqual(values('Select "My ""Col""" -- x\n, b // y\n /* z */ from t$1'), [
      'word:SELECT',
      'quoted:My "Col"',
      'operator:,',
      'word:B',
      'word:FROM',
      'word:T$1',
    ]);
  });

  it('reads string constants with escapes, doubled quotes and dollar quotes', () => {
    assert.deepEqual(values(String.raw`'it''s' 'a\tb\\c\'d' $$raw \n 'x'$$ '\u00e9\x41\101\q'`), [
      "string:it's",
      "string:a\tb\\c'd",
      "string:raw \\n 'x'",
      'string:éAAq',
    ]);
    assert.deepEqual(values(String.raw`$$\N$$ || $$\\x$$`), ['string:\\N', 'operator:||', 'string:\\\\x']);
  });

  it('reads numbers, binds, positional columns and casts', () => {
    assert.deepEqual(values('1 1.5 .5 1e-3 a.1 ? :2 $3 x::int v:key'), [
      'number:1',
      'number:1.5',
      'number:.5',
      'number:1e-3',
      'word:A',
      'operator:.',
      'number:1',
      'bind:1',
      'bind:2',
      'positional:3',
      'word:X',
      'operator:::',
      'word:INT',
      'word:V',
      'operator::',
      'word:KEY',
    ]);
  });

  it('reads back every string that is written as a constant', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
        assert.deepEqual(
          tokenize(written).map((token) => token.value),
          [text, ''],
        );
      }),
    );
  });

  it('knows where each token stands', () => {
    const [, second, third] = tokenize('SELECT\n  a,\n b');
    assert.deepEqual(second?.position, { line: 2, column: 2 });
    assert.deepEqual(third?.position, { line: 2, column: 3 });
  });
});

describe('the parser', () => {
  const trees: Readonly<Record<string, string>> = {
    '1 + 2 * 3': '(1 + (2 * 3))',
    '1 - 2 - 3': '((1 - 2) - 3)',
    'a OR b AND NOT c = 1': '(A OR (B AND (not (C = 1))))',
    "a || 'x' || b": "((A || 'x') || B)",
    'a + 1 > b || c': '((A + 1) > (B || C))',
    '-a::int': '(negate A::INT)',
    '-1::int': '-1::INT',
    'a BETWEEN 1 AND 2 AND b': '((A between 1 2) AND B)',
    'a + 1 IS NULL': '((A + 1) is null)',
    'v:a.b[0]:c::string': 'V:a.b.[0]:c::STRING',
    'v:"Mixed Key"': 'V:Mixed Key',
    't.v:k': 'T.V:k',
  };
  for (const [text, tree] of Object.entries(trees)) {
    it(`${text} as ${tree}`, () => {
      assert.equal(shape(expression(text)), tree);
    });
  }

  const statements: Readonly<Record<string, Statement['kind']>> = {
    'SELECT 1;': 'query',
    '(SELECT 1) UNION (SELECT 2) ORDER BY 1 LIMIT 1': 'query',
    'WITH RECURSIVE x AS (SELECT 1 n UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT * FROM x': 'query',
    'SELECT TOP 3 a FROM t OFFSET 2': 'query',
    'SELECT a FROM t ORDER BY a DESC NULLS LAST FETCH FIRST 3 ROWS ONLY': 'query',
    'SELECT LEFT(a, 1), RIGHT(a, 1), INSERT(a, 1, 1, b) FROM t LEFT JOIN u USING (k)': 'query',
    'SELECT EXTRACT(year FROM d), POSITION(\'a\' IN b), CAST(a AS DOUBLE PRECISION) FROM "T"': 'query',
    "SELECT * FROM IDENTIFIER('db.s.t') AS x (a, b)": 'query',
    'SELECT $1, $2 FROM VALUES (1, 2)': 'query',
    'SELECT at, t.before FROM at AS before, changes at': 'query',
    "CREATE OR REPLACE TRANSIENT TABLE IF NOT EXISTS d.s.t (a INT NOT NULL DEFAULT 1 COMMENT 'c', b VARCHAR(3) UNIQUE, CONSTRAINT pk PRIMARY KEY (a) NOT ENFORCED) CHANGE_TRACKING = TRUE COMMENT = 'x'":
      'createTable',
    'CREATE TEMP TABLE t AS SELECT 1 a': 'createTable',
    'CREATE TABLE t LIKE u': 'createTable',
    'CREATE TABLE t CLONE u COPY GRANTS': 'createTable',
    'CREATE TABLE t (a INT AUTOINCREMENT START 5 INCREMENT 2)': 'createTable',
    "CREATE OR REPLACE SECURE VIEW v (a, b) COMMENT = 'x' AS SELECT 1, 2": 'createView',
    'CREATE SCHEMA IF NOT EXISTS a.b': 'createSchema',
    'ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS a INT, b VARCHAR': 'alterTable',
    'ALTER TABLE t DROP COLUMN a, b': 'alterTable',
    'ALTER TABLE t RENAME COLUMN a TO b': 'alterTable',
    'ALTER TABLE t MODIFY COLUMN a SET DATA TYPE VARCHAR(20)': 'alterTable',
    'ALTER TABLE t SET CHANGE_TRACKING = TRUE': 'alterTable',
    "ALTER SESSION SET TIMEZONE = 'UTC' QUERY_TAG = 'a:b'": 'alterSession',
    'ALTER SESSION UNSET QUERY_TAG': 'alterSession',
    'TRUNCATE TABLE IF EXISTS t': 'truncate',
    'INSERT OVERWRITE INTO t (a, b) SELECT 1, 2': 'insert',
    "INSERT INTO t VALUES (1, DEFAULT), (2, UPPER('x'))": 'insert',
    'UPDATE t x SET a = s.a, b = DEFAULT FROM s WHERE x.k = s.k': 'update',
    'DELETE FROM t USING s WHERE t.k = s.k': 'delete',
    'MERGE INTO t USING (SELECT 1 k) s ON t.k = s.k WHEN MATCHED AND s.k > 1 THEN DELETE WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (k) VALUES (s.k)':
      'merge',
    'BEGIN TRANSACTION': 'begin',
    'START TRANSACTION': 'begin',
    'COMMIT WORK': 'commit',
    ROLLBACK: 'rollback',
    'USE db.s': 'use',
    'USE ROLE r': 'use',
    "SHOW TERSE TABLES LIKE 'x%' IN SCHEMA a.b STARTS WITH 'X' LIMIT 5 FROM 'Y'": 'show',
    'SHOW PRIMARY KEYS IN TABLE t': 'show',
    'SHOW GRANTS TO ROLE r': 'show',
    'DESC TABLE t': 'describe',
    "DESCRIBE RESULT 'abc'": 'describeResult',
    'DESC RESULT LAST_QUERY_ID()': 'describeResult',
    'GRANT SELECT, INSERT ON TABLE t TO ROLE r': 'grant',
    'GRANT ALL PRIVILEGES ON FUTURE TABLES IN SCHEMA s TO ROLE r': 'grant',
    'REVOKE USAGE ON DATABASE d FROM ROLE r': 'grant',
    'GRANT ROLE a TO USER b': 'grantRole',
    'DROP TABLE IF EXISTS t CASCADE': 'drop',
    'CREATE STREAM IF NOT EXISTS s ON TABLE db.public.t': 'createStream',
    "CREATE OR REPLACE STREAM a.s COPY GRANTS ON VIEW v AT (STREAM => 's') APPEND_ONLY = TRUE SHOW_INITIAL_ROWS = FALSE COMMENT = 'x'":
      'createStream',
    'CREATE STREAM s ON TABLE t BEFORE(TIMESTAMP => CURRENT_TIMESTAMP())': 'createStream',
    'DROP STREAM IF EXISTS s': 'drop',
    'DESC STREAM s': 'describeStream',
    "SHOW TERSE STREAMS LIKE 's%' IN DATABASE d": 'show',
    'GRANT SELECT ON STREAM s TO ROLE r': 'grant',
  };
  for (const [text, kind] of Object.entries(statements)) {
    it(`${kind}: ${text}`, () => {
      assert.equal(parseStatement(text).statement.kind, kind);
    });
  }

  const travels: Readonly<Record<string, string>> = {
    'SELECT 1 FROM t AT(TIMESTAMP => a::TIMESTAMP_LTZ)': 'rows at TIMESTAMP a::TIMESTAMP_LTZ',
    'SELECT 1 FROM t aT (offset => -60*5) AS x': 'rows at OFFSET -60*5',
    "SELECT 1 FROM db.s.t BEFORE(STATEMENT => 'id') x WHERE TRUE": "rows before STATEMENT 'id'",
    'SELECT 1 FROM u JOIN t BEFORE(TIMESTAMP => f(1, 2)) USING (k)': 'rows before TIMESTAMP f(1, 2)',
    "SELECT 1 FROM t CHANGES(INFORMATION => DEFAULT) AT(STREAM => 's')": "DEFAULT at STREAM 's'",
    'SELECT 1 FROM t CHANGES (INFORMATION => APPEND_ONLY) AT (OFFSET => 0) END (TIMESTAMP => ?) c (a, b)':
      'APPEND_ONLY at OFFSET 0 end TIMESTAMP ?',
  };
  for (const [text, expected] of Object.entries(travels)) {
    it(`Time Travel: ${text}`, () => {
      const { statement, timePoints } = parseStatement(text);
      if (statement.kind !== 'query' || statement.query.body.kind !== 'select') throw new Error('not a select');
      const { from } = statement.query.body;
      const table = from?.kind === 'join' ? from.right : from;
      if (table?.kind !== 'table' || table.travel === null) throw new Error('no Time Travel');
      const { changes, from: start, to } = table.travel;
      const point = ({ side, by, source }: TimePoint): string => `${side.toLowerCase()} ${by} ${source}`;
      const told = [changes ?? 'rows', point(start), ...(to === null ? [] : [point(to)])].join(' ');
      assert.equal(told, expected);
      assert.deepEqual(timePoints, to === null ? [start] : [start, to]);
    });
  }

  for (const text of [
    'SELECT 1 FROM t AT()',
    'SELECT 1 FROM t AT(-60)',
    'SELECT 1 FROM t AT(SINCE => 1)',
    'SELECT 1 FROM t AT(OFFSET => -1) END(OFFSET => 0)',
    'SELECT 1 FROM t AT(OFFSET => -1) AT(OFFSET => -2)',
    'SELECT 1 FROM t CHANGES(INFORMATION => DEFAULT)',
    'SELECT 1 FROM t CHANGES(INFORMATION => ALL) AT(OFFSET => -1)',
    'SELECT 1 FROM t CHANGES(DEFAULT) AT(OFFSET => -1)',
    "SELECT 1 FROM t CHANGES(INFORMATION => DEFAULT) AT(OFFSET => -1) END(STREAM => 's')",
    'SELECT 1 FROM (SELECT 1) AT(OFFSET => -1)',
    'CREATE STREAM s ON TABLE t END(OFFSET => -1)',
    'CREATE OR REPLACE STREAM IF NOT EXISTS s ON TABLE t',
  ]) {
    it(`no Time Travel: ${text}`, () => {
      assert.throws(() => parseStatement(text), { name: 'SnowflakeSqlError', code: 1003 });
    });
  }

  it('never fails otherwise than with a Snowflake error', () => {
    const words = fc.constantFrom(
      ...'SELECT FROM WHERE ( ) , . * a "b" \'c\' 1 1.5 :: : [ ] = AND NOT CASE WHEN THEN END JOIN ON GROUP BY ORDER LIMIT UNION WITH AS IN IS NULL LIKE OVER VALUES CREATE TABLE INSERT INTO MERGE USING'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 25 }), (parts) => {
        try {
          parseStatement(parts.join(' '));
        } catch (error) {
          assert.equal((error as Error).name, 'SnowflakeSqlError');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('date and time formats', () => {
  it('are read element by element, in any case', () => {
    assert.deepEqual(
      parseDatetimeFormat('yyyy-MM-DD"T"HH24:MI:SS.FF6 TZH:TZM').map((element) =>
        element.kind === 'literal' ? element.text : element.kind === 'fraction' ? `FF${element.digits}` : element.kind,
      ),
      ['YYYY', '-', 'MM', '-', 'DD', 'T', 'HH24', ':', 'MI', ':', 'SS', 'FF6', ' ', 'TZH:TZM'],
    );
  });
});
