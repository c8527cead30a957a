import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type pg from 'pg';
import { CancellationTokenSource, ResponseError } from 'vscode-jsonrpc/node';
import type { ErrorDocument } from '../../src/sync-core/errors.ts';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import type {
  HistoryDocument,
  ProjectDocument,
  RunEventParams,
  SecretParams,
  SyncsDocument,
} from '../../src/worker/protocol/protocol.ts';
import {
  connect,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { framesOf, startServedWorker, type ServedWorker } from '../support/served-worker.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { writeWorkerConfig, type WorkerConfig } from '../support/worker.ts';

const root = join(import.meta.dirname, '../..');
const python = ['python3', 'python'].find((name) => spawnSync(name, ['-c', 'pass']).status === 0);

describe('snowmelt serve, as a process', function () {
  this.timeout(180_000);
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;
  let config: WorkerConfig;
  let worker: ServedWorker;
  const releasers: (() => Promise<unknown>)[] = [];

  before(async () => {
    cluster = await startPostgresCluster();
    releasers.push(() => cluster.stop());
    source = await startSource(cluster);
    releasers.push(() => source.close());
    for (const table of ['ROADS', 'POLES']) {
      await source.sql(
        `CREATE TABLE DB.PUBLIC.${table} (ID NUMBER(9,0), NAME VARCHAR(20))`,
        `INSERT INTO DB.PUBLIC.${table} VALUES (1, 'one'), (2, 'two')`,
      );
    }
    await createApplicationDatabase(cluster, 'served');
    client = await connect(cluster, 'served', 'application');
    releasers.push(() => client.end());
    const target = { host: cluster.host, port: cluster.port, database: 'served', user: 'application' };
    config = await writeWorkerConfig(source, target, {
      roads: { source: 'DB.PUBLIC.ROADS', target: 'application.roads', key: ['id'] },
      poles: { source: 'DB.PUBLIC.POLES', target: 'application.poles', key: ['id'] },
    });
    releasers.push(() => config.remove());
    worker = await startServedWorker(config.env);
    const first = await worker.client.sendRequest<SyncsDocument>('sync', { config: config.file });
    assert.equal(first.status, 'success', JSON.stringify(first));
  });

  after(async () => {
    for (let release; (release = releasers.pop());) await release();
  });

  /** Runs `body` while a reader has the table in an open transaction, for which a swap waits. */
  const whileRead = async <T>(table: string, body: () => Promise<T>): Promise<T> => {
    const reader = await connect(cluster, 'served', 'application');
    try {
      await reader.query('BEGIN');
      await reader.query(`SELECT FROM application.${table}`);
      return await body();
    } finally {
      await reader.end();
    }
  };

  const refused = async (request: Promise<unknown>): Promise<ErrorDocument> => {
    const error: unknown = await request.then(
      (answer) => assert.fail(`it was answered: ${JSON.stringify(answer)}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ResponseError, String(error));
    return error.data as ErrorDocument;
  };

  /** Resolves at an event of an operation. */
  const eventOf = (operation: string, kind: SyncEvent['kind']): Promise<SyncEvent> =>
    new Promise((resolve) => {
      const listener = worker.client.onNotification('run/event', (params: RunEventParams) => {
        if (params.operation !== operation || params.event.kind !== kind) return;
        listener.dispose();
        resolve(params.event);
      });
    });

  /** The live table is whole, and nothing is left of a run that was ended. */
  const isWhole = async (table: string): Promise<void> => {
    const { rows } = await client.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM application.${table}`);
    assert.deepEqual(rows, [{ rows: 2 }]);
    const claims = await client.query('SELECT * FROM application.snowmelt_claims');
    assert.deepEqual(claims.rows, []);
  };

  const lastStatus = async (table: string): Promise<string | undefined> => {
    const params = { config: config.file, tables: [table], limit: 1 };
    const { runs } = await worker.client.sendRequest<HistoryDocument>('history', params);
    return runs[0]?.status;
  };

  it('syncs, tells how it goes, and says who asked for it', async () => {
    const events: SyncEvent[] = [];
    const listener = worker.client.onNotification('run/event', ({ operation, event }: RunEventParams) => {
      if (operation === 'first') events.push(event);
    });
    const params = { config: config.file, tables: ['roads'], operation: 'first' };
    const { status, target, tables } = await worker.client.sendRequest<SyncsDocument>('sync', params);
    listener.dispose();
    assert.deepEqual([status, target], ['success', 'test']);
    const [roads] = tables;
    assert.ok(roads?.status === 'success');
    assert.deepEqual([roads.table, roads.rows_synced, roads.final_count], ['roads', 2, 2]);
    assert.ok(events.every(({ run }) => run === roads.run));
    assert.deepEqual([events[0]?.kind, events.at(-1)?.kind], ['run-started', 'run-finished']);
    const { runs } = await worker.client.sendRequest<HistoryDocument>('history', { config: config.file, limit: 1 });
    assert.equal(runs[0]?.run, roads.run);
    assert.match(runs[0].client, /^snowmelt \d.* \(test 1\.0\)$/);
  });

  it('works on several requests at the same time', async () => {
    await whileRead('roads', async () => {
      const waiting = eventOf('slow', 'waiting');
      const token = new CancellationTokenSource();
      const params = { config: config.file, tables: ['roads'], operation: 'slow' };
      const slow = refused(worker.client.sendRequest('sync', params, token.token));
      await waiting;
      const poles = { config: config.file, tables: ['poles'] };
      assert.equal((await worker.client.sendRequest<SyncsDocument>('sync', poles)).status, 'success');
      const again = await worker.client.sendRequest<SyncsDocument>('sync', { ...params, operation: 'again' });
      assert.ok(again.tables[0]?.status === 'failed');
      assert.equal(again.tables[0].error.code, 'claim.held');
      token.cancel();
      assert.equal((await slow).code, 'cancelled');
    });
  });

  it('cancels a sync in the middle: the table is whole, and history says so', async () => {
    await whileRead('roads', async () => {
      const waiting = eventOf('cancelled', 'waiting');
      const token = new CancellationTokenSource();
      const params = { config: config.file, tables: ['roads', 'poles'], operation: 'cancelled' };
      const request = refused(worker.client.sendRequest('sync', params, token.token));
      await waiting;
      token.cancel();
      const { code, details } = await request;
      assert.equal(code, 'cancelled');
      const { tables } = details as SyncsDocument;
      assert.deepEqual(
        tables.map((table) => [table.table, table.status === 'failed' && table.error.code]),
        [
          ['roads', 'cancelled'],
          ['poles', 'cancelled'],
        ],
      );
    });
    await isWhole('roads');
    assert.equal(await lastStatus('roads'), 'cancelled');
    assert.equal(await lastStatus('poles'), 'success');
  });

  it('asks for a secret by the id that project/read lists, and again after it was wrong', async () => {
    const file = join(dirname(config.file), 'prompted.json');
    const text = await readFile(config.file, 'utf8');
    await writeFile(file, text.replace('{"env":"SOURCE_PASSWORD"}', '{"prompt":true}'));
    const asking = await startServedWorker(config.env, { secrets: true });
    const asked: string[] = [];
    asking.client.onRequest('secret/get', ({ id, config: of }: SecretParams) => {
      assert.equal(of, file);
      asked.push(id);
      return { secret: asked.length === 1 ? 'wr0ngpass' : source.connection.password };
    });
    const project = await asking.client.sendRequest<ProjectDocument>('project/read', { config: file });
    const wrong = await asking.client.sendRequest<SyncsDocument>('sync', { config: file, tables: ['roads'] });
    assert.ok(wrong.tables[0]?.status === 'failed');
    assert.equal(wrong.tables[0].error.code, 'snowflake.auth');
    const right = await asking.client.sendRequest<SyncsDocument>('sync', { config: file, tables: ['roads'] });
    assert.equal(right.status, 'success');
    assert.deepEqual(asked, ['source/password', 'source/password']);
    assert.deepEqual(
      project.source?.secrets.map(({ id }) => id),
      ['source/password'],
    );
    assert.equal(await asking.close(), 0);
    assert.doesNotMatch(asking.stdout().toString() + asking.stderr(), /wr0ngpass/);
  });

  it('ends by itself, cleaned up, when its client is gone', async () => {
    await whileRead('roads', async () => {
      const other = await startServedWorker(config.env);
      const waiting = new Promise<void>((resolve) => {
        other.client.onNotification('run/event', ({ event }: RunEventParams) => {
          if (event.kind === 'waiting') resolve();
        });
      });
      const params = { config: config.file, tables: ['roads'], operation: 'gone' };
      other.client.sendRequest('sync', params).catch(() => undefined);
      await waiting;
      for (const stream of other.child.stdio) stream?.destroy();
      const [code] = (await once(other.child, 'exit')) as [number | null];
      assert.equal(code, 0);
      other.client.dispose();
    });
    await isWhole('roads');
    assert.equal(await lastStatus('roads'), 'cancelled');
  });

  describe('the client in Python', () => {
    const start = (): ReturnType<typeof spawn> & { lines: string[]; said: (what: RegExp) => Promise<void> } => {
      assert.ok(python, 'There is no Python: apt-get install python3.');
      const script = join(root, 'examples/python-client/sync_table.py');
      const worked = `${process.execPath} ${join(root, 'dist/snowmelt.mjs')} serve`;
      const child = spawn(python, [script, config.file, 'roads', '--worker', worked], {
        env: { ...config.env, PYTHONDONTWRITEBYTECODE: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const lines: string[] = [];
      const reader = createInterface({ input: child.stderr });
      reader.on('line', (line) => lines.push(line));
      const said = async (what: RegExp): Promise<void> => {
        while (!lines.some((line) => what.test(line))) await once(reader, 'line');
      };
      return Object.assign(child, { lines, said });
    };

    it('syncs a table, and prints the result', async () => {
      const child = start();
      let stdout = '';
      child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      assert.equal(code, 0, child.lines.join('\n'));
      const { status, tables } = JSON.parse(stdout) as SyncsDocument;
      assert.deepEqual([status, tables[0]?.table], ['success', 'roads']);
      assert.ok(child.lines.some((line) => line.startsWith('roads: swap took')));
    });

    it('cancels on Ctrl-C', async () => {
      await whileRead('roads', async () => {
        const child = start();
        await child.said(/^roads: verify took/);
        child.kill('SIGINT');
        const [code] = (await once(child, 'close')) as [number | null];
        assert.equal(code, 130, child.lines.join('\n'));
      });
      await isWhole('roads');
      assert.equal(await lastStatus('roads'), 'cancelled');
    });

    it('takes the worker with it when it is killed', async () => {
      await whileRead('roads', async () => {
        const child = start();
        await child.said(/^roads: verify took/);
        child.kill('SIGKILL');
        // Its stderr is the worker's too, and closes with the last of them.
        await once(child, 'close');
      });
      await isWhole('roads');
      assert.equal(await lastStatus('roads'), 'cancelled');
    });
  });

  // Last: a describe runs after the tests beside it.
  describe('after all that', () => {
    it('has written nothing but frames, and ends with 0', async () => {
      assert.equal(await worker.close(), 0);
      assert.ok(framesOf(worker.stdout()).length > 20);
      assert.equal(worker.stderr(), '');
    });
  });
});
