import assert from 'node:assert/strict';
import type pg from 'pg';
import type { TableConfig } from '../../src/sync-core/config/resolved.ts';
import { isSyncError } from '../../src/sync-core/errors.ts';
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

describe('verification of tables that are not plain', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let source: TestSource;
  let application: pg.Client;

  const environment = (): ReturnType<typeof syncEnvironment> =>
    syncEnvironment(connectionTo(cluster, 'odd', 'application'), source.connection);
  const verify = (table: TableConfig, options: Partial<VerifyOptions> = {}): Promise<Verification> =>
    verifyTable(environment(), table, { level: 'diff', limit: 20, ...options });
  const sync = (table: TableConfig): Promise<unknown> => syncTable(environment(), table, { force: true });

  before(async () => {
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'odd');
    application = await connect(cluster, 'odd', 'application');
  });

  after(async () => {
    await application.end();
    await source.close();
    await cluster.stop();
  });

  it('tells rows apart by a key of several columns, of odd types and with odd texts', async () => {
    await source.sql(
      `CREATE TABLE DB.PUBLIC.MARKS ("Kind Of" VARCHAR, AT TIMESTAMP_NTZ, SCORE FLOAT, CODE BINARY, NOTE VARCHAR)`,
      `INSERT INTO DB.PUBLIC.MARKS
         SELECT 'a', '2026-01-01 00:00:00.000001'::TIMESTAMP_NTZ, '-0'::FLOAT, TO_BINARY('00', 'HEX'), 'one'
         UNION ALL SELECT 'a,1', '2026-01-01'::TIMESTAMP_NTZ, 0, TO_BINARY('', 'HEX'), 'two'
         UNION ALL SELECT '', '2026-01-01'::TIMESTAMP_NTZ, 0.1, TO_BINARY('00', 'HEX'), 'three'
         UNION ALL SELECT 'ä''"\\\\\\n', '1999-12-31 23:59:59.999999'::TIMESTAMP_NTZ, 1e300, TO_BINARY('FF00', 'HEX'), NULL`,
    );
    const marks = tableOf('marks', {
      source: 'DB.PUBLIC.MARKS',
      target: 'application.marks',
      key: ['"Kind Of"', 'at', 'score', 'code'],
    });
    await sync(marks);
    assert.equal((await verify(marks)).status, 'equal');
    await application.query(`UPDATE application.marks SET note = 'changed' WHERE "Kind Of" LIKE 'ä%'`);
    await application.query(`UPDATE application.marks SET "Kind Of" = 'b' WHERE "Kind Of" = 'a'`);
    const { missing, extra, different, rows } = await verify(marks);
    assert.deepEqual({ missing, extra, different }, { missing: 1, extra: 1, different: 1 });
    const byKind = (kind: string): unknown => rows.find((row) => row.kind === kind)?.key;
    const key = { at: '2026-01-01 00:00:00.000001', score: '-0', code: '\\x00' };
    assert.deepEqual(byKind('missing'), { 'Kind Of': 'a', ...key });
    assert.deepEqual(byKind('extra'), { 'Kind Of': 'b', ...key });
    assert.deepEqual(byKind('different'), {
      'Kind Of': 'ä\'"\\\n',
      at: '1999-12-31 23:59:59.999999',
      score: '1e+300',
      code: '\\xff00',
    });
    assert.equal(await repairTable(environment(), marks), 3);
    assert.equal((await verify(marks)).status, 'equal');
  });

  it('compares an empty table, on either side or on both', async () => {
    await source.sql('CREATE TABLE DB.PUBLIC.NOTHING (ID NUMBER(9,0), NAME VARCHAR)');
    const nothing = tableOf('nothing', { source: 'DB.PUBLIC.NOTHING', target: 'application.nothing', key: ['id'] });
    await sync(nothing);
    for (const level of ['count', 'checksum', 'diff'] as const) {
      const { status, sourceRows, targetRows } = await verify(nothing, { level });
      assert.deepEqual([status, sourceRows, targetRows], ['equal', 0, 0], level);
    }
    await application.query(`INSERT INTO application.nothing VALUES (1, 'one')`);
    for (const level of ['count', 'checksum', 'diff'] as const) {
      const { status, sourceRows, targetRows } = await verify(nothing, { level });
      assert.deepEqual([status, sourceRows, targetRows], ['different', 0, 1], level);
    }
    assert.equal((await verify(nothing)).extra, 1);
    await application.query('DELETE FROM application.nothing');
    await source.sql(`INSERT INTO DB.PUBLIC.NOTHING VALUES (1, NULL), (2, '')`);
    const { missing, rows } = await verify(nothing);
    assert.deepEqual([missing, rows.map(({ kind }) => kind)], [2, ['missing', 'missing']]);
  });

  describe('with columns that cannot be hashed', () => {
    let table: TableConfig;

    before(async () => {
      await source.sql(
        `CREATE TABLE DB.PUBLIC.LOOSE (ID NUMBER(9,0), NAME VARCHAR, EXTRA VARIANT, LIST ARRAY, V VECTOR(FLOAT, 3), EXACT DECFLOAT)`,
        `INSERT INTO DB.PUBLIC.LOOSE
           SELECT SEQ4(), 'n' || SEQ4(), PARSE_JSON('{"b": [1, 2.5], "a": ' || SEQ4() || '}'), PARSE_JSON('[]')::ARRAY,
                  [1.5, 2, -3]::VECTOR(FLOAT, 3), SEQ4()::DECFLOAT
             FROM TABLE(GENERATOR(ROWCOUNT => 200))`,
        `UPDATE DB.PUBLIC.LOOSE SET EXTRA = NULL WHERE ID = 5`,
      );
      table = tableOf('loose', { source: 'DB.PUBLIC.LOOSE', target: 'application.loose', key: ['id'] });
      await sync(table);
    });

    const damage = async (...assignments: readonly string[]): Promise<void> => {
      for (const assignment of assignments) await application.query(`UPDATE application.loose SET ${assignment}`);
    };

    it('says that they were not compared, and finds no difference', async () => {
      const { status, otherColumns } = await verify(table);
      assert.equal(status, 'equal');
      assert.deepEqual(otherColumns.map(({ column }) => column).toSorted(), ['exact', 'extra', 'list', 'v']);
    });

    it('finds no difference where there is none when it compares them too', async () => {
      const { status, different, otherColumns } = await verify(table, { allColumns: true });
      assert.deepEqual([status, different], ['equal', 0]);
      for (const { reason } of otherColumns) assert.match(reason, /it was fetched and compared in every row$/);
    });

    it('finds, when it compares them too, rows that differ in nothing else', async () => {
      await damage(
        `extra = '{"a": 3, "b": [1, 2.51]}' WHERE id = 3`,
        `extra = 'null' WHERE id = 5`,
        `v = '{1.5,2,3}' WHERE id = 7`,
        `exact = 12.5 WHERE id = 12`,
        `list = '[1]', name = 'other' WHERE id = 20`,
      );
      const hashed = await verify(table);
      assert.deepEqual([hashed.different, hashed.rows[0]?.key], [1, { id: '20' }]);
      assert.deepEqual(
        hashed.rows[0]?.columns.map(({ column }) => column),
        ['name', 'list'],
      );
      const { status, missing, extra, different, rows } = await verify(table, { allColumns: true });
      assert.deepEqual([status, missing, extra, different], ['different', 0, 0, 5]);
      assert.deepEqual(
        rows
          .flatMap(({ key, columns }) =>
            columns.map(({ column, source: ours, target }) => [key.id, column, ours, target]),
          )
          .toSorted((a, b) => Number(a[0]) - Number(b[0])),
        [
          ['3', 'extra', '{"a": 3, "b": [1, 2.5]}', '{"a": 3, "b": [1, 2.51]}'],
          ['5', 'extra', null, 'null'],
          ['7', 'v', '{1.5,2,-3}', '{1.5,2,3}'],
          ['12', 'exact', '12', '12.5'],
          ['20', 'name', 'n20', 'other'],
          ['20', 'list', '[]', '[1]'],
        ],
      );
      const few = await verify(table, { allColumns: true, limit: 2 });
      assert.deepEqual([few.different, few.rows.length], [5, 2]);
    });

    it('repairs those rows where it is asked to, and no other', async () => {
      const versions = async (): Promise<Map<string, string>> => {
        const { rows } = await application.query<{ id: string; xmin: string }>(
          'SELECT id::text, xmin::text FROM application.loose',
        );
        return new Map(rows.map(({ id, xmin }) => [id, xmin]));
      };
      const before = await versions();
      assert.equal(await repairTable(environment(), table), 1);
      assert.equal(await repairTable(environment(), table, { allColumns: true }), 4);
      const after = await versions();
      const touched = [...after].filter(([id, xmin]) => before.get(id) !== xmin).map(([id]) => Number(id));
      assert.deepEqual(
        touched.toSorted((a, b) => a - b),
        [3, 5, 7, 12, 20],
      );
      assert.equal((await verify(table, { allColumns: true })).status, 'equal');
    });

    it('needs a key for that', async () => {
      const keyless = tableOf('loose', { source: 'DB.PUBLIC.LOOSE', target: 'application.loose' });
      await assert.rejects(verify(keyless, { allColumns: true }), (error) => isSyncError(error, 'usage'));
    });
  });
});
