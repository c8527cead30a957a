import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { openEmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import type { EmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import { pgDump18 } from '../support/pg-dump.ts';
import { connect, createApplicationDatabase, startPostgresCluster } from '../support/postgres-cluster.ts';
import type { PostgresCluster } from '../support/postgres-cluster.ts';

const run = promisify(execFile);

const schema = `
  CREATE TABLE asset (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text DEFAULT 'none' NOT NULL,
    meta jsonb, geom geometry(Point, 4326), at timestamptz);
  CREATE INDEX asset_geom ON asset USING gist (geom);
  CREATE VIEW near AS SELECT id FROM asset WHERE ST_DWithin(geom, ST_SetSRID(ST_Point(1, 1), 4326), 1);
  INSERT INTO asset (name, meta, geom, at)
    SELECT E'it''s \\t\\\\ ' || n, jsonb_build_object('n', n, 'long', repeat('y', n)), ST_SetSRID(ST_Point(n / 100.0, 1), 4326),
           timestamptz '2024-01-01 00:00:00.123456+00' + n * interval '1 hour'
      FROM generate_series(1, 1000) n`;

const fingerprint = `SELECT count(*)::int AS n, md5(string_agg(concat_ws('|', id, name, meta, ST_AsEWKT(geom), at AT TIME ZONE 'UTC'), ',' ORDER BY id)) AS sum,
  (SELECT count(*)::int FROM near) AS near, (SELECT count(*)::int FROM pg_indexes WHERE tablename = 'asset') AS indexes FROM asset`;

describe('dumps and the embedded PostGIS', function () {
  this.timeout(120_000);
  let scratch: string;
  let postgis: EmbeddedPostgis;
  let client: pg.Client;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'snowmelt-postgis-'));
    postgis = await openEmbeddedPostgis();
    client = new pg.Client(postgis.url);
    await client.connect();
  });

  after(async () => {
    await client.end();
    await postgis.close();
    await rm(scratch, { recursive: true, force: true });
  });

  afterEach(() => client.query('DROP TABLE IF EXISTS asset CASCADE'));

  it('pg_dump 18 makes one that psql restores', async () => {
    await client.query(schema);
    const { rows: before } = await client.query(fingerprint);
    const file = join(scratch, 'dump.sql');
    await writeFile(
      file,
      await pgDump18('127.0.0.1', postgis.port, ['--clean', '--if-exists', '--table=asset', '--table=near']),
    );
    await client.query('DELETE FROM asset WHERE id > 10');
    await run('psql', [postgis.url, '-Xq', '-v', 'ON_ERROR_STOP=1', '--single-transaction', '-f', file]);
    assert.deepEqual((await client.query(fingerprint)).rows, before);
    assert.equal((before[0] as { n: number }).n, 1000);
  });

  describe('of a PostGIS 15 server', () => {
    let cluster: PostgresCluster;
    let source: pg.Client;
    let connection: string[];

    before(async () => {
      cluster = await startPostgresCluster();
      await createApplicationDatabase(cluster, 'dumped');
      source = await connect(cluster, 'dumped', 'postgres');
      await source.query(`SET search_path = public; ${schema}`);
      connection = ['-h', cluster.host, '-p', String(cluster.port), '-U', 'postgres', '-d', 'dumped', '-n', 'public'];
    });

    after(async () => {
      await source.end();
      await cluster.stop();
    });

    it('are restored from the custom format by pg_restore', async () => {
      const file = join(scratch, 'dump.custom');
      await run('pg_dump', [...connection, '-Fc', '-t', 'asset', '-t', 'near', '-f', file]);
      await run('pg_restore', ['-d', postgis.url, '--no-owner', '--exit-on-error', file]);
      assert.deepEqual((await client.query(fingerprint)).rows, (await source.query(fingerprint)).rows);
    });

    it('are restored from the plain format, in COPY blocks, by psql', async () => {
      const file = join(scratch, 'plain.sql');
      await run('pg_dump', [...connection, '-t', 'asset', '-t', 'near', '--no-owner', '-f', file]);
      await run('psql', [postgis.url, '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', file]);
      assert.deepEqual((await client.query(fingerprint)).rows, (await source.query(fingerprint)).rows);
    });
  });
});
