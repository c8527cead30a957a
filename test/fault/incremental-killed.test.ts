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

type Moment = readonly [name: string, fits: (event: SyncEvent) => boolean];

/** Where in an incremental sync the worker is killed: at the first event that fits. */
const moments = (mode: 'changes' | 'row-diff'): readonly Moment[] => [
  ['plan begins', (event) => event.kind === 'step-started' && event.step === 'plan'],
  ['extract begins', (event) => event.kind === 'step-started' && event.step === 'extract'],
  mode === 'changes'
    ? ['the changes are ready', (event) => event.kind === 'extracted']
    : ['the buckets are compared', (event) => event.kind === 'detail' && event.step === 'extract'],
  ['stage begins', (event) => event.kind === 'step-started' && event.step === 'stage'],
  ...(mode === 'changes'
    ? []
    : [['differing rows are found', (event: SyncEvent) => event.kind === 'detail' && event.step === 'stage'] as const]),
  ['rows are being copied', (event) => event.kind === 'progress'],
  ['stage has ended', (event) => event.kind === 'step-finished' && event.step === 'stage'],
  ['verify begins', (event) => event.kind === 'step-started' && event.step === 'verify'],
  ['swap begins', (event) => event.kind === 'step-started' && event.step === 'swap'],
  ['swap has ended', (event) => event.kind === 'step-finished' && event.step === 'swap'],
];

/** When the new rows may be live already: the kill takes a moment. */
const late = ['swap begins', 'swap has ended'];

for (const mode of ['changes', 'row-diff'] as const) {
  describe(`a worker that is killed in a sync by ${mode}`, () => {
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
        t: { source: 'DB.PUBLIC.T', target: 'application.t', key: ['id'], incremental: mode },
      });
      await source.sql(
        `CREATE TABLE DB.PUBLIC.T AS SELECT SEQ4() AS ID, 'row ' || SEQ4() AS NAME, 0::NUMBER(4,0) AS ROUND FROM TABLE(GENERATOR(ROWCOUNT => 20000))`,
        'ALTER TABLE DB.PUBLIC.T SET CHANGE_TRACKING = TRUE',
      );
      const first = await runWorker(config, ['sync', 't', '--json']);
      assert.equal(first.code, 0, first.stdout + first.stderr);
    });

    after(async () => {
      await config.remove();
      await client.end();
      await source.close();
      await cluster.stop();
    });

    /** Some rows come, some change, some go. */
    const change = (round: number): Promise<unknown> =>
      source.sql(
        `UPDATE DB.PUBLIC.T SET ROUND = ${round} WHERE ID BETWEEN 500 AND 1499`,
        `DELETE FROM DB.PUBLIC.T WHERE ID BETWEEN ${10_000 + 20 * round} AND ${10_009 + 20 * round}`,
        `INSERT INTO DB.PUBLIC.T SELECT ${100_000 + 20 * round} + SEQ4(), 'new', ${round} FROM TABLE(GENERATOR(ROWCOUNT => 20))`,
      );

    const targetRows = async (): Promise<string> => {
      const { rows } = await client.query<{ rows: string }>(
        `SELECT string_agg(concat_ws(',', id, name, round), ';' ORDER BY id) AS rows FROM application.t`,
      );
      return rows[0]?.rows ?? '';
    };
    const sourceRows = async (): Promise<string> => {
      const { rows } = await source.sql('SELECT ID, NAME, ROUND FROM DB.PUBLIC.T ORDER BY ID');
      return rows.map((row) => row.join(',')).join(';');
    };

    for (const [index, [name, fits]] of moments(mode).entries()) {
      it(`when ${name}: the table has the old rows or the new ones, the next run brings the new ones`, async function () {
        this.timeout(120_000);
        const old = await targetRows();
        await change(index + 1);
        const wanted = await sourceRows();
        assert.notEqual(wanted, old);

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
        const after = await targetRows();
        assert.ok(after === old || after === wanted, 'the rows are neither the old ones nor the new ones');
        if (!late.includes(name)) assert.equal(after, old);

        const history = await runWorker(config, ['history', 't', '--json', '--limit', '1']);
        const [run] = (JSON.parse(history.stdout) as { runs: { status: string; mode: string | null }[] }).runs;
        assert.deepEqual(
          [run?.status, run?.mode],
          after === old ? ['abandoned', null] : ['success', mode],
          history.stdout,
        );

        const next = await runWorker(config, ['sync', 't', '--json']);
        assert.equal(next.code, 0, next.stdout + next.stderr);
        assert.equal((JSON.parse(next.stdout) as { mode: string }).mode, mode);
        assert.equal(await targetRows(), wanted);
        const { rows: left } = await client.query<{ name: string }>(
          `SELECT c.relname AS name FROM pg_class c WHERE c.relkind = 'r' AND c.relname ~ '^t__[0-9a-f]{8}$'`,
        );
        assert.deepEqual(left, []);
      });
    }

    it('when nothing has changed: the table is as it was, and the next run finds it so', async function () {
      this.timeout(120_000);
      const before = await targetRows();
      const killed = await runWorker(config, ['sync', 't', '--json'], (event, child) => {
        if (event.kind === 'step-started' && event.step === 'swap') child.kill('SIGKILL');
      });
      assert.equal(killed.signal, 'SIGKILL', killed.stderr);
      const next = await runWorker(config, ['sync', 't', '--json']);
      const { changes } = JSON.parse(next.stdout) as { changes: unknown };
      assert.deepEqual(changes, { inserted: 0, updated: 0, deleted: 0 });
      assert.equal(await targetRows(), before);
    });
  });
}
