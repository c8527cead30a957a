import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { localStatus, stopLocal } from '../../src/local/local-environment.ts';

const dist = join(import.meta.dirname, '../../dist');

interface DemoDocument {
  readonly status: string;
  readonly tables: { table: string; rows_synced: number; final_count: number; generation: number }[];
  readonly change: { table: string; rows: number; sync: { generation: number } };
  readonly query: { rows: number; index: string; plan: string[] };
  readonly kept?: { home: string; url: string; config: string };
  readonly error?: { code: string };
}

describe('the demo, from a build that has no packages in reach', function () {
  this.timeout(180_000);
  let folder: string;
  let scratch: string;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'snowmelt-dist-')));
    scratch = join(folder, 'tmp');
    await mkdir(scratch);
    await cp(dist, join(folder, 'dist'), { recursive: true });
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const run = (
    args: readonly string[],
    onLine: (line: string, interrupt: () => void) => void = () => undefined,
  ): Promise<{ code: number | null; stdout: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(folder, 'dist/snowmelt.mjs'), ...args], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder, TMPDIR: scratch },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const stdout: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      createInterface({ input: child.stderr }).on('line', (line) => {
        onLine(line, () => child.kill('SIGINT'));
      });
      child.once('error', reject);
      child.once('close', (code) => {
        resolve({ code, stdout: Buffer.concat(stdout).toString() });
      });
    });

  it('syncs, changes the source, syncs again, asks by the index, and leaves nothing behind', async () => {
    const { code, stdout } = await run(['demo', '--scale', '0.01', '--json']);
    assert.match(stdout, /^[^\n]+\n$/, 'one document on one line');
    const demo = JSON.parse(stdout) as DemoDocument;
    assert.deepEqual([code, demo.status], [0, 'success'], stdout);
    assert.deepEqual(
      demo.tables.map(({ table, rows_synced, final_count }) => [table, rows_synced, final_count]),
      [
        ['topology_connections_cache', 1_536, 1_536],
        ['transformers', 916, 916],
        ['vegetation_risk', 493, 493],
      ],
    );
    assert.ok(demo.change.rows > 0);
    assert.deepEqual([demo.change.table, demo.change.sync.generation], ['transformers', 2]);
    assert.ok(demo.query.rows > 0);
    assert.ok(demo.query.plan.some((line) => line.includes(demo.query.index)));
    assert.deepEqual(await readdir(scratch), []);
  });

  it('cleans up when it is cancelled', async () => {
    let interrupted = false;
    const { code, stdout } = await run(['demo', '--scale', '0.01', '--json'], (line, interrupt) => {
      if (interrupted || !line.includes('"run-started"')) return;
      interrupted = true;
      interrupt();
    });
    assert.ok(interrupted);
    const demo = JSON.parse(stdout) as DemoDocument;
    assert.deepEqual([code, demo.status, demo.error?.code], [130, 'error', 'cancelled']);
    assert.deepEqual(await readdir(scratch), []);
  });

  it('leaves everything running with --keep, with a configuration that works', async () => {
    const { code, stdout } = await run(['demo', '--scale', '0.01', '--keep', '--json']);
    const { kept } = JSON.parse(stdout) as DemoDocument;
    assert.ok(kept, stdout);
    try {
      assert.equal(code, 0);
      const { postgres, snowflake } = await localStatus(kept.home);
      assert.deepEqual([postgres.state, snowflake.state], ['running', 'running']);
      for (const [more, mode, generation] of [
        [[], 'changes', 2],
        [['--full'], 'full', 3],
      ] as const) {
        const { stdout: synced } = await run(['sync', 'transformers', '--config', kept.config, '--json', ...more]);
        const document = JSON.parse(synced) as { mode: string; generation: number };
        assert.deepEqual([document.mode, document.generation], [mode, generation], synced);
      }
    } finally {
      await stopLocal(kept.home);
      await rm(kept.home, { recursive: true, force: true });
    }
  });
});
