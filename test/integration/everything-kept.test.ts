import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { openEmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import type { PostgresConnectionOptions } from '../../src/sync-core/postgres/connection-options.ts';
import { rollbackTable } from '../../src/sync-core/rollback.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { createEverything } from '../support/everything-fixture.ts';
import { pgDump18 } from '../support/pg-dump.ts';
import { connect, connectionTo, startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

const run = promisify(execFile);

/** A database with a table that has everything, and how it is dumped. */
interface Place {
  readonly name: string;
  /** Connects to the database as this role. */
  options(user: string): PostgresConnectionOptions;
  /** The schema of the database, as pg_dump writes it. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

const withoutLedger = ['--schema-only', '--exclude-schema=snowmelt'];

async function serverPlace(cluster: PostgresCluster): Promise<Place> {
  const database = 'everything';
  const admin = await connect(cluster, 'postgres', 'postgres');
  await admin.query(`CREATE DATABASE ${database}`);
  await admin.end();
  const client = await connect(cluster, database, 'postgres');
  const tablespaces: string[] = [];
  for (const name of ['maps', 'fast']) {
    tablespaces.push(`CREATE TABLESPACE ${name} LOCATION '${await cluster.createFolder(name)}';`);
  }
  await createEverything(client, { version: 15, btreeGist: true, tablespaces: tablespaces.join('\n') });
  await client.end();
  return {
    name: 'PostgreSQL 15',
    options: (user) => connectionTo(cluster, database, user),
    dump: async () => {
      const server = ['-h', cluster.host, '-p', String(cluster.port), '-U', 'postgres'];
      const args = [...server, ...withoutLedger, database];
      return (await run(join(cluster.bin, 'pg_dump'), args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
    },
    close: () => Promise.resolve(),
  };
}

async function embeddedPlace(): Promise<Place> {
  const postgis = await openEmbeddedPostgis({});
  const server = { host: '127.0.0.1', port: postgis.port } as const;
  const client = await connect(server, 'postgres', 'postgres');
  const tablespaces = ['maps', 'fast'].map((name) => `CREATE TABLESPACE ${name} LOCATION '';`);
  await createEverything(client, {
    version: 18,
    btreeGist: false,
    tablespaces: ['SET allow_in_place_tablespaces = on;', ...tablespaces].join('\n'),
  });
  await client.end();
  return {
    name: 'the embedded PostgreSQL 18',
    options: (user) => connectionTo(server, 'postgres', user),
    dump: () => pgDump18(server.host, server.port, withoutLedger),
    close: () => postgis.close(),
  };
}

describe('everything that hangs on a table', () => {
  let cluster: PostgresCluster;
  let source: TestSource;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
  });

  after(async () => {
    await source.close();
    await cluster.stop();
  });

  describe('on PostgreSQL 15', () => {
    staysAsItWas(
      () => serverPlace(cluster),
      () => source,
    );
  });

  describe('on the embedded PostgreSQL 18', () => {
    staysAsItWas(embeddedPlace, () => source);
  });
});

function staysAsItWas(open: () => Promise<Place>, sourceOf: () => TestSource): void {
  let source: TestSource;
  let place: Place;
  let admin: pg.Client;

  before(async function () {
    this.timeout(120_000);
    source = sourceOf();
    place = await open();
    const { host, port, database } = place.options('postgres');
    admin = new pg.Client({ host, port, database, user: 'postgres' });
    await admin.connect();
  });

  after(async () => {
    await admin.end();
    await place.close();
  });

  /** Without the random word of each dump, since 15.14. */
  const dump = async (): Promise<string> => (await place.dump()).replaceAll(/^\\(un)?restrict .*$/gm, '');

  /** Rows with a new length in each round, and one more row a round; overhead lines cannot be deleted, by a rule of the table. */
  const fill = (round: number): Promise<unknown> =>
    source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.LINES AS
         SELECT 'L' || N AS CODE, IFF(MOD(N, 2) = 0 AND N <= 500, 'overhead', 'underground') AS KIND,
                (N + ${round})::NUMBER(12,3) AS LENGTH_M,
                TO_GEOMETRY('LINESTRING(' || N || ' 0, ' || N || ' 1)', 4326) AS GEOM
           FROM (SELECT SEQ4() + 1 AS N FROM TABLE(GENERATOR(ROWCOUNT => ${500 + round})))`,
    );

  const config = (strategy: string): ReturnType<typeof tableOf> =>
    tableOf('lines', {
      source: 'DB.PUBLIC.LINES',
      target: 'application.lines',
      key: ['code'],
      strategy,
      keepGenerations: 3,
    });

  const environment = (): ReturnType<typeof syncEnvironment> =>
    syncEnvironment(place.options('application'), source.connection);

  /** The rows, less what the table numbers by itself. */
  const rows = async (): Promise<unknown[]> =>
    (
      await admin.query<Record<string, unknown>>(
        `SELECT code, kind, length_m, parent, area, span, note, state, geom, length_deg, tags FROM application.lines ORDER BY code`,
      )
    ).rows;

  let round = 0;

  for (const strategy of ['rename', 'merge', 'truncate']) {
    it(`stays as it was, byte for byte in a dump: ${strategy}, again, and back`, async function () {
      this.timeout(120_000);
      const schema = await dump();
      round += 1;
      await fill(round);
      const first = await syncTable(environment(), config(strategy), { force: true });
      assert.equal(first.strategy, strategy);
      assert.equal(await dump(), schema, 'after a sync');
      const rowsOfFirst = await rows();
      assert.equal(rowsOfFirst.length, 500 + round);

      round += 1;
      await fill(round);
      await syncTable(environment(), config(strategy), { force: true });
      assert.equal(await dump(), schema, 'after a second sync');
      const rowsOfSecond = await rows();
      assert.notDeepEqual(rowsOfSecond, rowsOfFirst);

      const back = await rollbackTable(environment(), config(strategy), undefined);
      assert.equal(back.restored, first.generation);
      assert.equal(await dump(), schema, 'after a rollback');
      assert.deepEqual(await rows(), rowsOfFirst);

      await rollbackTable(environment(), config(strategy), undefined);
      assert.equal(await dump(), schema, 'after the rollback of the rollback');
      assert.deepEqual(await rows(), rowsOfSecond);
    });
  }

  it('goes back several generations at once, through merges too', async function () {
    this.timeout(120_000);
    const schema = await dump();
    const states: { generation: number; rows: unknown[] }[] = [];
    for (const strategy of ['rename', 'merge', 'merge']) {
      round += 1;
      await fill(round);
      const { generation } = await syncTable(environment(), config(strategy), { force: true });
      states.push({ generation, rows: await rows() });
    }
    const [first] = states;
    assert.ok(first);
    await rollbackTable(environment(), config('auto'), first.generation);
    assert.deepEqual(await rows(), first.rows);
    assert.equal(await dump(), schema);
  });

  it('includes the positions of sequences that the source does not fill', async () => {
    const next = async (): Promise<number> =>
      Number((await admin.query<{ n: string }>(`SELECT nextval('application.lines_serial_no_seq') AS n`)).rows[0]?.n);
    const before = await next();
    await syncTable(environment(), config('rename'), { force: true });
    assert.ok((await next()) > before);
    await admin.query(`INSERT INTO application.lines (code, length_m) VALUES ('by hand', 1)`);
    await admin.query(`DELETE FROM application.lines WHERE code = 'by hand'`);
  });
}
