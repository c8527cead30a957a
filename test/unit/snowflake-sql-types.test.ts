import assert from 'node:assert/strict';
import fc from 'fast-check';
import { commonType } from '../../src/local/snowflake/sql/types/common-type.ts';
import { formatType } from '../../src/local/snowflake/sql/types/data-type.ts';
import { decodeText, encodeText, quoteLiteral, storedNul } from '../../src/local/snowflake/sql/types/stored-text.ts';
import { typeOf } from './snowflake-sql-context.ts';

describe('data types', () => {
  const spellings: Readonly<Record<string, string>> = {
    NUMBER: 'NUMBER(38,0)',
    'DECIMAL(10)': 'NUMBER(10,0)',
    'NUMERIC(10, 2)': 'NUMBER(10,2)',
    BIGINT: 'NUMBER(38,0)',
    BYTEINT: 'NUMBER(38,0)',
    'DOUBLE PRECISION': 'FLOAT',
    REAL: 'FLOAT',
    FLOAT4: 'FLOAT',
    STRING: 'VARCHAR(16777216)',
    'TEXT(10)': 'VARCHAR(10)',
    CHAR: 'VARCHAR(1)',
    'CHARACTER(5)': 'VARCHAR(5)',
    'VARCHAR(134217728)': 'VARCHAR(134217728)',
    VARBINARY: 'BINARY(8388608)',
    DATETIME: 'TIMESTAMP_NTZ(9)',
    'TIMESTAMP(3)': 'TIMESTAMP_NTZ(3)',
    'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP_TZ(9)',
    'TIMESTAMP WITH LOCAL TIME ZONE': 'TIMESTAMP_LTZ(9)',
    TIME: 'TIME(9)',
    'MAP(VARCHAR(5), NUMBER(10,2))': 'MAP(VARCHAR(5), NUMBER(10,2))',
    'VECTOR(INT, 16)': 'VECTOR(INT, 16)',
    DECFLOAT: 'DECFLOAT(38)',
    UUID: 'UUID',
    GEOGRAPHY: 'GEOGRAPHY',
  };
  for (const [written, full] of Object.entries(spellings)) {
    it(`${written} is ${full}`, () => {
      assert.equal(formatType(typeOf(written)), full);
    });
  }

  it('have a common type whichever comes first', () => {
    const pairs: readonly (readonly [string, string, string | null])[] = [
      ['NUMBER(10,2)', 'NUMBER(5,4)', 'NUMBER(12,4)'],
      ['NUMBER(38,0)', 'NUMBER(10,10)', 'NUMBER(38,10)'],
      ['NUMBER(10,2)', 'FLOAT', 'FLOAT'],
      ['VARCHAR(3)', 'VARCHAR(9)', 'VARCHAR(9)'],
      ['DATE', 'TIMESTAMP_TZ(3)', 'TIMESTAMP_TZ(3)'],
      ['TIMESTAMP_NTZ(9)', 'TIMESTAMP_LTZ(3)', 'TIMESTAMP_LTZ(9)'],
      ['VARIANT', 'ARRAY', 'VARIANT'],
      ['DATE', 'TIME(9)', null],
      ['GEOGRAPHY', 'VARCHAR', null],
      ['VECTOR(FLOAT, 3)', 'VECTOR(FLOAT, 4)', null],
    ];
    for (const [a, b, common] of pairs) {
      for (const type of [commonType(typeOf(a), typeOf(b)), commonType(typeOf(b), typeOf(a))]) {
        assert.equal(type === null ? null : formatType(type), common, `${a} with ${b}`);
      }
    }
  });
});

describe('text in its stored form', () => {
  it('is any text, without U+0000', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        const stored = encodeText(text);
        assert.ok(!stored.includes('\0'));
        assert.equal(decodeText(stored), text);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the characters that stand for others apart from what they stand for', () => {
    const awkward = fc.array(fc.constantFrom('\0', storedNul, '\u{8FFFF}', 'a', 'b', '\u{10FFFF}'), { maxLength: 12 });
    fc.assert(
      fc.property(awkward, (parts) => {
        assert.equal(decodeText(encodeText(parts.join(''))), parts.join(''));
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves ordinary text as it is and replaces lone surrogates', () => {
    assert.equal(encodeText('a\tb😀'), 'a\tb😀');
    assert.equal(encodeText('\ud800x'), '\ufffdx');
  });

  it('is quoted for Postgres', () => {
    assert.equal(quoteLiteral("it's"), "'it''s'");
    assert.equal(quoteLiteral('a\\b'), String.raw`E'a\\b'`);
  });
});
