import assert from 'node:assert/strict';
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

/** Where in the pipeline the worker is killed: at the first event that fits. */
const moments: readonly (readonly [name: string, fits: (event: SyncEvent) => boolean])[] = [
  ['plan begins', (event) => event.kind === 'step-started' && event.step === 'plan'],
  ['extract begins', (event) => event.kind === 'step-started' && event.step === 'extract'],
  ['stage begins', (event) => event.kind === 'step-started' && event.step === 'stage'],
  ['rows are being copied', (event) => event.kind === 'progress'],
  ['indexes are being built', (event) => event.kind === 'detail' && event.step === 'stage'],
  ['verify begins', (event) => event.kind === 'step-started' && event.step === 'verify'],
  ['swap begins', (event) => event.kind === 'step-started' && event.step === 'swap'],
  ['swap has ended', (event) => event.kind === 'step-finished' && event.step === 'swap'],
];

describe('a worker that is killed', () => {
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;
  let config: WorkerConfig;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'killed');
    client = await connect(cluster, 'killed', 'application');
    const target = { host: cluster.host, port: cluster.port, database: 'killed', user: 'application' };
    config = await writeWorkerConfig(source, target, {
      t: { source: 'DB.PUBLIC.T', target: 'application.t', key: ['id'], indexes: ['name'] },
    });
  });

  after(async () => {
    await config.remove();
    await client.end();
    await source.close();
    await cluster.stop();
  });

  const fill = (round: number): Promise<unknown> =>
    source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.T AS
         SELECT SEQ4() AS ID, REPEAT('x', 200) || ${round} AS NAME, ${round} AS ROUND FROM TABLE(GENERATOR(ROWCOUNT => ${60_000 + round}))`,
    );

  const content = async (): Promise<string> => {
    const { rows } = await client.query<{ state: string }>(
      `SELECT concat_ws(' ', count(*), min(round), max(round), count(DISTINCT id)) AS state FROM application.t`,
    );
    return rows[0]?.state ?? '';
  };

  for (const [index, [name, fits]] of moments.entries()) {
    it(`when ${name}: the table stays whole, the next run cleans up`, async function () {
      this.timeout(120_000);
      await fill(2 * index);
      const first = await runWorker(config, ['sync', 't', '--json', '--force']);
      assert.equal(first.code, 0, first.stdout + first.stderr);
      const old = await content();
      await fill(2 * index + 1);
      const expected = `${60_000 + 2 * index + 1} ${2 * index + 1} ${2 * index + 1} ${60_000 + 2 * index + 1}`;

      const killed = await runWorker(config, ['sync', 't', '--json'], (event, child) => {
        if (fits(event)) child.kill('SIGKILL');
      });
      assert.equal(killed.signal, 'SIGKILL', `the moment never came\n${killed.stderr}`);
      // What the server still does for the dead client must end before the table is looked at.
      for (;;) {
        const { rows } = await client.query(
          `SELECT FROM pg_stat_activity WHERE application_name LIKE 'snowmelt:t:%' AND pid <> pg_backend_pid()`,
        );
        if (rows.length === 0) break;
        await new Promise((resolve) => setImmediate(resolve));
      }
      const after = await content();
      assert.ok(after === old || after === expected, `${after} is neither ${old} nor ${expected}`);
      if (name !== 'swap begins' && name !== 'swap has ended') assert.equal(after, old);

      const history = await runWorker(config, ['history', 't', '--json', '--limit', '1']);
      const [run] = (JSON.parse(history.stdout) as { runs: { status: string }[] }).runs;
      assert.equal(run?.status, after === old ? 'abandoned' : 'success');

      const next = await runWorker(config, ['sync', 't', '--json']);
      assert.equal(next.code, 0, next.stdout + next.stderr);
      assert.equal(await content(), expected);
      const { rows: left } = await client.query<{ name: string }>(
        `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind = 'r' AND c.relname ~ '^(snowmelt_)?t__[0-9a-f]{8}$'`,
      );
      assert.deepEqual(left, []);
    });
  }
});
