import assert from 'node:assert/strict';
import type pg from 'pg';
import type { SyncEnvironment } from '../../src/sync-core/environment.ts';
import { SnowflakeSession } from '../../src/sync-core/snowflake/session.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { verifyTable } from '../../src/sync-core/verify/verify-table.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

describe('verify of a source that changes while it is read', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let source: TestSource;
  let application: pg.Client;

  before(async () => {
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'verified');
    application = await connect(cluster, 'verified', 'application');
  });
  after(async () => {
    await application.end();
    await source.close();
    await cluster.stop();
  });

  const changes = [
    "UPDATE DB.PUBLIC.ROADS SET NAME = 'changed' WHERE ID = (SELECT MAX(ID) FROM DB.PUBLIC.ROADS)",
    'DELETE FROM DB.PUBLIC.ROADS WHERE ID = (SELECT MIN(ID) FROM DB.PUBLIC.ROADS)',
    "INSERT INTO DB.PUBLIC.ROADS SELECT MAX(ID) + 1, 'new' FROM DB.PUBLIC.ROADS",
  ];

  /** Where the source changes after every statement that the verification sends. */
  function restless(): { readonly environment: SyncEnvironment; readonly changed: () => number } {
    let count = 0;
    const environment = syncEnvironment(connectionTo(cluster, 'verified', 'application'), source.connection, {
      connectSnowflake: async (options) => {
        const session = await SnowflakeSession.open(source.connection, options);
        const execute = session.execute.bind(session);
        session.execute = async (text) => {
          const result = await execute(text);
          await source.sql(changes[count % changes.length] ?? '');
          count += 1;
          return result;
        };
        return session;
      },
    });
    return { environment, changed: () => count };
  }

  async function fill(): Promise<void> {
    await source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.ROADS AS SELECT SEQ4() AS ID, 'road ' || SEQ4() AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 500))`,
      'CREATE OR REPLACE VIEW DB.PUBLIC.ROADS_VIEW AS SELECT ID, UPPER(NAME) AS NAME FROM DB.PUBLIC.ROADS WHERE ID % 2 = 0',
    );
  }

  for (const name of ['ROADS', 'ROADS_VIEW']) {
    for (const level of ['count', 'checksum', 'diff'] as const) {
      it(`compares one moment of ${name} by ${level}`, async () => {
        const table = tableOf('roads', { source: `DB.PUBLIC.${name}`, target: 'application.roads', key: ['id'] });
        const options = { level, limit: 20 };
        await fill();
        const calm = syncEnvironment(connectionTo(cluster, 'verified', 'application'), source.connection);
        await syncTable(calm, table, { force: true });
        // The first change comes after the moment has been asked for.
        const { environment, changed } = restless();
        const verification = await verifyTable(environment, table, options);
        assert.ok(changed() >= 3, `the source changed ${changed()} times`);
        assert.equal(verification.status, 'equal');
        assert.equal(verification.sourceRows, name === 'ROADS' ? 500 : 250);
        assert.ok(verification.snapshot);
        assert.equal((await verifyTable(calm, table, options)).status, level === 'count' ? 'equal' : 'different');
      });

      it(`finds in one moment of ${name} by ${level} what differs`, async () => {
        const table = tableOf('roads', { source: `DB.PUBLIC.${name}`, target: 'application.roads', key: ['id'] });
        await fill();
        const calm = syncEnvironment(connectionTo(cluster, 'verified', 'application'), source.connection);
        await syncTable(calm, table, { force: true });
        await application.query('DELETE FROM application.roads WHERE id = 100');
        const verification = await verifyTable(restless().environment, table, { level, limit: 20 });
        assert.equal(verification.status, 'different');
        assert.equal(verification.missing, level === 'diff' ? 1 : null);
        assert.equal(verification.rows.length, level === 'diff' ? 1 : 0);
      });
    }
  }

  it('goes without a moment where the source has no Time Travel', async () => {
    await fill();
    const table = tableOf('roads', { source: 'DB.PUBLIC.ROADS', target: 'application.roads', key: ['id'] });
    await source.sql('ALTER TABLE DB.PUBLIC.ROADS SET DATA_RETENTION_TIME_IN_DAYS = 0');
    const calm = syncEnvironment(connectionTo(cluster, 'verified', 'application'), source.connection);
    await syncTable(calm, table, { force: true });
    const verification = await verifyTable(calm, table, { level: 'checksum', limit: 20 });
    assert.equal(verification.status, 'equal');
    assert.equal(verification.snapshot, null);
  });
});
