import assert from 'node:assert/strict';
import { SnowflakeSqlError } from '../../src/local/snowflake/engine.ts';
import { checkParameter } from '../../src/local/snowflake/sql/execution/parameters.ts';
import { parseStatement } from '../../src/local/snowflake/sql/parser/parse-statement.ts';
import { compile, typeOf } from './snowflake-sql-context.ts';

function refusal(action: () => unknown): SnowflakeSqlError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof SnowflakeSqlError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'it was not refused' });
}

describe('what the engine refuses', () => {
  it('says where a syntax error is, as Snowflake does', () => {
    const error = refusal(() => parseStatement('SELECT FROM t'));
    assert.equal(error.code, 1003);
    assert.equal(error.sqlState, '42000');
    assert.equal(error.message, "SQL compilation error:\nsyntax error line 1 at position 7 unexpected 'FROM'.");
    assert.match(refusal(() => parseStatement('SELECT 1\n  , , 2')).message, /line 2 at position 4 unexpected ','/u);
    assert.match(refusal(() => parseStatement('SELECT 1 +')).message, /unexpected '<EOF>'/u);
  });

  const syntax = [
    '',
    ';',
    'SELEC 1',
    'SELECT 1; SELECT 2',
    'SELECT (1',
    "SELECT 'abc",
    'SELECT "abc',
    'SELECT /* 1',
    'SELECT $$abc',
    'SELECT 1 FROM',
    'SELECT * FROM t WHERE',
    'SELECT * FROM t GROUP',
    'SELECT * FROM t LEFT JOIN u',
    'SELECT CASE END',
    'SELECT #1',
    'SELECT `a`',
    'CREATE TABLE',
    'CREATE TABLE t ()',
    'CREATE TABLE t (a)) ',
    'INSERT INTO t VALUES ()',
    'UPDATE t SET',
    'MERGE INTO t USING s ON true',
    'SHOW TABLES LIKE x',
    'DESCRIBE TABLE',
    'USE',
    'EXECUTE IMMEDIATE x',
  ];
  for (const text of syntax) {
    it(`as a syntax error: ${JSON.stringify(text)}`, () => {
      assert.ok([1003, 2, 900].includes(refusal(() => parseStatement(text)).code));
    });
  }

  const unsupportedStatements = [
    'CREATE STAGE s',
    'CREATE STREAM s ON STAGE x',
    'CREATE STREAM s ON EXTERNAL TABLE x',
    'CREATE STREAM s CLONE r',
    'CREATE STREAM s ON TABLE t INSERT_ONLY = TRUE',
    "ALTER STREAM s SET COMMENT = 'x'",
    'CREATE TASK k AS SELECT 1',
    'ALTER WAREHOUSE w SUSPEND',
    'DROP STAGE s',
    'SHOW TASKS',
    'DESCRIBE STAGE s',
    'SELECT * FROM t SAMPLE (10)',
    'SELECT * FROM @stage',
    'SELECT * FROM a, LATERAL FLATTEN(a.b)',
    'INSERT ALL INTO t SELECT 1',
    'GRANT SELECT ON STAGE s TO ROLE r',
    'CREATE TABLE t (a INT) CLUSTER BY (a)',
    "CREATE TABLE t (a VARCHAR COLLATE 'de')",
    'SELECT 1 UNION BY NAME SELECT 2',
    'SELECT a FROM t GROUP BY ROLLUP (a)',
  ];
  for (const text of unsupportedStatements) {
    it(`as unsupported: ${text}`, () => {
      const error = refusal(() => parseStatement(text));
      assert.equal(error.code, 2);
      assert.equal(error.sqlState, '0A000');
      assert.match(error.message, /^SQL compilation error:\nUnsupported feature '.+'\.$/u);
    });
  }

  it('unknown functions, by name', () => {
    const error = refusal(() => compile('SELECT frobnicate(1)'));
    assert.deepEqual([error.code, error.sqlState], [2140, '42601']);
    assert.equal(error.message, 'SQL compilation error:\nUnknown function FROBNICATE');
    assert.equal(refusal(() => compile('SELECT * FROM TABLE(FROBNICATE(1))')).code, 2142);
  });

  const compilation: Readonly<Record<string, number>> = {
    'SELECT nope FROM t': 904,
    'SELECT u.id FROM t': 904,
    'SELECT * FROM missing': 2003,
    'SELECT a.id, id FROM t a, t b': 2028,
    'SELECT * FROM t, t': 2026,
    'SELECT LENGTH()': 938,
    "SELECT LENGTH('a', 'b')": 939,
    "SELECT SUBSTR('abc', 1, 2, 3)": 939,
    'SELECT UPPER(G) FROM t': 1044,
    'SELECT ABS(DAY) FROM t': 1044,
    'SELECT G = G FROM t': 1044,
    'SELECT DAY + DAY FROM t': 1044,
    'SELECT FLAG + 1 FROM t': 1044,
    'SELECT SUM(DAY) FROM t': 1044,
    'SELECT TO_JSON(M) FROM t': 1044,
    'SELECT TO_JSON(VEC) FROM t': 1044,
    'SELECT CASE WHEN FLAG THEN DAY ELSE G END FROM t': 1044,
    "SELECT TO_VARCHAR(PRICE, '999.99') FROM t": 2,
    "SELECT TO_VARCHAR(N, 'YYYY\"x') FROM t": 100096,
    "SELECT DATEADD('fortnight', 1, DAY) FROM t": 1015,
    'SELECT ID::NOSUCHTYPE FROM t': 2040,
    'SELECT ID::NUMBER(39) FROM t': 2041,
    'SELECT ID::NUMBER(5,6) FROM t': 2041,
    'SELECT ID::FILE FROM t': 2,
    'SELECT ID::ARRAY(INT) FROM t': 2,
    'SELECT G::NUMBER FROM t': 1065,
    'SELECT TRY_CAST(ID AS DATE) FROM t': 1065,
    'SELECT ROW_NUMBER() FROM t': 2303,
    'SELECT UPPER(NAME) OVER (ORDER BY ID) FROM t': 2303,
    'SELECT 1 UNION ALL SELECT 1, 2': 1789,
    'SELECT DAY FROM t UNION ALL SELECT G FROM t': 2055,
    'SELECT * FROM VALUES (1), (1, 2)': 2057,
    'SELECT ID FROM t ORDER BY 2': 2109,
    'SELECT DISTINCT ID FROM t ORDER BY NAME': 2077,
    'SELECT (SELECT ID, NAME FROM t)': 2079,
    'SELECT ID FROM t WHERE ID IN (SELECT ID, NAME FROM t)': 2079,
    'SELECT * FROM t LIMIT ID': 1003,
    'SELECT ?': 2049,
    'SELECT * FROM TABLE(GENERATOR(TIMELIMIT => 5))': 2,
    'SELECT COUNT(DISTINCT ID) OVER () FROM t': 2,
    'SELECT RLIKE(NAME) FROM t': 938,
  };
  for (const [text, code] of Object.entries(compilation)) {
    it(`${text} with code ${code}`, () => {
      assert.equal(refusal(() => compile(text)).code, code);
    });
  }

  it('session parameters that it does not know, and values that it would not honour', () => {
    assert.equal(refusal(() => checkParameter('NO_SUCH_PARAMETER', 1)).code, 1423);
    assert.equal(refusal(() => checkParameter('TIMEZONE', 'Mars/Olympus')).code, 1008);
    assert.equal(refusal(() => checkParameter('AUTOCOMMIT', false)).code, 1008);
    assert.equal(refusal(() => checkParameter('STATEMENT_TIMEOUT_IN_SECONDS', 'soon')).code, 1008);
    assert.equal(refusal(() => checkParameter('GEOGRAPHY_OUTPUT_FORMAT', 'KML')).code, 1008);
    assert.equal(checkParameter('TIMEZONE', 'Europe/Berlin'), 'Europe/Berlin');
    assert.equal(checkParameter('CLIENT_RESULT_CHUNK_SIZE', '16'), 16);
    assert.equal(checkParameter('TIMESTAMP_TYPE_MAPPING', 'timestamp_ltz'), 'TIMESTAMP_LTZ');
  });

  it('types whose parameters are out of range', () => {
    for (const text of [
      'VARCHAR(0)',
      'BINARY(100000000)',
      'TIME(10)',
      'VECTOR(FLOAT)',
      'VECTOR(BIGINT, 3)',
      'VECTOR(INT, 5000)',
      'MAP(FLOAT, INT)',
      'FLOAT(3)',
      'NUMBER(1,2,3)',
    ]) {
      assert.equal(refusal(() => typeOf(text)).code, 2041, text);
    }
  });
});
