import assert from 'node:assert/strict';
import { drawMap } from '../../src/extension/map/map-drawing.ts';
import { mapPage } from '../../src/extension/map/map-page.ts';
import type { MapQueryDocument } from '../../src/worker/protocol/protocol.ts';

function found(changes: Partial<MapQueryDocument> = {}): MapQueryDocument {
  return {
    status: 'success',
    target: 'local',
    table: 'grid',
    relation: { schema: 'public', name: 'grid' },
    column: 'geom',
    srid: 4326,
    geographic: true,
    center: [10, 60],
    radius: 0.01,
    measuredInMetres: false,
    key: ['id'],
    features: [
      {
        key: ['1'],
        geometry: {
          type: 'LineString',
          coordinates: [
            [10, 60],
            [10.01, 60],
          ],
        },
      },
      { key: [null], geometry: { type: 'Point', coordinates: [10, 60.01] } },
    ],
    truncated: false,
    sql: 'SELECT id FROM grid',
    ms: 12.3,
    plan: ['Index Scan using grid_geom_idx on grid'],
    index: 'grid_geom_idx',
    ...changes,
  };
}

const resources = { cspSource: 'https://local', styles: ['https://local/panel.css'], runAgain: 'command:x?["a"]' };

describe('the picture of a map query', () => {
  it('has the searched circle in the middle, and north above', () => {
    const { searched, shapes, width, height } = drawMap(found());
    assert.deepEqual([searched.x, searched.y], [width / 2, height / 2]);
    // A degree of longitude is half as long as one of latitude on the 60th parallel.
    assert.equal(shapes[0]?.path, 'M400.0 240.0L508.0 240.0');
    assert.equal(shapes[1]?.path, 'M400.0 24.0h0');
    assert.deepEqual(
      shapes.map(({ label }) => label),
      ['id 1', 'id NULL'],
    );
  });

  it('draws every kind of geometry, and nothing of what is none', () => {
    const square = [
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 0],
      ],
    ];
    const kinds: [unknown, string[]][] = [
      [
        {
          type: 'MultiPoint',
          coordinates: [
            [0, 0],
            [1, 1],
          ],
        },
        ['point', 'point'],
      ],
      [
        {
          type: 'MultiLineString',
          coordinates: [
            [
              [0, 0],
              [1, 1],
            ],
            [
              [2, 2],
              [3, 3],
            ],
          ],
        },
        ['line'],
      ],
      [{ type: 'Polygon', coordinates: square }, ['area']],
      [{ type: 'MultiPolygon', coordinates: [square, square] }, ['area']],
      [
        { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [0, 0] }, { type: 'Odd' }] },
        ['point'],
      ],
      [{ type: 'Point', coordinates: [] }, []],
      [null, []],
    ];
    for (const [geometry, expected] of kinds) {
      const { shapes } = drawMap(found({ features: [{ key: ['1'], geometry }] }));
      assert.deepEqual(
        shapes.map(({ kind }) => kind),
        expected,
      );
    }
  });

  it('has a scale of a round length', () => {
    assert.equal(drawMap(found()).scale?.label, '500 m');
    assert.equal(drawMap(found({ radius: 2_000, measuredInMetres: true })).scale?.label, '1 km');
    assert.equal(drawMap(found({ geographic: false, radius: 0.5 })).scale, undefined);
  });
});

describe('the page of a map query', () => {
  it('says what was found, where, how fast and by what', () => {
    const page = mapPage(found(), resources);
    assert.ok(page.includes('2 features of public.grid within 0.01° (about 1.1 km) of 60.0000, 10.0000'));
    assert.ok(page.includes('by the index grid_geom_idx'));
    assert.ok(mapPage(found({ index: null }), resources).includes('the whole table was read'));
    assert.ok(mapPage(found({ truncated: true }), resources).includes('The first 2 features'));
    assert.ok(mapPage(found({ measuredInMetres: true, radius: 1_900 }), resources).includes('within 1.9 km of'));
  });

  it('has the same as text for who does not see the picture', () => {
    const page = mapPage(found(), resources);
    assert.match(page, /role="img" aria-labelledby="map-title"/);
    assert.match(page, /<td>NULL<\/td><td>Point<\/td>/);
  });

  it('runs no script, and shows what a database returns as text', () => {
    const evil = `"><script>alert(1)</script><img src='x'>`;
    const page = mapPage(
      found({
        table: evil,
        sql: evil,
        key: [evil],
        plan: [evil],
        index: evil,
        features: [{ key: [evil], geometry: { type: evil } }],
      }),
      resources,
    );
    assert.match(page, /content="default-src 'none'; style-src https:\/\/local"/);
    assert.doesNotMatch(page, /<script|<img|style="|\son\w+=/);
  });
});
