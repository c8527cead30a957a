import assert from 'node:assert/strict';
import { rowType } from '../../src/local/snowflake/wire/row-type.ts';
import { parseType } from '../../src/local/snowflake/wire/type-text.ts';

const geoJson = { geography: 'GeoJSON', geometry: 'GeoJSON' };
const describeType = (type: string, formats = geoJson) => rowType({ name: 'C', type, nullable: true }, formats);

describe('row type', () => {
  const expected: [string, Record<string, unknown>][] = [
    ['NUMBER(38,0)', { type: 'fixed', precision: 38, scale: 0, length: null, byteLength: null }],
    ['NUMBER(12,3)', { type: 'fixed', precision: 12, scale: 3 }],
    ['INTEGER', { type: 'fixed', precision: 38, scale: 0 }],
    ['FLOAT', { type: 'real', precision: null, scale: null }],
    ['DECFLOAT(38)', { type: 'decfloat', precision: 38 }],
    ['VARCHAR(100)', { type: 'text', length: 100, byteLength: 400 }],
    ['VARCHAR(16777216)', { type: 'text', length: 16_777_216, byteLength: 16_777_216 }],
    ['VARCHAR(134217728)', { type: 'text', length: 134_217_728, byteLength: 134_217_728 }],
    ['BOOLEAN', { type: 'boolean' }],
    ['DATE', { type: 'date' }],
    ['TIME(9)', { type: 'time', precision: 0, scale: 9 }],
    ['TIMESTAMP_NTZ(9)', { type: 'timestamp_ntz', scale: 9 }],
    ['TIMESTAMP_LTZ(3)', { type: 'timestamp_ltz', scale: 3 }],
    ['TIMESTAMP_TZ(0)', { type: 'timestamp_tz', scale: 0 }],
    ['BINARY(8388608)', { type: 'binary', length: 8_388_608, byteLength: 8_388_608 }],
    ['VARIANT', { type: 'variant' }],
    ['OBJECT', { type: 'object', fields: undefined, extTypeName: undefined }],
    ['ARRAY', { type: 'array', fields: undefined }],
  ];
  for (const [type, shape] of expected) {
    it(type, () => {
      const column = describeType(type) as unknown as Record<string, unknown>;
      for (const [key, value] of Object.entries(shape)) assert.equal(column[key], value, key);
    });
  }

  it('hides geospatial types behind what the output format makes of them', () => {
    const shape = (type: string, format: string) => {
      const column = describeType(type, { geography: format, geometry: format });
      return [column.type, column.extTypeName];
    };
    assert.deepEqual(shape('GEOGRAPHY', 'GeoJSON'), ['object', 'GEOGRAPHY']);
    assert.deepEqual(shape('GEOMETRY', 'GeoJSON'), ['object', 'GEOMETRY']);
    assert.deepEqual(shape('GEOGRAPHY', 'WKB'), ['binary', 'GEOGRAPHY']);
    assert.deepEqual(shape('GEOMETRY', 'ewkb'), ['binary', 'GEOMETRY']);
    assert.deepEqual(shape('GEOGRAPHY', 'EWKT'), ['text', 'GEOGRAPHY']);
  });

  it('describes the parts of structured types and vectors', () => {
    const vector = describeType('VECTOR(FLOAT, 3)');
    assert.equal(vector.type, 'vector');
    assert.equal(vector.vectorDimension, 3);
    assert.deepEqual(
      vector.fields?.map((field) => field.type),
      ['real'],
    );

    const map = describeType('MAP(VARCHAR(10), NUMBER(5,2) NOT NULL)');
    assert.deepEqual(
      map.fields?.map((field) => [field.type, field.nullable]),
      [
        ['text', true],
        ['fixed', false],
      ],
    );

    const object = describeType('OBJECT(a NUMBER(3,0), "b, c" ARRAY(OBJECT(d DATE)))');
    assert.deepEqual(
      object.fields?.map((field) => [field.name, field.type]),
      [
        ['a', 'fixed'],
        ['b, c', 'array'],
      ],
    );
    assert.equal(object.fields[1]?.fields?.[0]?.fields?.[0]?.type, 'date');
  });

  it('names the table that a column comes from', () => {
    const column = rowType(
      { name: 'C', type: 'DATE', nullable: false, origin: { database: 'D', schema: 'S', table: 'T' } },
      geoJson,
    );
    assert.deepEqual([column.database, column.schema, column.table, column.nullable], ['D', 'S', 'T', false]);
  });

  it('refuses what is no type', () => {
    assert.throws(() => describeType('WIDGET'), /unknown type: WIDGET/);
    assert.throws(() => parseType('NUMBER(38'), /Not a type/);
  });
});
