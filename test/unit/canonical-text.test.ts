import assert from 'node:assert/strict';
import { parseSnowflakeType } from '../../src/sync-core/snowflake/data-types.ts';
import { canonicalText, type CanonicalText } from '../../src/sync-core/verify/canonical-text.ts';

const float = { column: '"C"', scaled: '"S"', exponent: '"E"', mantissa: '"M"' };

function textOf(
  sourceType: string,
  targetType: string,
  options: { readonly strip?: boolean; readonly postgisSchema?: string | null } = {},
): CanonicalText | string {
  const text = canonicalText(
    {
      sourceType: parseSnowflakeType(sourceType),
      sourceTypeText: sourceType,
      sourceColumn: '"C"',
      targetType,
      targetColumn: 'c',
    },
    {
      strip: options.strip ?? false,
      postgisSchema: options.postgisSchema === undefined ? 'public' : options.postgisSchema,
      float,
    },
  );
  return 'reason' in text ? text.reason : text;
}

function sides(sourceType: string, targetType: string): readonly [source: string, target: string] | string {
  const text = textOf(sourceType, targetType);
  return typeof text === 'string' ? text : [text.source, text.target];
}

describe('canonical text', () => {
  it('of a whole number is its digits', () => {
    for (const target of ['smallint', 'integer', 'bigint']) {
      assert.deepEqual(sides('NUMBER(9,0)', target), ['TO_VARCHAR("C")', '"c"::text']);
    }
    assert.deepEqual(sides('NUMBER(38,0)', 'numeric'), ['TO_VARCHAR("C")', 'trim_scale("c")::text']);
  });

  it('of a decimal has no zeros at the end, and is rounded as the target has rounded it', () => {
    const trimmed = (value: string): string => `RTRIM(RTRIM(TO_VARCHAR(${value}), '0'), '.')`;
    assert.deepEqual(sides('NUMBER(12,3)', 'numeric(12,3)'), [trimmed('"C"'), 'trim_scale("c")::text']);
    assert.deepEqual(sides('NUMBER(12,3)', 'numeric(20,8)'), [trimmed('"C"'), 'trim_scale("c")::text']);
    assert.deepEqual(sides('NUMBER(12,3)', 'numeric(12,1)'), [trimmed('ROUND("C", 1)'), 'trim_scale("c")::text']);
    assert.deepEqual(sides('NUMBER(12,3)', 'numeric(12,0)'), ['TO_VARCHAR(ROUND("C", 0))', 'trim_scale("c")::text']);
  });

  it('of a number in a float is had only where all of its digits come back', () => {
    assert.ok(typeof sides('NUMBER(15,2)', 'double precision') !== 'string');
    assert.ok(typeof sides('NUMBER(6,2)', 'real') !== 'string');
    assert.equal(
      sides('NUMBER(16,2)', 'double precision'),
      'no text of NUMBER(16,2) is known to be the one of its double precision',
    );
    assert.equal(sides('NUMBER(7,2)', 'real'), 'no text of NUMBER(7,2) is known to be the one of its real');
  });

  it('of a FLOAT is its bits in a double precision, and unknown in any other type', () => {
    const text = textOf('FLOAT', 'double precision');
    assert.ok(typeof text !== 'string');
    assert.equal(text.float, float);
    assert.match(text.target, /float8send/);
    assert.doesNotMatch(text.source, /TO_VARCHAR\("C"\)/);
    for (const target of ['real', 'numeric', 'integer']) {
      assert.equal(sides('FLOAT', target), `no text of FLOAT is known to be the one of its ${target}`);
    }
  });

  it('of a text is the text itself, which may hold any character', () => {
    const text = textOf('VARCHAR(100)', 'text');
    assert.deepEqual(text, { source: '"C"', target: '"c"::text', free: true, float: null });
    assert.deepEqual(sides('VARCHAR(100)', 'character varying(100)'), ['"C"', '"c"::text']);
    assert.deepEqual(sides('VARCHAR(100)', 'character(5)'), [`RTRIM("C", ' ')`, '"c"::text']);
    // Postgres has cut spaces beyond the length, and would have refused anything else.
    assert.deepEqual(sides('VARCHAR(100)', 'character varying(5)'), [
      `IFF(LENGTH(RTRIM("C", ' ')) <= 5, LEFT("C", 5), "C")`,
      '"c"::text',
    ]);
  });

  it('leaves out what Postgres cannot hold, where that was left out of the target', () => {
    const text = textOf('VARCHAR(100)', 'text', { strip: true });
    assert.ok(typeof text !== 'string');
    assert.equal(text.source, `REPLACE("C", CHR(0), '')`);
  });

  it('of any type in a text column is the text that was copied', () => {
    assert.deepEqual(sides('NUMBER(9,2)', 'text'), ['TO_VARCHAR("C")', '"c"::text']);
    assert.deepEqual(sides('VARIANT', 'text'), ['TO_JSON("C")', '"c"::text']);
  });

  it('of a time is cut to the microsecond, in UTC', () => {
    const trimmed = (value: string): string => `RTRIM(RTRIM(${value}, '0'), '.')`;
    assert.deepEqual(sides('TIMESTAMP_NTZ(9)', 'timestamp without time zone'), [
      trimmed(`TO_VARCHAR("C", 'YYYY-MM-DD HH24:MI:SS.FF6')`),
      '"c"::text',
    ]);
    assert.deepEqual(sides('TIMESTAMP_TZ(9)', 'timestamp with time zone'), [
      `${trimmed(`TO_VARCHAR(CONVERT_TIMEZONE('UTC', "C"), 'YYYY-MM-DD HH24:MI:SS.FF6')`)} || '+00'`,
      '"c"::text',
    ]);
    assert.deepEqual(sides('DATE', 'timestamp without time zone'), [
      `TO_VARCHAR("C", 'YYYY-MM-DD') || ' 00:00:00'`,
      '"c"::text',
    ]);
    assert.deepEqual(sides('TIMESTAMP_NTZ(9)', 'date'), [`TO_VARCHAR("C", 'YYYY-MM-DD')`, '"c"::text']);
    // A column of fewer digits than six has rounded, and not as Snowflake would.
    assert.match(String(sides('TIMESTAMP_NTZ(9)', 'timestamp(3) without time zone')), /^no text of/);
    assert.match(String(sides('TIME(9)', 'time(0) without time zone')), /^no text of/);
  });

  it('of a geometry is EWKB, with the SRID that the column gives it', () => {
    assert.deepEqual(sides('GEOGRAPHY', 'public.geometry(Geometry,4326)'), [
      'HEX_ENCODE(ST_ASEWKB("C"), 0)',
      `encode("public".st_asewkb("c", 'NDR'), 'hex')`,
    ]);
    assert.deepEqual(sides('GEOMETRY', 'public.geometry(Geometry,3857)'), [
      'HEX_ENCODE(IFF(ST_SRID("C") = 0, ST_ASEWKB(ST_SETSRID("C", 3857)), ST_ASEWKB("C")), 0)',
      `encode("public".st_asewkb("c", 'NDR'), 'hex')`,
    ]);
    assert.match(String(sides('GEOGRAPHY', 'other.geometry')), /^no text of/);
    assert.equal(typeof textOf('GEOGRAPHY', 'public.geometry', { postgisSchema: null }), 'string');
  });

  it('is none of what has many texts, or whose text is rounded', () => {
    for (const type of ['VARIANT', 'OBJECT', 'ARRAY', 'MAP(VARCHAR, NUMBER(38,0))']) {
      assert.equal(sides(type, 'jsonb'), 'one JSON value has many texts, so it cannot be hashed');
    }
    assert.match(String(sides('VECTOR(FLOAT, 3)', 'real[]')), /^Snowflake rounds the elements of a vector/);
    assert.match(String(sides('DECFLOAT(38)', 'numeric')), /^no text of DECFLOAT\(38\)/);
  });

  it('is none where the target column has another kind of value', () => {
    for (const [source, target] of [
      ['BOOLEAN', 'integer'],
      ['BINARY(10)', 'uuid'],
      ['UUID', 'bytea'],
      ['DATE', 'integer'],
      ['NUMBER(9,0)', 'boolean'],
      ['NUMBER(9,0)', 'other.integer'],
    ] as const) {
      assert.equal(sides(source, target), `no text of ${source} is known to be the one of its ${target}`);
    }
  });
});
