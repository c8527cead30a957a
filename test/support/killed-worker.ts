import assert from 'node:assert/strict';
import type pg from 'pg';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import { connect, createApplicationDatabase, startPostgresCluster, type PostgresCluster } from './postgres-cluster.ts';
import { startSource, type TestSource } from './source.ts';
import { runWorker, writeWorkerConfig, type WorkerConfig, type WorkerResult } from './worker.ts';

/** What is told of a run by `history --json`. */
interface ToldRun {
  readonly status: string;
  readonly mode: string | null;
}

/** The built command, which syncs DB.PUBLIC.T to application.t, is killed while it does, and leaves things behind. */
export class KilledWorker {
  readonly source: TestSource;
  /** Looks at the target, as the role that syncs. */
  readonly client: pg.Client;
  private readonly cluster: PostgresCluster;
  private readonly config: WorkerConfig;

  private constructor(cluster: PostgresCluster, source: TestSource, client: pg.Client, config: WorkerConfig) {
    this.cluster = cluster;
    this.source = source;
    this.client = client;
    this.config = config;
  }

  /** @param table what the configuration says of the table beyond where it is and that `id` is its key. */
  static async setUp(table: Readonly<Record<string, unknown>>): Promise<KilledWorker> {
    const cluster = await startPostgresCluster();
    const source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'killed');
    const client = await connect(cluster, 'killed', 'application');
    const target = { host: cluster.host, port: cluster.port, database: 'killed', user: 'application' };
    const config = await writeWorkerConfig(source, target, {
      t: { source: 'DB.PUBLIC.T', target: 'application.t', key: ['id'], ...table },
    });
    return new KilledWorker(cluster, source, client, config);
  }

  /** A sync that nobody kills, and that must succeed. */
  async sync(...flags: readonly string[]): Promise<WorkerResult> {
    const result = await runWorker(this.config, ['sync', 't', '--json', ...flags]);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result;
  }

  /** A sync that is killed at the first event that fits. @throws where none does. */
  async syncUntil(fits: (event: SyncEvent) => boolean): Promise<void> {
    const { signal, stderr } = await runWorker(this.config, ['sync', 't', '--json'], (event, child) => {
      if (fits(event)) child.kill('SIGKILL');
    });
    assert.equal(signal, 'SIGKILL', `the moment never came\n${stderr}`);
  }

  /** Waits for what the server still does for the dead client: before that the table may yet change. */
  async serverHasEnded(): Promise<void> {
    for (;;) {
      const { rows } = await this.client.query(
        `SELECT FROM pg_stat_activity WHERE application_name LIKE 'snowmelt:t:%' AND pid <> pg_backend_pid()`,
      );
      if (rows.length === 0) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async lastRun(): Promise<ToldRun | undefined> {
    const { stdout } = await runWorker(this.config, ['history', 't', '--json', '--limit', '1']);
    return (JSON.parse(stdout) as { runs: ToldRun[] }).runs[0];
  }

  /** Staging tables that runs have left, by their names. */
  async leftTables(): Promise<readonly string[]> {
    const { rows } = await this.client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^(snowmelt_)?t__[0-9a-f]{8}$'`,
    );
    return rows.map(({ name }) => name);
  }

  async close(): Promise<void> {
    await this.config.remove();
    await this.client.end();
    await this.source.close();
    await this.cluster.stop();
  }
}
