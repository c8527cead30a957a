import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import {
  connect,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { runWorker, writeWorkerConfig, type WorkerConfig } from '../support/worker.ts';

interface Failure {
  readonly status: string;
  readonly error: { readonly code: string; readonly details?: { readonly holders?: { readonly pid: number }[] } };
}

describe('snowmelt against a server, as a role that owns only its schema', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;
  let config: WorkerConfig;
  const releasers: (() => Promise<unknown>)[] = [];

  before(async () => {
    cluster = await startPostgresCluster();
    releasers.push(() => cluster.stop());
    source = await startSource(cluster);
    releasers.push(() => source.close());
    await source.sql(
      `CREATE TABLE DB.PUBLIC.T (ID NUMBER(9,0), NAME VARCHAR(20))`,
      `INSERT INTO DB.PUBLIC.T VALUES (1, 'one'), (2, 'two')`,
    );
    await createApplicationDatabase(cluster, 'served');
    client = await connect(cluster, 'served', 'application');
    releasers.push(() => client.end());
    const target = { host: cluster.host, port: cluster.port, database: 'served', user: 'application' };
    const table = { source: 'DB.PUBLIC.T', target: 'application.t', key: ['id'] };
    config = await writeWorkerConfig(source, target, { t: table });
    releasers.push(() => config.remove());
    const first = await runWorker(config, ['sync', 't', '--json']);
    assert.equal(first.code, 0, first.stdout + first.stderr);
  });

  after(async () => {
    for (let release; (release = releasers.pop());) await release();
  });

  /** Runs `body` while a reader has the table in an open transaction. */
  const whileRead = async (body: (reader: number) => Promise<void>): Promise<void> => {
    const reader = await connect(cluster, 'served', 'application');
    try {
      await reader.query('BEGIN');
      const { rows } = await reader.query<{ pid: number }>('SELECT pg_backend_pid() AS pid FROM application.t LIMIT 1');
      await body(rows[0]?.pid ?? 0);
    } finally {
      await reader.end();
    }
  };

  const rowsOf = async (statement: string): Promise<unknown[]> =>
    (await client.query<Record<string, unknown>>(statement)).rows;

  /** The configuration with one thing in it changed. */
  const changed = async (from: string, to: string): Promise<WorkerConfig> => {
    const text = await readFile(config.file, 'utf8');
    assert.ok(text.includes(from), `${from} in ${text}`);
    const file = join(dirname(config.file), 'changed.json');
    await writeFile(file, text.replace(from, to));
    return { ...config, file };
  };

  /** Nothing is left of a run that did not end well: no claim, no staging table. */
  const leftNothing = async (): Promise<void> => {
    assert.deepEqual(await rowsOf('SELECT * FROM application.snowmelt_claims'), []);
    const others = `SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE nspname = 'application' AND relkind = 'r' AND relname !~ '^snowmelt_' AND relname <> 't'`;
    assert.deepEqual(await rowsOf(others), []);
    assert.deepEqual(await rowsOf('SELECT id, name FROM application.t ORDER BY id'), [
      { id: 1, name: 'one' },
      { id: 2, name: 'two' },
    ]);
  };

  it('says who holds the lock, and cleans up when it is cancelled', async () => {
    await whileRead(async (reader) => {
      const waited: number[] = [];
      let cancelling = false;
      const result = await runWorker(config, ['sync', 't', '--json'], (event: SyncEvent, child: ChildProcess) => {
        if (event.kind === 'waiting') {
          waited.push(...event.holders.map(({ pid }) => pid));
          if (waited.length === 1) child.kill('SIGINT');
        }
        cancelling ||= JSON.stringify(event).includes('Cancelling');
      });
      assert.deepEqual([...new Set(waited)], [reader]);
      assert.equal(result.code, 130);
      assert.ok(cancelling, result.stderr);
      assert.equal((JSON.parse(result.stdout) as Failure).error.code, 'cancelled');
    });
    await leftNothing();
    assert.match((await runWorker(config, ['history', '--limit', '1'])).stdout, / t +cancelled /);
  });

  it('tells a second sync of the table who has it', async () => {
    await whileRead(async () => {
      const second: Promise<Failure>[] = [];
      const first = await runWorker(config, ['sync', 't', '--json'], (event, child) => {
        if (event.kind !== 'waiting' || second.length > 0) return;
        second.push(
          runWorker(config, ['sync', 't', '--json']).then(({ code, stdout }) => {
            assert.equal(code, 1);
            child.kill('SIGTERM');
            return JSON.parse(stdout) as Failure;
          }),
        );
      });
      assert.equal(first.code, 130);
      assert.equal((await second[0])?.error.code, 'claim.held');
    });
    await leftNothing();
  });

  it('gives up after lockWait with the blockers in its error, as text too', async () => {
    const hurried = await changed('"key":["id"]', '"key":["id"],"lockWait":"1s"');
    await whileRead(async (reader) => {
      const result = await runWorker(hurried, ['sync', '--json']);
      assert.equal(result.code, 1);
      const { error } = JSON.parse(result.stdout) as Failure;
      assert.equal(error.code, 'swap.lockTimeout');
      assert.deepEqual(
        error.details?.holders?.map(({ pid }) => pid),
        [reader],
      );
      const text = await runWorker(hurried, ['sync']);
      assert.equal(text.code, 1);
      assert.equal(text.stdout, '');
      assert.match(text.stderr, new RegExp(`^t: waited .* for the lock; held by pid ${reader} of application`, 'm'));
      assert.match(text.stderr, /^error: .* \[swap\.lockTimeout\]$/m);
    });
    await leftNothing();
  });

  it('shows the tables to a role that may only read them', async () => {
    const admin = await connect(cluster, 'served', 'postgres');
    try {
      await admin.query(
        `CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA application TO reader; GRANT SELECT ON application.t TO reader`,
      );
    } finally {
      await admin.end();
    }
    const asReader = await changed('"user":"application"', '"user":"reader"');
    const { code, stdout, stderr } = await runWorker(asReader, ['status', 't', '--exact', '--json']);
    assert.equal(code, 0, stdout + stderr);
    const status = JSON.parse(stdout) as { ledger: string; tables: { rows: number; state: string }[] };
    assert.equal(status.ledger, 'unreadable');
    assert.equal(status.tables[0]?.rows, 2);
    const sync = await runWorker(asReader, ['sync', 't', '--json']);
    assert.equal(sync.code, 1);
    assert.equal((JSON.parse(sync.stdout) as Failure).error.code, 'postgres.privilege');
  });

  it('ends with 4 where the server is not there', async () => {
    const nobody = await changed(`"port":${cluster.port}`, '"port":9');
    for (const command of ['sync', 'plan', 'status', 'history']) {
      const { code, stdout } = await runWorker(nobody, [command, 't', '--json']);
      assert.deepEqual([code, (JSON.parse(stdout) as Failure).error.code], [4, 'postgres.connect'], command);
    }
  });
});
