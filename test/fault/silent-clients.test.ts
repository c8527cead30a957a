import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { PostgresSession } from '../../src/sync-core/postgres/session.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { soak } from '../support/random.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { runWorker, writeWorkerConfig, type WorkerConfig } from '../support/worker.ts';

/** What the server does for a client that is dead, or hangs, must end: it holds locks that others wait for. */
describe('clients that have gone silent', () => {
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;
  let admin: pg.Client;
  let config: WorkerConfig;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'silent');
    client = await connect(cluster, 'silent', 'application');
    admin = await connect(cluster, 'silent', 'postgres');
    config = await writeWorkerConfig(
      source,
      { host: cluster.host, port: cluster.port, database: 'silent', user: 'application' },
      { t: { source: 'DB.PUBLIC.T', target: 'application.t', key: ['id'] } },
    );
    await source.sql('CREATE TABLE DB.PUBLIC.T AS SELECT SEQ4() AS ID FROM TABLE(GENERATOR(ROWCOUNT => 1000))');
    const result = await runWorker(config, ['sync', 't', '--json']);
    assert.equal(result.code, 0, result.stderr);
  });

  after(async () => {
    await config.remove();
    await client.end();
    await admin.end();
    await source.close();
    await cluster.stop();
  });

  const slowness = (milliseconds: number): Promise<unknown> =>
    client.query(
      `CREATE OR REPLACE FUNCTION application.slowly(bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE
        AS 'BEGIN PERFORM pg_sleep(${milliseconds / 1_000}); RETURN $1; END'`,
    );
  /** How many of Snowmelt's sessions are at that index; others are built beside it. */
  const building = async (): Promise<number> =>
    (
      await admin.query(
        `SELECT FROM pg_stat_activity WHERE application_name LIKE 'snowmelt:t:%' AND wait_event = 'PgSleep'`,
      )
    ).rows.length;

  /** Syncs, and kills the worker while the server builds an index that takes it a minute. */
  const killWhileBuilding = async (): Promise<void> => {
    await slowness(60);
    let kill: Promise<void> | undefined;
    const result = await runWorker(config, ['sync', 't', '--json'], (event, child) => {
      if (event.kind !== 'step-started' || event.step !== 'stage') return;
      kill = (async () => {
        while ((await building()) === 0) await delay(20);
        child.kill('SIGKILL');
      })();
    });
    await kill;
    assert.equal(result.signal, 'SIGKILL', result.stderr);
    assert.equal(await building(), 1, 'the server has given up before it could know');
  };

  it('the server gives up the index that it builds for a worker that was killed', async function () {
    this.timeout(60_000);
    await slowness(0);
    await client.query('CREATE INDEX slow ON application.t (application.slowly(id))');
    await killWhileBuilding();
    const startedAt = performance.now();
    while ((await building()) > 0) await delay(50);
    const ms = Math.round(performance.now() - startedAt);
    console.log(`      after ${ms} ms`);
    assert.ok(ms < 15_000, `after ${ms} ms`);
  });

  it('the next run does not wait for that: it ends the session, and removes what it worked on', async function () {
    this.timeout(60_000);
    await killWhileBuilding();
    await slowness(0);
    const messages: string[] = [];
    const startedAt = performance.now();
    let cleanedAfterMs = Infinity;
    const next = await runWorker(config, ['sync', 't', '--json'], (event) => {
      if (event.kind === 'detail') messages.push(event.message);
      if (event.kind === 'step-started' && event.step === 'plan') cleanedAfterMs = performance.now() - startedAt;
    });
    assert.equal(next.code, 0, next.stderr);
    assert.match(messages[0] ?? '', /^Removed what the earlier run [-0-9a-f]{36} had left\.$/);
    assert.ok(cleanedAfterMs < 5_000, `it took ${cleanedAfterMs} ms to clean up`);
    const { rows: left } = await client.query(`SELECT FROM pg_class WHERE relname ~ '__[0-9a-f]{8}$'`);
    assert.deepEqual(left, []);
  });

  it('a staging table that cannot be removed keeps nobody from syncing, and is removed by a later run', async function () {
    this.timeout(60_000);
    await killWhileBuilding();
    await slowness(0);
    const { rows } = await client.query<{ name: string }>(
      `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '__[0-9a-f]{8}$'`,
    );
    // Somebody looks at it.
    const onlooker = await connect(cluster, 'silent', 'application');
    await onlooker.query(`BEGIN; SELECT FROM ${rows[0]?.name ?? ''}`);
    const next = await runWorker(config, ['sync', 't', '--json']);
    assert.equal(next.code, 0, next.stderr);
    assert.match(next.stderr, /"staging\.left"/);
    await onlooker.end();
    const later = await runWorker(config, ['sync', 't', '--json']);
    assert.equal(later.code, 0, later.stderr);
    const { rows: left } = await client.query(`SELECT FROM pg_class WHERE relname ~ '__[0-9a-f]{8}$'`);
    assert.deepEqual(left, []);
  });

  it('a session whose connection is cut between two transactions connects again, if it was asked to', async () => {
    const endpoint = connectionTo(cluster, 'silent', 'application');
    const [steady, plain] = await Promise.all([
      PostgresSession.open(endpoint, { applicationName: 'silent steady', reconnect: true }),
      PostgresSession.open(endpoint, { applicationName: 'silent plain' }),
    ]);
    try {
      const pidOf = async (session: PostgresSession): Promise<number> =>
        (await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'))[0]?.pid ?? 0;
      const before = await pidOf(steady);
      assert.equal(before, steady.server.backendPid);
      const cut = (): Promise<unknown> =>
        admin.query(
          `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'silent %'`,
        );
      await cut();
      const after = await pidOf(steady);
      assert.notEqual(after, before);
      assert.equal(after, steady.server.backendPid);
      await assert.rejects(plain.query('SELECT'), (error) => isSyncError(error, 'postgres.connectionLost'));
      // What is under way is not begun again: nobody knows how far it came.
      await assert.rejects(
        steady.transaction(async (transaction) => {
          await cut();
          await transaction.query('SELECT');
        }),
        (error) => isSyncError(error, 'postgres.connectionLost'),
      );
      assert.notEqual(await pidOf(steady), after);
    } finally {
      await steady.close();
      await plain.close();
    }
  });

  if (soak) {
    it('a worker that hangs in the middle of its swap keeps readers out for a minute and no longer', async function () {
      this.timeout(180_000);
      const session = await PostgresSession.open(connectionTo(cluster, 'silent', 'application'), {
        applicationName: 'silent worker',
      });
      try {
        let read: Promise<number> | undefined;
        await assert.rejects(
          session.transaction(async (transaction) => {
            await transaction.run(['LOCK TABLE application.t IN ACCESS EXCLUSIVE MODE']);
            const startedAt = performance.now();
            read = client.query('SELECT count(*) FROM application.t').then(() => performance.now() - startedAt);
            await read;
            await transaction.query('SELECT');
          }),
          (error) => isSyncError(error, 'postgres.connectionLost'),
        );
        const ms = (await read) ?? Infinity;
        console.log(`      a reader waited for ${Math.round(ms)} ms`);
        assert.ok(ms > 50_000 && ms < 70_000);
      } finally {
        await session.close();
      }
    });
  }
});
