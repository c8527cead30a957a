import assert from 'node:assert/strict';
import { columnTypes, compile } from './snowflake-sql-context.ts';

/** The type of one expression over the table T. */
function typeOfExpression(expression: string): string {
  return columnTypes(`SELECT ${expression} FROM T`).join();
}

describe('types that the engine infers', () => {
  const cases: Readonly<Record<string, string>> = {
    // Constants.
    '1': 'NUMBER(1,0)',
    '1.50': 'NUMBER(3,2)',
    '-0.001': 'NUMBER(3,3)',
    '1e5': 'FLOAT',
    "'abc'": 'VARCHAR(3)',
    "''": 'VARCHAR(1)',
    NULL: 'VARCHAR(16777216)',
    TRUE: 'BOOLEAN',
    "DATE '2024-01-01'": 'DATE',
    "TIMESTAMP '2024-01-01 00:00:00'": 'TIMESTAMP_NTZ(9)',
    // Arithmetic of fixed-point numbers: sql-reference/operators-arithmetic.
    'PRICE + SMALL': 'NUMBER(11,2)',
    'PRICE - 1.5': 'NUMBER(11,2)',
    'PRICE * PRICE': 'NUMBER(20,4)',
    'PRICE / SMALL': 'NUMBER(16,8)',
    'ID / ID': 'NUMBER(38,6)',
    'PRICE % SMALL': 'NUMBER(10,2)',
    'ID + ID': 'NUMBER(38,0)',
    'RATIO + 1': 'FLOAT',
    'EXACT + RATIO': 'DECFLOAT(38)',
    '- PRICE': 'NUMBER(10,2)',
    'DAY + 1': 'DATE',
    'DAY - DAY': 'NUMBER(9,0)',
    // Text.
    "NAME || '!'": 'VARCHAR(101)',
    'NAME || NOTE': 'VARCHAR(16777216)',
    'UPPER(NAME)': 'VARCHAR(100)',
    'LEFT(NAME, 3)': 'VARCHAR(100)',
    "REPLACE(NAME, 'a')": 'VARCHAR(16777216)',
    'LENGTH(NAME)': 'NUMBER(18,0)',
    'MD5(NAME)': 'VARCHAR(32)',
    'MD5_NUMBER_LOWER64(NAME)': 'NUMBER(38,0)',
    'TO_VARCHAR(SMALL)': 'VARCHAR(6)',
    "TO_VARCHAR(N, 'YYYY')": 'VARCHAR(16777216)',
    // Conditionals: the type that fits all branches.
    "COALESCE(NAME, 'longer than the column?')": 'VARCHAR(100)',
    'COALESCE(SMALL, PRICE)': 'NUMBER(10,2)',
    'CASE WHEN FLAG THEN SMALL ELSE RATIO END': 'FLOAT',
    'IFF(FLAG, DAY, N)': 'TIMESTAMP_NTZ(9)',
    'IFF(FLAG, N, L)': 'TIMESTAMP_LTZ(9)',
    'COALESCE(L, Z)': 'TIMESTAMP_TZ(9)',
    'NULLIF(PRICE, 0)': 'NUMBER(10,2)',
    'ZEROIFNULL(SMALL)': 'NUMBER(4,0)',
    'GREATEST(SMALL, 1.25)': 'NUMBER(6,2)',
    // Casts.
    'RATIO::NUMBER(12,3)': 'NUMBER(12,3)',
    'ID::INT': 'NUMBER(38,0)',
    'ID::VARCHAR(5)': 'VARCHAR(5)',
    'NOTE::STRING': 'VARCHAR(16777216)',
    'NOTE::CHAR': 'VARCHAR(1)',
    'NOTE::TIMESTAMP': 'TIMESTAMP_NTZ(9)',
    'NOTE::TIMESTAMP_TZ(3)': 'TIMESTAMP_TZ(3)',
    'NOTE::BINARY': 'BINARY(8388608)',
    'VEC::ARRAY': 'ARRAY',
    'M::VARIANT': 'VARIANT',
    'TRY_CAST(NAME AS DATE)': 'DATE',
    'TRY_TO_NUMBER(NAME, 10, 2)': 'NUMBER(10,2)',
    'TO_NUMBER(NAME)': 'NUMBER(38,0)',
    'TO_DOUBLE(ID)': 'FLOAT',
    // Times.
    "CONVERT_TIMEZONE('UTC', L)": 'TIMESTAMP_TZ(9)',
    "CONVERT_TIMEZONE('UTC', 'Europe/Berlin', N)": 'TIMESTAMP_NTZ(9)',
    'DATEADD(day, 1, DAY)': 'DATE',
    'DATEADD(hour, 1, DAY)': 'TIMESTAMP_NTZ(9)',
    'DATEDIFF(day, DAY, N)': 'NUMBER(9,0)',
    'YEAR(N)': 'NUMBER(4,0)',
    'CURRENT_TIMESTAMP()': 'TIMESTAMP_LTZ(9)',
    CURRENT_DATE: 'DATE',
    'SYSDATE()': 'TIMESTAMP_NTZ(9)',
    // Semi-structured and geospatial.
    'V:a.b[0]': 'VARIANT',
    'V:a::NUMBER(5,1)': 'NUMBER(5,1)',
    "PARSE_JSON('1')": 'VARIANT',
    'OBJECT_CONSTRUCT()': 'OBJECT',
    'ARRAY_CONSTRUCT(1)': 'ARRAY',
    '[1, 2]': 'ARRAY',
    'TO_JSON(V)': 'VARCHAR(16777216)',
    'ST_ASEWKB(G)': 'BINARY(8388608)',
    'ST_ASGEOJSON(G)': 'OBJECT',
    'ST_X(GE)': 'FLOAT',
    'ST_MAKEPOINT(1, 2)': 'GEOGRAPHY',
    "TO_GEOMETRY('POINT(1 2)')": 'GEOMETRY',
    // Aggregates and windows.
    'COUNT(*)': 'NUMBER(18,0)',
    'SUM(PRICE)': 'NUMBER(38,2)',
    'SUM(RATIO)': 'FLOAT',
    'AVG(SMALL)': 'NUMBER(38,6)',
    'MAX(NAME)': 'VARCHAR(100)',
    'MIN(Z)': 'TIMESTAMP_TZ(9)',
    "LISTAGG(NAME, ',')": 'VARCHAR(16777216)',
    'ARRAY_AGG(ID)': 'ARRAY',
    'ROW_NUMBER() OVER (ORDER BY ID)': 'NUMBER(18,0)',
    'LAG(PRICE) OVER (ORDER BY ID)': 'NUMBER(10,2)',
    // Columns as they are.
    M: 'MAP(VARCHAR(16777216), NUMBER(38,0))',
    VEC: 'VECTOR(FLOAT, 3)',
    U: 'UUID',
    L: 'TIMESTAMP_LTZ(3)',
    BIN: 'BINARY(20)',
  };
  for (const [expression, type] of Object.entries(cases)) {
    it(`${expression} is ${type}`, () => {
      assert.equal(typeOfExpression(expression), type);
    });
  }

  it('keeps types through subqueries, CTEs, set operations and VALUES', () => {
    assert.deepEqual(columnTypes('WITH x AS (SELECT PRICE p, NAME FROM T) SELECT * FROM (SELECT p, NAME n FROM x)'), [
      'NUMBER(10,2)',
      'VARCHAR(100)',
    ]);
    assert.deepEqual(columnTypes("SELECT SMALL, NAME FROM T UNION ALL SELECT 1.25, 'x'"), [
      'NUMBER(6,2)',
      'VARCHAR(100)',
    ]);
    assert.deepEqual(columnTypes("SELECT * FROM VALUES (1, 'a'), (12.5, 'abc'), (NULL, NULL)"), [
      'NUMBER(3,1)',
      'VARCHAR(3)',
    ]);
  });

  it('names columns as Snowflake does', () => {
    const names = (text: string): string[] => compile(text).columns.map((column) => column.name);
    assert.deepEqual(names('SELECT id, t.name, id+1, count(*) over (), \'x\', "ID" AS "Mixed", price p FROM t'), [
      'ID',
      'NAME',
      'ID+1',
      'COUNT(*) OVER ()',
      "'X'",
      'Mixed',
      'P',
    ]);
    assert.deepEqual(names('SELECT * EXCLUDE (id, small) FROM (SELECT id, small, price FROM t)'), ['PRICE']);
    assert.deepEqual(names('SELECT * FROM VALUES (1, 2) AS v(a, "b")'), ['A', 'b']);
  });

  it('knows which columns can be NULL', () => {
    const nullable = (text: string): boolean[] => compile(text).columns.map((column) => column.nullable);
    assert.deepEqual(nullable("SELECT id, name, id + 1, COALESCE(name, ''), 1, NULL, count(*) FROM t GROUP BY ALL"), [
      false,
      true,
      false,
      false,
      false,
      true,
      false,
    ]);
    assert.deepEqual(nullable('SELECT a.id, b.id FROM t a LEFT JOIN t b ON a.id = b.small'), [false, true]);
  });

  it('takes binds as typed constants', () => {
    const query = compile('SELECT ?, ?, :3, ?', {
      '1': { type: 'TEXT', value: 'abc' },
      '2': { type: 'FIXED', value: '12' },
      '3': { type: 'REAL', value: '1.5' },
    });
    assert.equal(query.columns.length, 4);
  });
});
