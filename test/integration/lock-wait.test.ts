import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import {
  connect,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { soak } from '../support/random.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { runWorker, writeWorkerConfig, type WorkerConfig, type WorkerResult } from '../support/worker.ts';

/** How long a reader keeps its transaction open, in ms. */
const holdMs = soak ? 10_000 : 3_000;
/** What other readers may wait while a swap tries to get its locks, in ms: the lock timeout, 500, and as much again for a busy machine. */
const longestWaitMs = 1_000;
const largeRows = soak ? 1_000_000 : 100_000;

type Waiting = Extract<SyncEvent, { kind: 'waiting' }>;

interface LockTimeoutDocument {
  readonly code: string;
  readonly message: string;
  readonly details: { readonly attempts: number; readonly waitedMs: number; readonly holders: Waiting['holders'] };
}

/** A session with an open transaction that has read something, as a forgotten psql would have. */
interface Holder {
  readonly pid: number;
  readonly query: string;
  release(): Promise<void>;
}

describe('a swap that waits, and the readers', () => {
  let cluster: PostgresCluster;
  let source: TestSource;
  let config: WorkerConfig;
  let owner: pg.Client;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'waiting');
    const admin = await connect(cluster, 'waiting', 'postgres');
    await admin.query('CREATE ROLE reader LOGIN');
    await admin.end();
    owner = await connect(cluster, 'waiting', 'application');
    await owner.query(`
      GRANT USAGE ON SCHEMA application TO reader;
      ALTER DEFAULT PRIVILEGES IN SCHEMA application GRANT SELECT ON TABLES TO reader;
      CREATE TABLE application.kinds (kind text PRIMARY KEY);
      INSERT INTO application.kinds VALUES ('overhead');
      CREATE TABLE application.referring (id bigint PRIMARY KEY, kind text REFERENCES application.kinds, round integer)`);
    const target = { host: cluster.host, port: cluster.port, database: 'waiting', user: 'application' };
    const table = { source: 'DB.PUBLIC.T', key: ['id'], indexes: ['kind'] };
    config = await writeWorkerConfig(source, target, {
      renamed: { ...table, target: 'application.renamed' },
      merged: { ...table, target: 'application.merged', strategy: 'merge' },
      truncated: { ...table, target: 'application.truncated', strategy: 'truncate' },
      referring: { ...table, target: 'application.referring', lockWait: '30s' },
      impatient: { ...table, target: 'application.impatient', lockTimeout: '200ms', lockWait: '1s' },
      large: { ...table, source: 'DB.PUBLIC.LARGE', target: 'application.large' },
    });
    await fill('T', 1_000);
    for (const name of ['renamed', 'merged', 'truncated', 'impatient', 'referring']) await synced(name);
    await owner.query(`
      CREATE VIEW application.inner_view AS SELECT * FROM application.renamed;
      CREATE VIEW application.outer_view AS SELECT v.id, t.kind FROM application.inner_view v JOIN application.renamed t ON t.id = v.id`);
  });

  after(async () => {
    await config.remove();
    await owner.end();
    await source.close();
    await cluster.stop();
  });

  let round = 0;
  const fill = (name: string, rows: number): Promise<unknown> => {
    round += 1;
    return source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.${name} AS
         SELECT SEQ4() AS ID, 'overhead'::VARCHAR AS KIND, ${round}::NUMBER(9,0) AS ROUND FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
    );
  };

  /** Runs the worker in a process of its own, so that what the readers here wait for is the server and not this process. */
  const run = async (
    name: string,
    onEvent: (event: SyncEvent) => void = () => undefined,
  ): Promise<WorkerResult & { readonly waiting: readonly Waiting[] }> => {
    const waiting: Waiting[] = [];
    const result = await runWorker(config, ['sync', name, '--json'], (event) => {
      if (event.kind === 'waiting') waiting.push(event);
      onEvent(event);
    });
    return { ...result, waiting };
  };

  const synced = async (name: string, onEvent?: (event: SyncEvent) => void): Promise<readonly Waiting[]> => {
    const { code, stdout, stderr, waiting } = await run(name, onEvent);
    assert.equal(code, 0, stdout + stderr);
    return waiting;
  };

  const roundsIn = async (name: string): Promise<readonly number[]> =>
    (await owner.query<{ round: number }>(`SELECT DISTINCT round FROM application.${name}`)).rows.map(
      (row) => row.round,
    );

  /**
   * Runs `body` while two sessions run each of the statements in a loop. @returns the longest that one of them took, in ms.
   * @param onTaken told how long each took, and when it ended.
   */
  const whileRunning = async (
    statements: readonly string[],
    body: () => Promise<void>,
    onTaken: (ms: number, endedAt: number) => void = () => undefined,
  ): Promise<number> => {
    const running = { on: true };
    let longest = 0;
    const sessions = await Promise.all(
      [...statements, ...statements].map(async (statement) => ({
        statement,
        client: await connect(cluster, 'waiting', 'application'),
      })),
    );
    const loops = sessions.map(async ({ statement, client }) => {
      while (running.on) {
        const startedAt = performance.now();
        await client.query(statement);
        const endedAt = performance.now();
        longest = Math.max(longest, endedAt - startedAt);
        onTaken(endedAt - startedAt, endedAt);
        // Without a pause they would measure the machine instead of the locks.
        await delay(2);
      }
    });
    try {
      await body();
    } finally {
      running.on = false;
      await Promise.all(loops);
      await Promise.all(sessions.map(({ client }) => client.end()));
    }
    return Math.round(longest);
  };

  const whileReading = (
    relations: readonly string[],
    body: () => Promise<void>,
    onTaken?: (ms: number, endedAt: number) => void,
  ): Promise<number> =>
    whileRunning(
      relations.map((relation) => `SELECT count(*) FROM application.${relation} WHERE id = 7`),
      body,
      onTaken,
    );

  const hold = async (relation: string, user: string): Promise<Holder> => {
    const client = await connect(cluster, 'waiting', user);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const query = `SELECT count(*) FROM application.${relation}`;
    await client.query('BEGIN');
    await client.query(query);
    return { pid: rows[0]?.pid ?? 0, query, release: () => client.end() };
  };

  const assertReported = (waiting: readonly Waiting[], holder: Holder): void => {
    assert.ok(waiting.length > 0, 'the run did not say that it waits');
    for (const { holders } of waiting) {
      assert.equal(holders[0]?.pid, holder.pid, JSON.stringify(holders));
      assert.equal(holders[0].query, holder.query);
      assert.equal(holders[0].user, 'application');
    }
    const last = waiting.at(-1);
    assert.ok((last?.waitedMs ?? 0) > holdMs / 2 && (last?.holders[0]?.ageMs ?? 0) > holdMs / 2, JSON.stringify(last));
  };

  for (const [name, held, read] of [
    ['renamed', 'renamed', ['renamed', 'inner_view', 'outer_view']],
    ['renamed', 'outer_view', ['renamed', 'inner_view', 'outer_view']],
    ['truncated', 'truncated', ['truncated']],
  ] as const) {
    it(`${name}: a reader of ${held} for ${holdMs} ms delays the swap, other readers less than ${longestWaitMs} ms`, async function () {
      this.timeout(120_000);
      const before = await roundsIn(name);
      await fill('T', 1_000);
      const holder = await hold(held, 'application');
      let waiting: readonly Waiting[] = [];
      let during: Promise<readonly number[]> | undefined;
      const longest = await whileReading(read, async () => {
        waiting = await synced(name, (event) => {
          if (event.kind !== 'step-started' || event.step !== 'swap') return;
          during = delay(holdMs)
            .then(() => roundsIn(name))
            .finally(() => holder.release());
        });
      });
      console.log(`      ${waiting.length} attempts in vain; the longest wait of the other readers was ${longest} ms`);
      assert.deepEqual(await during, before, 'the swap went past a reader');
      assertReported(waiting, holder);
      assert.ok(longest < longestWaitMs, `a reader waited for ${longest} ms`);
      assert.deepEqual(await roundsIn(name), [round]);
    });
  }

  it('merged: a reader delays nothing', async function () {
    this.timeout(120_000);
    await fill('T', 1_000);
    const holder = await hold('merged', 'application');
    try {
      assert.deepEqual(await synced('merged'), []);
      assert.deepEqual(await roundsIn('merged'), [round]);
    } finally {
      await holder.release();
    }
  });

  it('locks that are held one after the other are waited for no longer, all in all, than one', async function () {
    this.timeout(120_000);
    await fill('T', 1_000);
    const holders = [await hold('outer_view', 'application'), await hold('inner_view', 'application')];
    const last = await hold('renamed', 'application');
    const watcher = await connect(cluster, 'waiting', 'postgres');
    /** Resolves when a session of the worker waits for a lock on the relation. */
    const waitedFor = async (relation: string): Promise<void> => {
      for (;;) {
        const { rows } = await watcher.query(
          `SELECT FROM pg_locks JOIN pg_stat_activity a USING (pid) WHERE NOT granted AND relation = $1::regclass AND a.application_name LIKE 'snowmelt:%'`,
          [`application.${relation}`],
        );
        if (rows.length > 0) return;
        await delay(5);
      }
    };
    let letGo: Promise<void> | undefined;
    const longest = await whileReading(['outer_view'], async () => {
      await synced('renamed', (event) => {
        if (event.kind !== 'step-started' || event.step !== 'swap') return;
        letGo = (async () => {
          for (const [index, relation] of ['outer_view', 'inner_view'].entries()) {
            await waitedFor(relation);
            // Almost the whole of the lock timeout, then the next of the locks is in the way.
            await delay(400);
            await holders[index]?.release();
          }
          await waitedFor('renamed');
          await delay(2_000);
          await last.release();
        })();
      });
      await letGo;
    });
    await watcher.end();
    console.log(`      the longest wait of a reader was ${longest} ms`);
    assert.ok(longest < longestWaitMs, `a reader waited for ${longest} ms`);
    assert.deepEqual(await roundsIn('renamed'), [round]);
  });

  it('gives up after lockWait, says who was in the way, and leaves the table as it was', async function () {
    this.timeout(120_000);
    const before = await roundsIn('impatient');
    await fill('T', 1_000);
    const holder = await hold('impatient', 'application');
    try {
      const { code, stdout, waiting } = await run('impatient');
      assert.equal(code, 1);
      const { error } = JSON.parse(stdout) as { error: LockTimeoutDocument };
      assert.equal(error.code, 'swap.lockTimeout');
      assert.match(error.message, new RegExp(`process ${holder.pid} \\(application\\)`));
      assert.ok(error.message.includes(holder.query));
      assert.equal(error.details.holders[0]?.pid, holder.pid);
      assert.ok(error.details.waitedMs >= 1_000 && error.details.attempts === waiting.length + 1);
      assert.deepEqual(await roundsIn('impatient'), before);
    } finally {
      await holder.release();
    }
    await synced('impatient');
    assert.deepEqual(await roundsIn('impatient'), [round]);
  });

  it('names a blocker of another role, whose query it may not see', async function () {
    this.timeout(120_000);
    await fill('T', 1_000);
    const holder = await hold('impatient', 'reader');
    const { waiting } = await run('impatient').finally(() => holder.release());
    assert.ok(waiting.length > 0);
    for (const { holders } of waiting) {
      assert.equal(holders[0]?.pid, holder.pid);
      assert.equal(holders[0].user, 'reader');
      assert.match(holders[0].query, /not visible/);
    }
  });

  it('a writer of the table that a foreign key refers to is waited for, is named, and keeps no other writer or reader long', async function () {
    this.timeout(120_000);
    await fill('T', 1_000);
    const writer = await connect(cluster, 'waiting', 'application');
    const { rows } = await writer.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const query = `UPDATE application.kinds SET kind = kind WHERE kind = 'never'`;
    await writer.query(`BEGIN; ${query}`);
    let released: Promise<void> | undefined;
    let waiting: readonly Waiting[] = [];
    const longest = await whileRunning(
      [
        `SELECT FROM application.kinds`,
        `UPDATE application.kinds SET kind = kind WHERE kind = 'nowhere'`,
        `SELECT count(*) FROM application.referring`,
      ],
      async () => {
        waiting = await synced('referring', (event) => {
          if (event.kind === 'step-started' && event.step === 'stage')
            released = delay(holdMs).then(() => writer.end());
        });
        await released;
      },
    );
    console.log(`      the longest wait of another was ${longest} ms`);
    assert.ok(longest < longestWaitMs, `another waited for ${longest} ms`);
    assert.ok(waiting.length > 0);
    for (const { holders } of waiting) {
      assert.equal(holders[0]?.pid, rows[0]?.pid, JSON.stringify(holders));
      assert.ok(holders[0]?.query.includes(query));
    }
    assert.deepEqual(await roundsIn('referring'), [round]);
  });

  it('a reader of the table that a foreign key refers to is named', async function () {
    this.timeout(120_000);
    await fill('T', 1_000);
    const holder = await hold('kinds', 'application');
    let waiting: readonly Waiting[] = [];
    const longest = await whileReading(['referring'], async () => {
      waiting = await synced('referring', (event) => {
        if (event.kind === 'step-started' && event.step === 'swap') void delay(holdMs).then(() => holder.release());
      });
    });
    console.log(`      the longest wait of a reader was ${longest} ms`);
    assertReported(waiting, holder);
    assert.ok(longest < longestWaitMs, `a reader waited for ${longest} ms`);
    assert.deepEqual(await roundsIn('referring'), [round]);
  });

  it(`nobody in the way: the readers of ${largeRows.toLocaleString('en')} rows`, async function () {
    this.timeout(600_000);
    await fill('LARGE', largeRows);
    await synced('large');
    await owner.query('CREATE VIEW application.large_view AS SELECT * FROM application.large');
    await fill('LARGE', largeRows);
    const idle = await whileReading(['large', 'large_view'], () => delay(1_000));
    let [swapMs, swapAt, swapEnd] = [0, Infinity, -Infinity];
    const taken: { readonly ms: number; readonly endedAt: number }[] = [];
    const longest = await whileReading(
      ['large', 'large_view'],
      async () => {
        await synced('large', (event) => {
          if (event.kind === 'step-started' && event.step === 'swap') swapAt = performance.now();
          if (event.kind !== 'step-finished' || event.step !== 'swap') return;
          swapEnd = performance.now();
          swapMs = event.ms;
        });
      },
      (ms, endedAt) => taken.push({ ms, endedAt }),
    );
    // What else is slow is the machine, which has a table to load and indexes to build.
    const inSwap = taken.filter(({ ms, endedAt }) => endedAt > swapAt && endedAt - ms < swapEnd);
    const longestInSwap = Math.round(Math.max(...inSwap.map(({ ms }) => ms)));
    console.log(
      `      the longest wait of a reader was ${longestInSwap} ms around the swap (which took ${swapMs} ms), ${longest} ms in the whole sync, ${idle} ms without one`,
    );
    assert.deepEqual(await roundsIn('large'), [round]);
  });
});
