import assert from 'node:assert/strict';
import type pg from 'pg';
import type { TableConfig } from '../../src/sync-core/config/resolved.ts';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { rollbackTable } from '../../src/sync-core/rollback.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { repairTable } from '../../src/sync-core/verify/repair-table.ts';
import type { Verification } from '../../src/sync-core/verify/verification.ts';
import { verifyTable, type VerifyOptions } from '../../src/sync-core/verify/verify-table.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

describe('verify', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let source: TestSource;
  let application: pg.Client;
  let admin: pg.Client;

  const roads = tableOf('roads', { source: 'DB.PUBLIC.ROADS', target: 'application.roads', key: ['id'] });
  const environment = (user = 'application'): ReturnType<typeof syncEnvironment> =>
    syncEnvironment(connectionTo(cluster, 'verified', user), source.connection);
  const verify = (table: TableConfig, options: Partial<VerifyOptions>, user?: string): Promise<Verification> =>
    verifyTable(environment(user), table, { level: undefined, limit: 20, ...options });

  before(async () => {
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'verified');
    application = await connect(cluster, 'verified', 'application');
    admin = await connect(cluster, 'verified', 'postgres');
    await source.sql(
      `CREATE TABLE DB.PUBLIC.ROADS AS SELECT SEQ4() AS ID, 'road ' || SEQ4() AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 500))`,
      `CREATE VIEW DB.PUBLIC.ROADS_VIEW AS SELECT * FROM DB.PUBLIC.ROADS`,
    );
    await syncTable(environment(), roads, { force: false });
  });

  after(async () => {
    await application.end();
    await admin.end();
    await source.close();
    await cluster.stop();
  });

  describe('by count', () => {
    const level = 'count';

    it('finds the same number of rows equal', async () => {
      const { ms, snapshot, ...verification } = await verify(roads, { level });
      assert.ok(ms > 0);
      assert.match(snapshot ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      assert.deepEqual(verification, {
        status: 'equal',
        table: 'roads',
        level: 'count',
        sourceRows: 500,
        targetRows: 500,
        hashedColumns: [],
        otherColumns: [],
        buckets: null,
        columnGroups: [],
        missing: null,
        extra: null,
        different: null,
        rows: [],
        repaired: 0,
      });
    });

    it('finds another number different', async () => {
      await application.query('BEGIN; DELETE FROM application.roads WHERE id < 3; COMMIT');
      const { status, sourceRows, targetRows } = await verify(roads, { level });
      assert.deepEqual({ status, sourceRows, targetRows }, { status: 'different', sourceRows: 500, targetRows: 497 });
      await syncTable(environment(), roads, { force: false });
    });

    it('counts what a query gives', async () => {
      const few = tableOf('roads', {
        query: 'SELECT * FROM DB.PUBLIC.ROADS WHERE ID < 10;',
        target: 'application.roads',
        key: ['id'],
      });
      const { status, sourceRows } = await verify(few, { level });
      assert.deepEqual({ status, sourceRows }, { status: 'different', sourceRows: 10 });
    });
  });

  describe('by checksum', () => {
    const level = 'checksum';

    afterEach(async () => {
      await syncTable(environment(), roads, { force: true });
    });

    it('finds what is equal equal', async () => {
      const verification = await verify(roads, { level });
      const { status, level: done, sourceRows, hashedColumns, otherColumns, buckets, columnGroups } = verification;
      assert.deepEqual(
        { status, done, sourceRows, hashedColumns, otherColumns, buckets, columnGroups },
        {
          status: 'equal',
          done: 'checksum',
          sourceRows: 500,
          hashedColumns: ['id', 'name'],
          otherColumns: [],
          buckets: { compared: 16, different: 0 },
          columnGroups: [{ columns: ['name'], equal: true }],
        },
      );
    });

    it('finds a value that was changed', async () => {
      await application.query(`UPDATE application.roads SET name = 'Road 7' WHERE id = 7`);
      const { status, buckets, columnGroups, missing } = await verify(roads, { level });
      assert.deepEqual(
        { status, buckets, columnGroups, missing },
        {
          status: 'different',
          buckets: { compared: 16, different: 1 },
          columnGroups: [{ columns: ['name'], equal: false }],
          missing: null,
        },
      );
    });

    it('finds two values that were swapped', async () => {
      await application.query(
        `UPDATE application.roads SET name = CASE id WHEN 7 THEN 'road 8' ELSE 'road 7' END WHERE id IN (7, 8)`,
      );
      assert.equal((await verify(roads, { level })).status, 'different');
    });
  });

  describe('by diff', () => {
    const level = 'diff';

    afterEach(async () => {
      await syncTable(environment(), roads, { force: true });
    });

    it('finds the rows', async () => {
      await application.query(
        `BEGIN;
         UPDATE application.roads SET name = NULL WHERE id = 7;
         DELETE FROM application.roads WHERE id = 300;
         INSERT INTO application.roads VALUES (1000, 'new');
         COMMIT`,
      );
      const { status, missing, extra, different, rows } = await verify(roads, { level });
      assert.deepEqual(
        { status, missing, extra, different },
        { status: 'different', missing: 1, extra: 1, different: 1 },
      );
      assert.deepEqual(
        rows.toSorted((a, b) => Number(a.key.id) - Number(b.key.id)),
        [
          {
            kind: 'different',
            key: { id: '7' },
            columns: [{ column: 'name', source: 'road 7', target: null }],
            copies: 1,
          },
          {
            kind: 'missing',
            key: { id: '300' },
            columns: [
              { column: 'id', source: '300', target: null },
              { column: 'name', source: 'road 300', target: null },
            ],
            copies: 1,
          },
          {
            kind: 'extra',
            key: { id: '1000' },
            columns: [
              { column: 'id', source: null, target: '1000' },
              { column: 'name', source: null, target: 'new' },
            ],
            copies: 1,
          },
        ],
      );
    });

    it('finds nothing where nothing differs', async () => {
      const { status, missing, extra, different, rows } = await verify(roads, { level });
      assert.deepEqual({ status, missing, extra, different }, { status: 'equal', missing: 0, extra: 0, different: 0 });
      assert.deepEqual(rows, []);
    });
  });

  describe('with a repair', () => {
    const rows = async (): Promise<{ id: string; name: string | null; xmin: string }[]> =>
      (
        await application.query<{ id: string; name: string | null; xmin: string }>(
          'SELECT id::text, name, xmin::text FROM application.roads ORDER BY roads.id',
        )
      ).rows;

    it('makes the table equal, and leaves the undamaged rows as they were', async () => {
      const before = await rows();
      await application.query(
        `BEGIN;
         UPDATE application.roads SET name = upper(name) WHERE id % 50 = 7;
         DELETE FROM application.roads WHERE id % 100 = 3;
         INSERT INTO application.roads SELECT 1000 + n, 'new' FROM generate_series(1, 4) n;
         COMMIT`,
      );
      assert.equal(await repairTable(environment(), roads), 10 + 5 + 4);
      const after = await rows();
      assert.deepEqual(
        after.map(({ id, name }) => [id, name]),
        before.map(({ id, name }) => [id, name]),
      );
      const damaged = (id: string): boolean => Number(id) % 50 === 7 || Number(id) % 100 === 3;
      assert.deepEqual(
        after.filter(({ id }) => !damaged(id)),
        before.filter(({ id }) => !damaged(id)),
      );
      assert.equal((await verify(roads, { level: 'diff' })).status, 'equal');
      const { rows: runs } = await application.query<{ strategy: string; status: string }>(
        'SELECT strategy, status FROM application.snowmelt_history ORDER BY started_at DESC LIMIT 1',
      );
      assert.deepEqual(runs, [{ strategy: 'repair', status: 'success' }]);
    });

    it('can be rolled back', async () => {
      await application.query(`DELETE FROM application.roads WHERE id = 1`);
      await application.query(`UPDATE application.roads SET name = 'damaged' WHERE id = 2`);
      await application.query(`INSERT INTO application.roads VALUES (1000, 'extra')`);
      const damaged = (await rows()).map(({ id, name }) => [id, name]);
      assert.equal(await repairTable(environment(), roads), 3);
      await rollbackTable(environment(), roads, undefined);
      assert.deepEqual(
        (await rows()).map(({ id, name }) => [id, name]),
        damaged,
      );
      await repairTable(environment(), roads);
      assert.equal((await verify(roads, { level: 'diff' })).status, 'equal');
    });

    it('is refused without a key', async () => {
      const keyless = tableOf('roads', { source: 'DB.PUBLIC.ROADS', target: 'application.roads' });
      await assert.rejects(repairTable(environment(), keyless), (error) => isSyncError(error, 'usage'));
    });
  });

  it('compares tables without a key by how often a row is there', async () => {
    await source.sql(
      `CREATE TABLE DB.PUBLIC.MARKS (NAME VARCHAR, N NUMBER(9,0))`,
      `INSERT INTO DB.PUBLIC.MARKS VALUES ('a', 1), ('a', 1), ('a,1', NULL), ('b', 2)`,
    );
    const marks = tableOf('marks', { source: 'DB.PUBLIC.MARKS', target: 'application.marks' });
    await syncTable(environment(), marks, { force: false });
    assert.equal((await verify(marks, {})).level, 'count');
    assert.equal((await verify(marks, { level: 'diff' })).status, 'equal');
    await application.query(
      `INSERT INTO application.marks VALUES ('a', 1), ('a', 1); DELETE FROM application.marks WHERE name = 'b'`,
    );
    const { missing, extra, different, rows } = await verify(marks, { level: 'diff' });
    assert.deepEqual({ missing, extra, different }, { missing: 1, extra: 2, different: 0 });
    assert.deepEqual(
      rows.map(({ kind, copies, columns }) => [kind, copies, columns[0]?.source, columns[0]?.target]).toSorted(),
      [
        ['extra', 2, null, 'a'],
        ['missing', 1, 'b', null],
      ],
    );
  });

  it('says of a table that is not there that it is not', async () => {
    const missing = tableOf('bridges', { source: 'DB.PUBLIC.ROADS', target: 'application.bridges', key: ['id'] });
    await assert.rejects(verify(missing, { level: 'count' }), (error) => {
      assert.ok(isSyncError(error, 'target.missing'));
      assert.equal(error.table, 'bridges');
      assert.match(error.remedy ?? '', /snowmelt sync bridges/);
      return true;
    });
  });

  it('needs no more than to read the table', async () => {
    await admin.query('CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA application TO reader');
    await assert.rejects(verify(roads, { level: 'count' }, 'reader'), (error) => {
      assert.ok(isSyncError(error, 'postgres.privilege'), String(error));
      return true;
    });
    await admin.query('GRANT SELECT ON application.roads TO reader');
    assert.equal((await verify(roads, { level: 'count' }, 'reader')).status, 'equal');
  });

  it('does not take rows that a policy hides for missing ones', async () => {
    await admin.query('ALTER TABLE application.roads ENABLE ROW LEVEL SECURITY');
    await assert.rejects(verify(roads, { level: 'count' }, 'reader'), (error) => {
      assert.ok(isSyncError(error, 'postgres.privilege'), String(error));
      return true;
    });
    await admin.query('ALTER TABLE application.roads DISABLE ROW LEVEL SECURITY');
  });
});
