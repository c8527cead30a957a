import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { isSyncError } from '../../src/sync-core/errors.ts';
import type { CommandContext } from '../../src/worker/commands/context.ts';
import { mapQuery, mostFeatures, roundedUp, type MapQueryOutcome } from '../../src/worker/commands/map-query.ts';
import { processHost } from '../../src/worker/host.ts';
import { someone } from '../support/cli.ts';
import {
  connect,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';

describe('the map query', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let client: pg.Client;
  let folder: string;
  let context: CommandContext;
  const releasers: (() => Promise<unknown>)[] = [];

  before(async () => {
    cluster = await startPostgresCluster();
    releasers.push(() => cluster.stop());
    await createApplicationDatabase(cluster, 'maps');
    client = await connect(cluster, 'maps', 'application');
    releasers.push(() => client.end());
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-map-'));
    releasers.push(() => rm(folder, { recursive: true, force: true }));
    const host = processHost();
    context = {
      host,
      identity: someone,
      secrets: { env: {}, runCommand: () => Promise.reject(new Error('no command')), prompt: undefined },
      signal: new AbortController().signal,
      workingDir: folder,
      onNotice: () => undefined,
      onEvent: () => undefined,
    };
    const table = { source: 'A.B.C' };
    await writeFile(
      join(folder, 'snowmelt.json'),
      JSON.stringify({
        source: {},
        targets: {
          maps: {
            host: cluster.host,
            port: cluster.port,
            database: 'maps',
            user: 'application',
            sslmode: 'disable',
          },
        },
        defaults: { schema: 'application' },
        tables: {
          plain: table,
          missing: table,
          grid: { ...table, key: ['order', '"Row"'] },
          earth: { ...table, key: ['id'] },
          shapes: table,
          empty: table,
        },
      }),
    );
    // A square of 101 by 101 points, with two columns whose names need quotes.
    await client.query(`
      CREATE TABLE application.plain (id integer);
      CREATE TABLE application.grid ("order" integer, "Row" integer, "Geom" public.geometry(Point,4326), PRIMARY KEY ("order", "Row"));
      INSERT INTO application.grid SELECT x, y, public.ST_SetSRID(public.ST_MakePoint(-95.5 + x * 0.01, 29.5 + y * 0.01), 4326)
        FROM generate_series(0, 100) x, generate_series(0, 100) y;
      INSERT INTO application.grid VALUES (-1, -1, NULL), (-2, -2, 'SRID=4326;POINT EMPTY');
      CREATE INDEX "Grid place" ON application.grid USING gist ("Geom");
      ANALYZE application.grid;
      CREATE TABLE application.earth (id integer, place public.geography(Point,4326));
      INSERT INTO application.earth SELECT n, public.ST_MakePoint(8 + n * 0.0001, 47)::public.geography FROM generate_series(1, 5000) n;
      CREATE INDEX ON application.earth USING gist (place);
      ANALYZE application.earth;
      CREATE TABLE application.shapes (id integer, shape public.geometry);
      INSERT INTO application.shapes VALUES (1, 'SRID=25832;POLYGON((0 0, 100 0, 100 100, 0 100, 0 0))');
      CREATE TABLE application.empty (geom public.geometry(Point,4326));
    `);
  });

  after(async () => {
    for (let release; (release = releasers.pop());) await release();
  });

  const query = (table?: string, column?: string): Promise<MapQueryOutcome> =>
    mapQuery(context, { config: join(folder, 'snowmelt.json'), table, column });

  it('takes the first table with a geospatial column, and finds what is around its middle by the index', async () => {
    const outcome = await query();
    assert.equal(outcome.table, 'grid');
    assert.equal(outcome.column, 'Geom');
    assert.equal(outcome.index, 'Grid place');
    assert.equal(outcome.srid, 4326);
    assert.equal(outcome.geographic, true);
    assert.deepEqual(outcome.key, ['order', 'Row']);
    const [x, y] = outcome.center;
    assert.ok(Math.hypot(x + 95, y - 30) < 0.02, `${x} ${y}`);
    assert.ok(outcome.features.length >= 500 && outcome.features.length < 800, String(outcome.features.length));
    assert.equal(outcome.truncated, false);
    for (const { key, geometry } of outcome.features) {
      const [lon, lat] = (geometry as { coordinates: [number, number] }).coordinates;
      assert.ok(Math.hypot(lon - x, lat - y) <= outcome.radius);
      assert.equal(-95.5 + Number(key[0]) * 0.01 - lon < 1e-6, true);
    }
  });

  it('shows the very query that anyone can run', async () => {
    const { sql, features, radius } = await query('grid');
    assert.match(sql, /SELECT "order", "Row", ST_AsGeoJSON\("Geom", 6\)\n {2}FROM application.grid\n WHERE ST_DWithin/);
    assert.ok(sql.includes(String(radius)));
    const { rows } = await client.query<Record<string, unknown>>(sql);
    assert.equal(rows.length, features.length);
  });

  it('measures geography in metres', async () => {
    const { center, radius, features, index } = await query('earth');
    assert.ok(Math.abs(center[0] - 8.25) < 0.01, String(center[0]));
    // 500 points, 7.6 m apart.
    assert.ok(radius > 1_800 && radius < 2_200, String(radius));
    assert.ok(features.length >= 500);
    assert.equal(index, 'earth_place_idx');
  });

  it('says that no index was used, and works in the coordinates that there are', async () => {
    const { index, srid, geographic, features, key } = await query('shapes');
    assert.equal(index, null);
    assert.equal(srid, 25_832);
    assert.equal(geographic, false);
    assert.equal(features.length, 1);
    assert.deepEqual(key, []);
  });

  it('says what is missing', async () => {
    for (const [table, column, message] of [
      ['plain', undefined, 'application.plain has no geometry or geography column, or is not there.'],
      ['missing', undefined, 'application.missing has no geometry or geography column, or is not there.'],
      ['grid', 'nothing', 'application.grid has no geospatial column nothing, or is not there.'],
      ['empty', undefined, 'application.empty has no row with a place in geom.'],
    ] as const) {
      await assert.rejects(query(table, column), (error) => isSyncError(error, 'usage') && error.message === message);
    }
  });

  it('gives no more than its limit', async () => {
    await client.query(`CREATE TABLE application.same AS SELECT n, 'SRID=4326;POINT(1 2)'::public.geometry(Point,4326) AS geom
      FROM generate_series(1, ${mostFeatures + 5}) n`);
    await client.query('ALTER TABLE application.empty RENAME TO other; ALTER TABLE application.same RENAME TO empty');
    const { features, truncated, radius } = await query('empty');
    assert.equal(features.length, mostFeatures);
    assert.equal(truncated, true);
    assert.ok(radius > 0);
  });
});

describe('the radius of the map query', () => {
  it('is rounded up to two digits, and never nothing', () => {
    assert.deepEqual([0.004_512, 1_800, 1_801, 99.1, 0.1].map(roundedUp), [0.0046, 1_800, 1_900, 100, 0.1]);
    for (const odd of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) assert.ok(roundedUp(odd) > 0);
  });
});
