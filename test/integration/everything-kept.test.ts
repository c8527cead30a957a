import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { rollbackTable } from '../../src/sync-core/rollback.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { everythingFixture } from '../support/everything-fixture.ts';
import { connect, connectionTo, startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

const run = promisify(execFile);

describe('everything that hangs on a table', () => {
  let cluster: PostgresCluster;
  let source: TestSource;
  let admin: pg.Client;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    admin = await connect(cluster, 'postgres', 'postgres');
    await admin.query('CREATE DATABASE everything');
    await admin.end();
    admin = await connect(cluster, 'everything', 'postgres');
    await admin.query(everythingFixture);
  });

  after(async () => {
    await admin.end();
    await source.close();
    await cluster.stop();
  });

  const dump = async (): Promise<string> => {
    const { stdout } = await run(
      join(cluster.bin, 'pg_dump'),
      [
        ...['-h', cluster.host, '-p', String(cluster.port), '-U', 'postgres'],
        ...['--schema-only', '--exclude-schema=snowmelt', 'everything'],
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    // A random word of each dump, since 15.14.
    return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '');
  };

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
    syncEnvironment(connectionTo(cluster, 'everything', 'application'), source.connection);

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
});
