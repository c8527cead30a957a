import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { isSyncError } from '../../src/sync-core/errors.ts';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import { Ledger } from '../../src/sync-core/ledger/ledger.ts';
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
import { runWorker, writeWorkerConfig, type WorkerConfig, type WorkerResult } from '../support/worker.ts';

const rows = 500;

interface TableDocument {
  readonly table: string;
  readonly status: 'success' | 'failed';
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details: { readonly holder: string; readonly runId: string };
  };
}

/** A worker that has been started: its events with when they came, and how it ended. */
interface Worker {
  readonly events: { readonly at: number; readonly event: SyncEvent }[];
  readonly ended: Promise<WorkerResult>;
}

describe('workers that sync the same tables at once', () => {
  let cluster: PostgresCluster;
  let source: TestSource;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    for (const name of ['ALPHA', 'BETA']) {
      await source.sql(
        `CREATE TABLE DB.PUBLIC.${name} AS SELECT SEQ4() AS ID, 'x'::VARCHAR AS NAME FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
      );
    }
  });

  after(async () => {
    await source.close();
    await cluster.stop();
  });

  /** A database with the two tables, empty, that nothing has ever been synced into; and what workers need to do that. */
  const setUp = async (
    database: string,
  ): Promise<{
    readonly client: pg.Client;
    readonly config: WorkerConfig;
    readonly tearDown: () => Promise<void>;
  }> => {
    await createApplicationDatabase(cluster, database);
    const client = await connect(cluster, database, 'application');
    await client.query(`
      CREATE TABLE application.alpha (id bigint PRIMARY KEY, name text);
      CREATE TABLE application.beta (id bigint PRIMARY KEY, name text);
      CREATE VIEW application.both_tables AS SELECT a.id, b.name FROM application.alpha a JOIN application.beta b USING (id)`);
    const config = await writeWorkerConfig(
      source,
      { host: cluster.host, port: cluster.port, database, user: 'application' },
      {
        alpha: { source: 'DB.PUBLIC.ALPHA', target: 'application.alpha', key: ['id'] },
        beta: { source: 'DB.PUBLIC.BETA', target: 'application.beta', key: ['id'] },
        // Several batches of COPY.
        large: {
          query: `SELECT SEQ4() AS ID, REPEAT('x', 200) AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 100000))`,
          target: 'application.large',
          key: ['id'],
        },
      },
    );
    return {
      client,
      config,
      tearDown: async () => {
        await config.remove();
        await client.end();
      },
    };
  };

  const start = (config: WorkerConfig, args: readonly string[]): Worker => {
    const events: Worker['events'] = [];
    const ended = runWorker(config, ['sync', ...args, '--json'], (event) => {
      events.push({ at: performance.now(), event });
    });
    return { events, ended };
  };

  const documents = (result: WorkerResult | undefined): readonly TableDocument[] => {
    assert.ok(result);
    assert.notEqual(result.stdout, '', result.stderr);
    return (JSON.parse(result.stdout) as { tables: TableDocument[] }).tables;
  };

  const runsOf = async (
    client: pg.Client,
    status: string,
  ): Promise<readonly { table: string; run: string; processId: number }[]> => {
    const { rows: ledger } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('application.snowmelt_runs') IS NOT NULL AS there`,
    );
    if (ledger[0]?.there !== true) return [];
    const found = await client.query<{ table: string; run: string; processId: number }>(
      `SELECT table_name AS table, run_id AS run, process_id::integer AS "processId" FROM application.snowmelt_runs
        WHERE status = $1 ORDER BY table_name`,
      [status],
    );
    return found.rows;
  };

  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await condition())) await delay(10);
  };

  for (const count of [2, 5, 10]) {
    it(`${count} workers: one wins each table, the others say who has it, and the tables are synced side by side`, async function () {
      this.timeout(180_000);
      const { client, config, tearDown } = await setUp(`workers_${count}`);
      // Readers keep the winners from ending before the others have come.
      const holders = await Promise.all(
        ['alpha', 'beta'].map(async (table) => {
          const holder = await connect(cluster, `workers_${count}`, 'application');
          await holder.query('BEGIN');
          await holder.query(`SELECT count(*) FROM application.${table}`);
          return holder;
        }),
      );
      const results: WorkerResult[] = [];
      const workers = Array.from({ length: count }, () => start(config, ['alpha', 'beta']));
      const all = Promise.all(
        workers.map(async ({ ended }) => {
          results.push(await ended);
        }),
      );
      try {
        await until(() => results.length === count - 2);
        await until(async () => (await runsOf(client, 'running')).length === 2);
        const winners = await runsOf(client, 'running');
        assert.deepEqual(
          winners.map(({ table }) => table),
          ['alpha', 'beta'],
        );
        const [alpha, beta] = winners;
        assert.ok(alpha && beta && alpha.processId !== beta.processId, 'one process has both tables');
        // Both wait in their swaps at the same moment.
        const isWaiting = (run: string): boolean =>
          workers.some(({ events }) => events.some(({ event }) => event.kind === 'waiting' && event.run === run));
        await until(() => isWaiting(alpha.run) && isWaiting(beta.run));
        for (const result of results) {
          assert.equal(result.code, 1, result.stderr);
          for (const { table, error } of documents(result))
            assertHeld(
              error,
              winners.find((winner) => winner.table === table),
            );
        }
        // The winner of the first table comes to the second while that is still held.
        await holders[0]?.end();
        await until(() => results.length === count - 1);
        const first = documents(results.at(-1));
        assert.deepEqual(
          first.map(({ table, status }) => ({ table, status })),
          [
            { table: 'alpha', status: 'success' },
            { table: 'beta', status: 'failed' },
          ],
        );
        assertHeld(first[1]?.error, beta);
        await holders[1]?.end();
        await all;
        const second = documents(results.at(-1));
        assert.deepEqual(
          second.map(({ table, status }) => ({ table, status })),
          [
            { table: 'alpha', status: 'failed' },
            { table: 'beta', status: 'success' },
          ],
        );
        assert.deepEqual(await runsOf(client, 'success'), winners);
        const spans = winners.map(({ run }) => spanOf(workers, run));
        assert.ok(
          spans.every((span) => spans.every((other) => span.from < other.to)),
          JSON.stringify(spans),
        );
        const { rows: counted } = await client.query('SELECT count(*)::integer AS rows FROM application.both_tables');
        assert.deepEqual(counted, [{ rows }]);
      } finally {
        await Promise.all(holders.map((holder) => holder.end()));
        await all;
        await tearDown();
      }
    });
  }

  for (const [name, table, hangs] of [
    ['while it loads', 'large', ({ kind }) => kind === 'progress'],
    ['while it waits for the lock of its swap', 'alpha', ({ kind }) => kind === 'waiting'],
  ] satisfies [string, string, (event: SyncEvent) => boolean][]) {
    it(`a worker that hangs ${name} and is taken over changes nothing when it goes on`, async function () {
      this.timeout(180_000);
      const database = `hung_${table}`;
      const { client, config, tearDown } = await setUp(database);
      const reader = await connect(cluster, database, 'application');
      const started: { hung?: ChildProcess } = {};
      try {
        const first = await runWorker(config, ['sync', table, '--json']);
        assert.equal(first.code, 0, first.stderr);
        await reader.query(`BEGIN; SELECT count(*) FROM application.${table}`);

        const ended = runWorker(config, ['sync', table, '--json'], (event, child) => {
          if (started.hung !== undefined || !hangs(event)) return;
          started.hung = child;
          child.kill('SIGSTOP');
        });
        await until(() => started.hung !== undefined);
        const [run] = await runsOf(client, 'running');
        assert.ok(run);
        await client.query(`UPDATE application.snowmelt_claims SET heartbeat_at = now() - interval '1 minute'`);

        let released: Promise<void> | undefined;
        const other = await runWorker(config, ['sync', table, '--json'], ({ kind }) => {
          if (kind === 'waiting') released ??= reader.end();
        });
        assert.equal(other.code, 0, other.stdout + other.stderr);
        const { run: winner } = JSON.parse(other.stdout) as { run: string };
        started.hung?.kill('SIGCONT');
        const { code, stdout } = await ended;
        assert.equal(code, 1, stdout);
        assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, 'claim.lost');

        assert.deepEqual(
          (await runsOf(client, 'abandoned')).map((abandoned) => abandoned.run),
          [run.run],
        );
        const { rows: live } = await client.query(
          'SELECT run_id, generation::integer FROM application.snowmelt_tables',
        );
        assert.deepEqual(live, [{ run_id: winner, generation: 2 }]);
        const { rows: left } = await client.query(
          `SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '__[0-9a-f]{8}$'`,
        );
        assert.deepEqual(left, []);
      } finally {
        started.hung?.kill('SIGKILL');
        await reader.end();
        await tearDown();
      }
    });
  }

  it('tables below the same views are swapped at the same time, again and again', async function () {
    this.timeout(300_000);
    const { client, tearDown } = await setUp('views');
    const rounds = 15;
    try {
      await client.query(`
        CREATE VIEW application.above AS SELECT v.id, b.name FROM application.both_tables v JOIN application.beta b USING (id);
        CREATE VIEW application.top AS SELECT v.id, a.name FROM application.above v JOIN application.alpha a USING (id)`);
      const definitions = async (): Promise<unknown> =>
        (
          await client.query(
            `SELECT viewname, definition FROM pg_views WHERE schemaname = 'application' AND viewname !~ 'snowmelt' ORDER BY 1`,
          )
        ).rows;
      const before = await definitions();
      const connection = connectionTo(cluster, 'views', 'application');
      const waits: number[] = [];
      const syncs = ['alpha', 'beta'].map(async (name) => {
        const table = tableOf(name, {
          source: `DB.PUBLIC.${name.toUpperCase()}`,
          target: `application.${name}`,
          key: ['id'],
        });
        for (let round = 0; round < rounds; round += 1) {
          const environment = syncEnvironment(connection, source.connection);
          await syncTable(environment, table, { force: false });
          waits.push(environment.events.filter(({ kind }) => kind === 'waiting').length);
        }
      });
      // Both must have ended before their database goes.
      const outcomes = await Promise.allSettled(syncs);
      assert.deepEqual(
        outcomes.filter(({ status }) => status === 'rejected'),
        [],
      );
      console.log(
        `      ${waits.filter((count) => count > 0).length} of ${waits.length} swaps had to wait for another`,
      );
      assert.deepEqual(await definitions(), before);
      const { rows: counted } = await client.query('SELECT count(*)::integer AS rows FROM application.top');
      assert.deepEqual(counted, [{ rows }]);
    } finally {
      await tearDown();
    }
  });

  it('a claim has one holder at a time, however often it changes hands', async function () {
    this.timeout(120_000);
    await createApplicationDatabase(cluster, 'claims');
    const endpoint = connectionTo(cluster, 'claims', 'application');
    const relation = { schema: 'application', name: 'contended' };
    const sessions = await Promise.all(
      Array.from({ length: 8 }, () => PostgresSession.open(endpoint, { applicationName: 'claims test' })),
    );
    let holder: string | undefined;
    let taken = 0;
    let refused = 0;
    const contend = async (session: PostgresSession): Promise<void> => {
      const ledger = await Ledger.open(session, relation.schema);
      while (taken < 400) {
        const run = randomUUID();
        try {
          await ledger.begin(session, { run, table: 'contended', relation, configHash: 'x', identity: testIdentity });
        } catch (error) {
          assert.ok(isSyncError(error, 'claim.held'), String(error));
          refused += 1;
          continue;
        }
        assert.equal(holder, undefined, `${run} has the claim that ${holder ?? ''} has`);
        holder = run;
        taken += 1;
        await session.transaction((transaction) =>
          ledger.fence(transaction, { run, table: 'contended', relation, configHash: 'x', identity: testIdentity }),
        );
        holder = undefined;
        const error = { code: 'cancelled', message: 'test' } as const;
        await ledger.recordFailure(session, run, { status: 'cancelled', error, stepMs: {}, stagingDropped: true });
      }
    };
    try {
      await Promise.all(sessions.map(contend));
      const client = await connect(cluster, 'claims', 'application');
      assert.deepEqual(await runsOf(client, 'abandoned'), [], 'a living run lost its claim');
      await client.end();
      console.log(`      taken ${taken} times, refused ${refused} times`);
    } finally {
      await Promise.all(sessions.map((session) => session.close()));
    }
  });
});

function assertHeld(error: TableDocument['error'], winner: { run: string; processId: number } | undefined): void {
  assert.ok(error && winner);
  assert.equal(error.code, 'claim.held');
  assert.match(error.details.holder, new RegExp(`process ${winner.processId}\\)$`));
  assert.ok(error.message.includes(error.details.holder));
  assert.equal(error.details.runId, winner.run);
}

/** From when to when a run went on, by its events. */
function spanOf(workers: readonly Worker[], run: string): { readonly from: number; readonly to: number } {
  const at = workers.flatMap(({ events }) => events.filter(({ event }) => event.run === run).map((event) => event.at));
  return { from: Math.min(...at), to: Math.max(...at) };
}
