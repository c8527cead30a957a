import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { localPostgisStatus, startLocalPostgis, stopLocalPostgis } from '../../src/local/postgis/control.ts';
import type { LocalPostgis } from '../../src/local/postgis/control.ts';
import { DataFolder } from '../../src/local/postgis/data-folder.ts';
import { openEmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import { identifyServer } from '../../src/local/postgis/identify.ts';
import { identifyProcess, isAlive } from '../../src/local/postgis/process-identity.ts';

describe('the process of the embedded PostGIS', function () {
  this.timeout(120_000);
  let scratch: string;
  let dataDir: string;

  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'snowmelt-postgis-'));
    dataDir = join(scratch, 'data');
  });

  afterEach(async () => {
    await stopLocalPostgis(dataDir);
    await rm(scratch, { recursive: true, force: true });
  });

  async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(url);
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Kills the server's process outright; resolves when it is gone. */
  async function kill({ pid }: LocalPostgis): Promise<void> {
    const identity = await identifyProcess(pid);
    process.kill(pid, 'SIGKILL');
    while (await isAlive(identity)) await new Promise((resolve) => setImmediate(resolve));
  }

  it('starts, is found, keeps its data and its port over a stop', async () => {
    const steps: string[] = [];
    const started = await startLocalPostgis({ dataDir, onProgress: (step) => steps.push(step) });
    assert.equal(started.alreadyRunning, false);
    assert.equal(started.url, `postgresql://postgres@127.0.0.1:${started.port}/postgres`);
    assert.match(`${started.version} ${started.postgisVersion}`, /^18\.\d+ 3\.\d+\.\d+$/);
    assert.ok(steps.includes('loading'));
    assert.notEqual(started.pid, process.pid);
    assert.deepEqual(
      { ...(await localPostgisStatus(dataDir)), alreadyRunning: false },
      { state: 'running', ...started },
    );
    assert.deepEqual(await startLocalPostgis({ dataDir }), { ...started, alreadyRunning: true });
    await query(started.url, `CREATE TABLE t AS SELECT ST_Point(1, 2) AS p`);

    assert.equal(await stopLocalPostgis(dataDir), true);
    assert.deepEqual(await localPostgisStatus(dataDir), { state: 'stopped' });
    assert.equal(await stopLocalPostgis(dataDir), false);
    await assert.rejects(query(started.url, 'SELECT 1'), { code: 'ECONNREFUSED' });

    const again = await startLocalPostgis({ dataDir });
    assert.equal(again.port, started.port);
    assert.deepEqual(await query(again.url, 'SELECT ST_AsText(p) AS p FROM t'), [{ p: 'POINT(1 2)' }]);
  });

  it('disconnects its clients when it stops, in the middle of a statement too', async () => {
    const { url } = await startLocalPostgis({ dataDir });
    const busy = query(url, 'CREATE TABLE lost AS SELECT pg_sleep(1000)');
    const idle = new pg.Client(url);
    const told = new Promise<Error & { code?: string }>((resolve) => idle.on('error', resolve));
    await idle.connect();
    const ended = assert.rejects(busy);
    assert.equal(await stopLocalPostgis(dataDir), true);
    await ended;
    assert.equal((await told).code, '57P01');
    await idle.end();
    const again = await startLocalPostgis({ dataDir });
    assert.deepEqual(await query(again.url, `SELECT to_regclass('lost') AS lost`), [{ lost: null }]);
  });

  it('is one for several starts at once', async () => {
    const started = await Promise.all(Array.from({ length: 4 }, () => startLocalPostgis({ dataDir })));
    assert.equal(new Set(started.map(({ pid }) => pid)).size, 1);
    assert.equal(started.filter(({ alreadyRunning }) => !alreadyRunning).length, 1);
  });

  it('has after a kill what was committed, and nothing else', async () => {
    const first = await startLocalPostgis({ dataDir });
    await query(first.url, 'CREATE TABLE t (n int, filler text); CREATE INDEX ON t (n)');
    const client = new pg.Client(first.url);
    client.on('error', () => undefined);
    await client.connect();
    let committed = 0;
    const writing = (async () => {
      for (;;) {
        const from = committed;
        const lines = Array.from({ length: 2000 }, (_, i) => `${from + i}\t${'x'.repeat(200)}\n`).join('');
        await pipeline(Readable.from([lines]), client.query(copyFrom('COPY t FROM STDIN')));
        committed += 2000;
        if (committed >= 20_000) void kill(first);
      }
    })();
    await assert.rejects(writing);
    await client.end().catch(() => undefined);
    assert.deepEqual(await localPostgisStatus(dataDir), { state: 'stopped' });

    const again = await startLocalPostgis({ dataDir });
    assert.equal(again.alreadyRunning, false);
    const [found] = await query(
      again.url,
      'SELECT count(*)::int AS n, count(DISTINCT n)::int AS d, max(n) + 1 AS top FROM t',
    );
    assert.ok(found);
    const n = found.n as number;
    assert.deepEqual(found, { n, d: n, top: n });
    assert.ok(n === committed || n === committed + 2000, `${n} rows of ${committed} committed`);
    assert.deepEqual(await query(again.url, 'SELECT 1 AS one FROM t WHERE n = 19999'), [{ one: 1 }]);
  });

  it('starts over a first start that was killed at any moment', async () => {
    for (const step of ['loading', 'accepting-connections'] as const) {
      const abort = new AbortController();
      await assert.rejects(
        startLocalPostgis({
          dataDir,
          signal: abort.signal,
          onProgress: (now) => {
            if (now === step || step !== 'loading') abort.abort(new Error('enough'));
          },
        }),
        /enough/,
      );
    }
    const { url } = await startLocalPostgis({ dataDir });
    assert.match(String((await query(url, 'SELECT postgis_version() AS v'))[0]?.v), /^3\./);
  });

  it('is not mistaken for a process that has its pid or a server that has its port', async () => {
    const folder = new DataFolder(dataDir);
    await folder.create();
    const stranger = createServer((socket) => socket.resume().end('hello\n'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as AddressInfo;
    const state = { instance: 'x', port, url: '', version: '', postgisVersion: '', startedAt: '' };
    await folder.writeState({ ...state, process: await identifyProcess(process.pid) });
    assert.deepEqual(await localPostgisStatus(dataDir), { state: 'stopped' });
    await folder.writeState({ ...state, process: { pid: process.pid, started: 'another time' } });
    assert.deepEqual(await localPostgisStatus(dataDir), { state: 'stopped' });
    await writeFile(join(dataDir, 'postmaster.json'), '{"process":');
    assert.deepEqual(await localPostgisStatus(dataDir), { state: 'stopped' });

    const started = await startLocalPostgis({ dataDir });
    assert.notEqual(started.port, port, 'the last port is taken, so it takes another');
    await new Promise((resolve) => stranger.close(resolve));
  });

  it('ends by itself when its folder is gone', async () => {
    const { pid } = await startLocalPostgis({ dataDir });
    const identity = await identifyProcess(pid);
    await rm(dataDir, { recursive: true });
    while (await isAlive(identity)) await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('names the port that is taken', async () => {
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as AddressInfo;
    await assert.rejects(startLocalPostgis({ dataDir, port }), {
      code: 'port-in-use',
      message: new RegExp(`port ${port} of 127`),
    });
    assert.deepEqual(await localPostgisStatus(dataDir), { state: 'stopped' });
    await new Promise((resolve) => stranger.close(resolve));
  });

  it('refuses the folder of another PostgreSQL', async () => {
    await mkdir(join(dataDir, 'pgdata'), { recursive: true });
    await writeFile(join(dataDir, 'pgdata', 'PG_VERSION'), '15\n');
    await assert.rejects(startLocalPostgis({ dataDir }), {
      code: 'data-folder-unusable',
      message: /belongs to PostgreSQL 15/,
    });
  });

  it('keeps nothing on disk when it is to be in memory', async () => {
    const { url } = await startLocalPostgis({ dataDir, inMemory: true });
    await query(url, 'CREATE TABLE t (n int)');
    assert.equal((await localPostgisStatus(dataDir)).state, 'running');
    assert.ok(!(await readdir(dataDir)).includes('pgdata'));
    await stopLocalPostgis(dataDir);
  });

  it('says so in its log when it cannot start', async () => {
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(dataDir, 'pgdata'), 'a file, not a folder');
    await assert.rejects(startLocalPostgis({ dataDir }), { code: 'data-folder-unusable' });
    assert.match(await readFile(join(dataDir, 'postgis.log'), 'utf8'), /is there and is no PostgreSQL database/);
  });
});

describe('an embedded PostGIS inside another process', function () {
  this.timeout(120_000);
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'snowmelt-postgis-'));
  });

  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('excludes every other one from its folder', async () => {
    const postgis = await openEmbeddedPostgis({ dataDir });
    await assert.rejects(openEmbeddedPostgis({ dataDir }), { code: 'data-folder-in-use' });
    assert.deepEqual(await localPostgisStatus(dataDir), { state: 'busy', pid: process.pid });
    await postgis.close();
    assert.deepEqual(await localPostgisStatus(dataDir), { state: 'stopped' });
  });

  it('takes checkpoints and vacuums, as a server does', async () => {
    const postgis = await openEmbeddedPostgis({ dataDir });
    const client = new pg.Client(postgis.url);
    try {
      await client.connect();
      await client.query('CREATE TABLE t (n int, filler text)');
      const { rows: start } = await client.query<{ lsn: string }>('SELECT pg_current_wal_lsn() AS lsn');
      for (let i = 0; i < 4; i += 1) {
        await client.query(`TRUNCATE t; INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, 200000) n`);
      }
      await client.query('DELETE FROM t WHERE n % 2 = 0');
      const segments = async () =>
        (await readdir(join(dataDir, 'pgdata', 'pg_wal'))).filter((name) => /^[0-9A-F]{24}$/.test(name)).length;
      const { rows: logged } = await client.query<{ mb: number }>(
        `SELECT (pg_wal_lsn_diff(pg_current_wal_lsn(), $1) / 1048576)::int AS mb`,
        [start[0]?.lsn],
      );
      assert.ok((logged[0]?.mb ?? 0) > 100, `${logged[0]?.mb} MB were logged`);
      while ((await segments()) > 80) await new Promise((resolve) => setTimeout(resolve, 100));
      for (;;) {
        const { rows } = await client.query(`SELECT n_dead_tup::int AS dead, n_mod_since_analyze::int AS unanalyzed
          FROM pg_stat_user_tables WHERE relname = 't' AND last_vacuum IS NOT NULL`);
        if (rows.length > 0) {
          assert.deepEqual(rows, [{ dead: 0, unanalyzed: 0 }]);
          break;
        }
        /** It waits for some seconds without a statement, of which this is one. */
        await new Promise((resolve) => setTimeout(resolve, 5000));
      }
    } finally {
      await client.end();
      await postgis.close();
    }
  });

  it('goes on after PostgreSQL crashed, with what was committed', async () => {
    const reasons: Error[] = [];
    const postgis = await openEmbeddedPostgis({ dataDir, onRestart: (reason) => reasons.push(reason) });
    try {
      const client = new pg.Client(postgis.url);
      const told = new Promise<Error>((resolve) => client.on('error', resolve));
      await client.connect();
      await client.query('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n');
      await client.query('BEGIN; DELETE FROM t');
      await client.query(`CREATE FUNCTION boom(int) RETURNS text LANGUAGE c AS '$libdir/postgis-3', 'LWGEOM_asText'`);
      /** Takes the number for the address of a geometry. */
      await assert.rejects(client.query('SELECT boom(2000000000)'));
      await told;
      const again = new pg.Client(postgis.url);
      await again.connect();
      assert.deepEqual((await again.query('SELECT count(*)::int AS n FROM t')).rows, [{ n: 1000 }]);
      await again.end();
      assert.equal(reasons.length, 1);
      assert.equal((await identifyServer(postgis.port))?.instance, postgis.instance);
    } finally {
      await postgis.close();
    }
  });
});
