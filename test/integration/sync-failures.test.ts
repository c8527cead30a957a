import assert from 'node:assert/strict';
import type pg from 'pg';
import { isSyncError, type SyncError, type SyncErrorCode } from '../../src/sync-core/errors.ts';
import { Ledger } from '../../src/sync-core/ledger/ledger.ts';
import { runHistory } from '../../src/sync-core/ledger/run-history.ts';
import { PostgresSession } from '../../src/sync-core/postgres/session.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf, testIdentity } from '../support/sync-environment.ts';

/** Each failure leaves the live table whole, says what to do, is in the history, and leaves nothing behind. */
describe('syncs that fail', () => {
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;
  let admin: pg.Client;

  const config = tableOf('t', { source: 'DB.PUBLIC.T', target: 'application.t', key: ['id'] });
  const options = (): ReturnType<typeof connectionTo> => connectionTo(cluster, 'failing', 'application');

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster, { inlineBytes: 1_000 });
    await createApplicationDatabase(cluster, 'failing');
    client = await connect(cluster, 'failing', 'application');
    admin = await connect(cluster, 'failing', 'postgres');
  });

  after(async () => {
    await client.end();
    await admin.end();
    await source.close();
    await cluster.stop();
  });

  beforeEach(async () => {
    await source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.T AS SELECT SEQ4() AS ID, 'x'::VARCHAR AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 100))`,
    );
    await syncTable(syncEnvironment(options(), source.connection), config, { force: true });
  });

  const failing = async (
    code: SyncErrorCode,
    run: () => Promise<unknown> = () =>
      syncTable(syncEnvironment(options(), source.connection), config, { force: false }),
  ): Promise<SyncError> => {
    const before = await client.query('SELECT * FROM application.t ORDER BY id');
    let failure: unknown;
    await assert.rejects(run, (error) => {
      failure = error;
      return true;
    });
    assert.ok(isSyncError(failure), String(failure));
    assert.equal(failure.code, code, failure.message);
    assert.deepEqual((await client.query('SELECT * FROM application.t ORDER BY id')).rows, before.rows);
    const { rows: left } = await client.query<{ relname: string }>(
      `SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind = 'r' AND relname ~ '__[0-9a-f]{8}$' AND n.nspname IN ('application', 'snowmelt')`,
    );
    assert.deepEqual(left, [], 'a staging table is left');
    return failure;
  };

  const lastRun = async (): Promise<{ status: string; error: { code: string } | null }> => {
    const session = await PostgresSession.open(options(), { applicationName: 'test' });
    try {
      const ledger = await Ledger.open(session, 'application');
      const [run] = await runHistory(session, ledger, testIdentity, { limit: 1 });
      assert.ok(run);
      return { status: run.status, error: run.error };
    } finally {
      await session.close();
    }
  };

  it('a source that does not exist', async () => {
    await source.sql('DROP TABLE DB.PUBLIC.T');
    const failure = await failing('snowflake.objectMissing');
    assert.match(failure.message, /does not exist or not authorized/);
    assert.match(failure.remedy ?? '', /snowmelt\.json/);
    assert.deepEqual((await lastRun()).error?.code, 'snowflake.objectMissing');
  });

  it('a wrong password of Snowflake', async () => {
    const connection = { ...source.connection, password: 'wrong' };
    const failure = await failing('snowflake.auth', () =>
      syncTable(syncEnvironment(options(), connection), config, { force: false }),
    );
    assert.match(failure.message, /Incorrect username or password/);
  });

  it('a Snowflake that cannot be reached', async function () {
    this.timeout(120_000);
    const connection = { ...source.connection, accessUrl: 'http://127.0.0.1:9', sfRetryMaxLoginRetries: 0 };
    await failing('snowflake.connect', () =>
      syncTable(syncEnvironment(options(), connection), config, { force: false }),
    );
  });

  it('a value that is out of range, with its column and key', async () => {
    await source.sql(
      'CREATE OR REPLACE TABLE DB.PUBLIC.T (ID NUMBER(38,0), NAME VARCHAR)',
      `INSERT INTO DB.PUBLIC.T SELECT SEQ4(), 'x' FROM TABLE(GENERATOR(ROWCOUNT => 100))`,
      `INSERT INTO DB.PUBLIC.T VALUES (99999999999999999999, 'too large')`,
    );
    const failure = await failing('value.outOfRange');
    assert.match(failure.message, /id = 99999999999999999999/);
    assert.match(failure.remedy ?? '', /"types": \{ "id": "numeric" \}/);
  });

  it('a NUL character in text, unless it is left out on request', async () => {
    await source.sql(`INSERT INTO DB.PUBLIC.T SELECT 1000, 'a' || CHR(0) || 'b'`);
    const failure = await failing('value.unrepresentable');
    assert.match(failure.message, /Column name of the row with id = 1000/);
    assert.match(failure.remedy ?? '', /onUnrepresentable/);
    const strip = tableOf('t', {
      source: 'DB.PUBLIC.T',
      target: 'application.t',
      key: ['id'],
      onUnrepresentable: 'strip',
    });
    await syncTable(syncEnvironment(options(), source.connection), strip, { force: false });
    assert.deepEqual((await client.query('SELECT name FROM application.t WHERE id = 1000')).rows, [{ name: 'ab' }]);
  });

  it('a key that is there twice', async () => {
    await source.sql(`INSERT INTO DB.PUBLIC.T VALUES (5, 'again')`);
    const failure = await failing('source.duplicateKey');
    assert.match(failure.message, /\(id\)=\(5\) is duplicated/);
  });

  it('an empty source, and one that shrank, unless forced', async () => {
    await source.sql('DELETE FROM DB.PUBLIC.T WHERE ID >= 40');
    const shrunk = await failing('guard.shrunk');
    assert.match(shrunk.message, /40 rows, 60 % fewer than the 100/);
    await source.sql('TRUNCATE TABLE DB.PUBLIC.T');
    await failing('guard.empty');
    const result = await syncTable(syncEnvironment(options(), source.connection), config, { force: true });
    assert.equal(result.finalCount, 0);
  });

  it('a download that breaks in the middle of a chunk, again and again', async function () {
    this.timeout(300_000);
    await source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.T AS SELECT SEQ4() AS ID, 'x'::VARCHAR AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 50000))`,
    );
    source.standIn.faults.rules.onChunk({ fault: { kind: 'corrupt-json' }, times: Infinity });
    await failing('snowflake.resultCut');
    source.standIn.faults.rules.release();
  });

  it('a download that breaks once is read again', async () => {
    await source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.T AS SELECT SEQ4() AS ID, 'x'::VARCHAR AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 50000))`,
    );
    source.standIn.faults.rules.onChunk({ fault: { kind: 'cut', afterBytes: 100 } });
    const result = await syncTable(syncEnvironment(options(), source.connection), config, { force: false });
    assert.equal(result.finalCount, 50_000);
  });

  it('connections to Postgres that are cut in the middle of COPY', async () => {
    await source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.T AS SELECT SEQ4() AS ID, REPEAT('x', 200) AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 200000))`,
    );
    const killed = { done: false };
    const environment = syncEnvironment(options(), source.connection, {
      onEvent: (event) => {
        if (event.kind !== 'progress' || killed.done) return;
        killed.done = true;
        void admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'snowmelt:t:%'`,
        );
      },
    });
    await failing('postgres.connectionLost', () => syncTable(environment, config, { force: false }));
    assert.deepEqual((await lastRun()).status, 'failed');
  });

  it('a role that may create nothing, with the SQL for an administrator', async () => {
    await admin.query(`CREATE ROLE guest LOGIN; CREATE SCHEMA other`);
    const elsewhere = tableOf('t', { source: 'DB.PUBLIC.T', target: 'other.t' });
    const guest = connectionTo(cluster, 'failing', 'guest');
    const failure = await failing('postgres.privilege', () =>
      syncTable(syncEnvironment(guest, source.connection), elsewhere, { force: false }),
    );
    assert.match(failure.remedy ?? '', /GRANT USAGE, CREATE ON SCHEMA "other" TO "guest"/);
  });

  it('a cancel, which ends quickly and is recorded', async () => {
    const controller = new AbortController();
    const environment = syncEnvironment(options(), source.connection, {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.kind === 'step-started' && event.step === 'stage') controller.abort();
      },
    });
    await failing('cancelled', () => syncTable(environment, config, { force: false }));
    assert.deepEqual((await lastRun()).status, 'cancelled');
  });

  it('a second sync of the same table, which is told who holds it', async () => {
    const inner: { outcome?: Promise<unknown> } = {};
    const environment = syncEnvironment(options(), source.connection, {
      onEvent: (event) => {
        if (event.kind === 'step-started' && event.step === 'stage') {
          inner.outcome = syncTable(syncEnvironment(options(), source.connection), config, { force: false }).catch(
            (error: unknown) => error,
          );
        }
        // The outer run must still hold its claim when the inner one asks for it.
      },
    });
    const slow = tableOf('t', {
      query: `SELECT SEQ4() AS ID, REPEAT('x', 300) AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 200000))`,
      target: 'application.t',
      key: ['id'],
    });
    await syncTable(environment, slow, { force: false });
    const second = await inner.outcome;
    assert.ok(isSyncError(second, 'claim.held'), String(second));
    assert.match(second.message, /tester on .* process \d+/);
  });
});
