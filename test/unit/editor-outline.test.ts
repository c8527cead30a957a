import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { outlineOf, sourceSettings } from '../../src/extension/editor/config-outline.ts';
import { missingSpatialIndexes } from '../../src/extension/editor/spatial-indexes.ts';
import { targetColumnsOf } from '../../src/extension/editor/table-columns.ts';
import type { SourceItem } from '../../src/worker/protocol/protocol.ts';

const example = readFileSync(new URL('../../examples/flux-ops-center/snowmelt.json', import.meta.url), 'utf8');

const column = (name: string, type: string): SourceItem => ({
  name,
  quoted: name,
  kind: 'column',
  type,
  rows: null,
  comment: null,
});

describe('the outline of a configuration', () => {
  it('has tables and targets at the places of their names', () => {
    const { tables, targets, defaultTarget } = outlineOf(example);
    assert.deepEqual(
      tables.map(({ name }) => name),
      ['topology_connections_cache', 'transformers', 'vegetation_risk'],
    );
    assert.deepEqual(
      targets.map(({ name }) => name),
      ['local', 'cloud'],
    );
    assert.equal(defaultTarget, 'local');
    for (const { name, span } of [...tables, ...targets]) {
      assert.equal(example.slice(span.offset, span.offset + span.length), JSON.stringify(name));
    }
  });

  it('is of what is there while the text is not whole', () => {
    const { tables } = outlineOf(
      '\uFEFF{ "tables": { "a": { "source": "X", "indexes": [1, {}, "B"], "columns": 5 }, "b": , "c": {',
    );
    assert.deepEqual(
      tables.map(({ name, source }) => [name, source]),
      [
        ['a', 'X'],
        ['b', undefined],
        ['c', undefined],
      ],
    );
    assert.deepEqual(
      tables[0]?.indexes.map(({ columns }) => columns),
      [[], [], ['b']],
    );
    for (const text of ['', '[]', 'null', '{ "tables": [1] }', '{ "targets": "x" }']) {
      assert.deepEqual(outlineOf(text).tables, []);
    }
  });

  it('knows the connection by its settings alone', () => {
    const plain = '{ "source": { "connection": "a" }, "targets": {} }';
    assert.equal(sourceSettings(plain), sourceSettings('{ /* c */ "source": { "connection" : "a", } }'));
    assert.notEqual(sourceSettings(plain), sourceSettings(plain.replace('"a"', '"b"')));
  });
});

describe('the columns of a table', () => {
  const [table] = outlineOf(`{ "tables": { "t": {
    "source": "A.B.C",
    "columns": { "exclude": ["notes"], "rename": { "LAT": "Latitude" }, "types": { "kva": "real" } },
    "computed": { "geom": { "type": "geometry(Point,4326)", "as": "x" } }
  } } }`).tables;
  const source = [
    column('ID', 'NUMBER(38,0)'),
    column('NOTES', 'TEXT'),
    column('LAT', 'FLOAT'),
    column('KVA', 'FLOAT'),
  ];

  it('are those of the source under their new names, and the computed ones', () => {
    assert.ok(table);
    assert.deepEqual(
      targetColumnsOf(table, source, []).map(({ name, source: from, type }) => [name, from?.name, type]),
      [
        ['id', 'ID', undefined],
        ['latitude', 'LAT', undefined],
        ['kva', 'KVA', 'real'],
        ['geom', undefined, 'geometry(Point,4326)'],
      ],
    );
  });

  it('have the types of the relation where there is one, and its further columns', () => {
    assert.ok(table);
    const described = ['id', 'extra'].map((name) => ({
      name,
      type: 'bigint',
      notNull: false,
      key: false,
      sourceType: null,
      expression: null,
      generated: false,
    }));
    const columns = targetColumnsOf(table, source, described);
    assert.equal(columns.find(({ name }) => name === 'id')?.type, 'bigint');
    assert.equal(columns.at(-1)?.name, 'extra');
  });
});

describe('geospatial columns without an index', () => {
  const of = (table: string, source: SourceItem[] = []): string[] => {
    const outline = outlineOf(`{ "defaults": { "geography": "geography" }, "tables": { "t": ${table} } }`);
    return missingSpatialIndexes(outline, () => source).map(({ column: name, type }) => `${name} ${type}`);
  };
  const computed = '"computed": { "Geom": { "type": "geometry(Point,4326)", "as": "x" } }';

  it('are found among computed columns, given types and the source', () => {
    assert.deepEqual(of(`{ ${computed} }`), ['geom geometry(Point,4326)']);
    assert.deepEqual(of('{ "columns": { "types": { "shape": "geometry" } } }'), ['shape geometry']);
    assert.deepEqual(of('{}', [column('CANOPY', 'GEOGRAPHY'), column('NAME', 'TEXT')]), ['canopy geography']);
    assert.deepEqual(of('{ "geography": "geometry" }', [column('CANOPY', 'GEOGRAPHY')]), ['canopy geometry']);
  });

  it('are none with an index that finds them by place', () => {
    assert.deepEqual(of(`{ ${computed}, "indexes": [{ "columns": ["GEOM"], "method": "gist" }] }`), []);
    assert.deepEqual(of(`{ ${computed}, "indexes": ["geom"] }`), ['geom geometry(Point,4326)']);
    assert.deepEqual(
      missingSpatialIndexes(outlineOf(example), () => []),
      [],
    );
  });

  it('are marked at the computed column, or at the table', () => {
    const text = `{ "tables": { "t": { ${computed} } } }`;
    const [missing] = missingSpatialIndexes(outlineOf(text), () => []);
    assert.ok(missing);
    assert.equal(text.slice(missing.span.offset, missing.span.offset + missing.span.length), '"Geom"');
  });
});
