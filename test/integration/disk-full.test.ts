import assert from 'node:assert/strict';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

describe('a target whose disk is full', () => {
  let cluster: PostgresCluster;
  let source: TestSource;
  let disk: SmallDisk;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    [source, disk] = await Promise.all([startSource(cluster), mountSmallDisk(12)]);
    await createApplicationDatabase(cluster, 'full_disk');
  });

  after(async () => {
    await source.close();
    await cluster.stop();
    await disk.remove();
  });

  it('keeps its table, says what is wrong, and is synced once there is room again', async function () {
    this.timeout(120_000);
    const admin = await connect(cluster, 'full_disk', 'postgres');
    try {
      await admin.query(`CREATE TABLESPACE small LOCATION '${disk.folder}'`);
      await admin.query(
        'GRANT CREATE ON TABLESPACE small TO application; ALTER ROLE application SET default_tablespace = small',
      );
      const options = connectionTo(cluster, 'full_disk', 'application');
      const config = tableOf('t', { source: 'DB.PUBLIC.T', target: 'application.t', key: ['id'] });
      const fill = (rows: number): Promise<unknown> =>
        source.sql(
          `CREATE OR REPLACE TABLE DB.PUBLIC.T AS SELECT SEQ4() AS ID, REPEAT('x', 500) AS NAME FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
        );
      await fill(1_000);
      await syncTable(syncEnvironment(options, source.connection), config, { force: false });

      await fill(60_000);
      const failure: unknown = await syncTable(syncEnvironment(options, source.connection), config, {
        force: false,
      }).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(isSyncError(failure), String(failure));
      assert.equal(failure.code, 'postgres.diskFull', failure.message);
      assert.match(failure.remedy ?? '', /Free space/);
      const count = async (): Promise<string | undefined> =>
        (await admin.query<{ count: string }>('SELECT count(*) FROM application.t')).rows[0]?.count;
      assert.equal(await count(), '1000');

      await fill(1_500);
      await syncTable(syncEnvironment(options, source.connection), config, { force: false });
      assert.equal(await count(), '1500');
    } finally {
      await admin.end();
    }
  });
});
