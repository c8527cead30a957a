import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import {
  connect,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { runWorker, writeWorkerConfig, type WorkerConfig, type WorkerResult } from '../support/worker.ts';

interface Document {
  readonly status: string;
  readonly tables: readonly {
    readonly status: string;
    readonly different: number | null;
    readonly repaired: number;
    readonly error?: { readonly code: string };
  }[];
}

describe('snowmelt verify, and sync by row-diff, as commands', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;
  let config: WorkerConfig;

  before(async () => {
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await source.sql(
      `CREATE TABLE DB.PUBLIC.T AS SELECT SEQ4() AS ID, 'a | ' || SEQ4() AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 100))`,
    );
    await createApplicationDatabase(cluster, 'verified');
    client = await connect(cluster, 'verified', 'application');
    const target = { host: cluster.host, port: cluster.port, database: 'verified', user: 'application' };
    config = await writeWorkerConfig(source, target, {
      t: { source: 'DB.PUBLIC.T', target: 'application.t', key: ['id'], incremental: 'row-diff' },
      gone: { source: 'DB.PUBLIC.T', target: 'application.gone', key: ['id'] },
    });
    const first = await runWorker(config, ['sync', 't', '--json']);
    assert.equal(first.code, 0, first.stdout + first.stderr);
  });

  after(async () => {
    await config.remove();
    await client.end();
    await source.close();
    await cluster.stop();
  });

  const verify = (...args: readonly string[]): Promise<WorkerResult> => runWorker(config, ['verify', ...args]);
  const document = ({ stdout }: WorkerResult): Document => JSON.parse(stdout) as Document;

  it('ends with 0 where nothing differs', async () => {
    for (const level of ['count', 'checksum', 'diff']) {
      const { code, stdout } = await verify('t', '--level', level);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^equal t: 100 rows/);
    }
  });

  it('ends with 3 where something does, and writes a report', async () => {
    await client.query(`UPDATE application.t SET name = 'changed' WHERE id = 7`);
    assert.equal((await verify('t')).code, 3);
    const file = join(dirname(config.file), 'report.md');
    const { code, stdout } = await verify('t', '--level', 'diff', '--report', file);
    assert.equal(code, 3);
    assert.match(stdout, /^different t: 100 at the source, 100 in the target/);
    const report = await readFile(file, 'utf8');
    assert.match(report, /^# Verification of test\n/);
    assert.match(report, /^## t: different$/m);
    assert.match(report, /^\| different \| `id = 7` \| `name` \| `a \\\| 7` \| `changed` \|$/m);
  });

  it('ends with 2 where the report cannot be written, or a repair is asked for without the rows', async () => {
    assert.equal((await verify('t', '--report', '/nowhere/report.md')).code, 2);
    assert.equal((await verify('t', '--repair')).code, 2);
    assert.equal((await verify('t', '--all-columns', '--level', 'checksum')).code, 2);
  });

  it('ends with 0 where a repair has made the table equal', async () => {
    const repaired = await verify('t', '--level', 'diff', '--repair', '--json');
    assert.equal(repaired.code, 0, repaired.stdout);
    const { status, tables } = document(repaired);
    assert.deepEqual([status, tables[0]?.different, tables[0]?.repaired], ['different', 1, 1]);
    assert.equal((await verify('t', '--level', 'diff', '--all-columns')).code, 0);
  });

  it('ends with 1 where a table could not be compared, whatever the others are', async () => {
    const { code, stdout } = await verify('--json');
    assert.equal(code, 1);
    assert.deepEqual(
      document({ stdout } as WorkerResult).tables.map(({ status, error }) => [status, error?.code]),
      [
        ['equal', undefined],
        ['failed', 'target.missing'],
      ],
    );
  });

  it('syncs what differs, says so, and takes every row with --full', async () => {
    await source.sql(`UPDATE DB.PUBLIC.T SET NAME = 'new' WHERE ID < 3`);
    const some = await runWorker(config, ['sync', 't']);
    assert.match(some.stdout, /^synced t: 100 rows: 0 inserted, 3 updated, 0 deleted, .*; generation \d+, row-diff$/m);
    const none = await runWorker(config, ['sync', 't']);
    assert.match(none.stdout, /^fresh t: 100 rows compared, nothing to change, in .*; generation \d+, row-diff$/m);
    const all = await runWorker(config, ['sync', 't', '--full', '--json']);
    const { mode, mode_reason: reason, changes } = JSON.parse(all.stdout) as Record<string, unknown>;
    assert.deepEqual([mode, reason, changes], ['full', 'asked for', null]);
    const plan = await runWorker(config, ['plan', 't']);
    assert.match(plan.stdout, /^ {2}mode +row-diff: only rows whose hashes differ are moved$/m);
    const history = await runWorker(config, ['history', 't', '--limit', '3']);
    assert.match(history.stdout, /success +100 +none +0 B .*\n.*success +100 +\+0 ±3 -0 /);
  });
});
