import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolder } from '../../src/local/postgis/data-folder.ts';
import { createPgData, hasDatabase } from '../../src/local/postgis/pg-data.ts';
import { identifyProcess, isAlive } from '../../src/local/postgis/process-identity.ts';

describe('the data folder', () => {
  let path: string;

  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'snowmelt-folder-'));
  });

  afterEach(() => rm(path, { recursive: true, force: true }));

  /** The identity of a process that has ended. */
  async function deadProcess(): Promise<{ pid: number; started: string | undefined }> {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    const identity = await identifyProcess(child.pid!);
    assert.ok(await isAlive(identity));
    child.kill('SIGKILL');
    await once(child, 'exit');
    return identity;
  }

  it('is locked for one at a time', async () => {
    const folder = new DataFolder(path);
    const unlock = await folder.lock();
    await assert.rejects(new DataFolder(path).lock(), {
      code: 'data-folder-in-use',
      message: new RegExp(`process ${process.pid}`),
    });
    assert.equal((await folder.lockHolder())?.pid, process.pid);
    await unlock();
    assert.equal(await folder.lockHolder(), undefined);
    await (
      await folder.lock()
    )();
    assert.deepEqual(await readdir(path), []);
  });

  it('has one winner when many find the lock of a dead process', async () => {
    const dead = await deadProcess();
    assert.equal(await isAlive(dead), false);
    for (let round = 0; round < 10; round += 1) {
      await writeFile(join(path, 'postmaster.lock'), JSON.stringify(dead));
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => new DataFolder(path).lock()));
      const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      assert.equal(won.length, 1);
      await won[0]!.value();
    }
  });

  it('knows a process from a later one with its pid', async () => {
    const self = await identifyProcess(process.pid);
    assert.ok(await isAlive(self));
    assert.equal(await isAlive({ ...self, started: 'earlier' }), process.platform === 'win32');
  });

  it('keeps the last state and port', async () => {
    const folder = new DataFolder(path);
    assert.equal(await folder.readState(), undefined);
    assert.equal(await folder.lastPort(), 0);
    const state = {
      process: { pid: 1, started: undefined },
      instance: 'i',
      port: 5433,
      url: 'u',
      version: '18.3',
      postgisVersion: '3.6.2',
      startedAt: 's',
    };
    await folder.writeState(state);
    assert.deepEqual(await folder.readState(), { ...state, process: { pid: 1 } });
    await folder.removeState();
    assert.equal(await folder.readState(), undefined);
    assert.equal(await folder.lastPort(), 5433);
  });

  it('has a database only when all of it is there', async () => {
    const pgData = join(path, 'pgdata');
    const fill = async (directory: string, version: string) => {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory);
      await writeFile(join(directory, 'PG_VERSION'), version);
    };
    await assert.rejects(
      createPgData(pgData, async (directory) => {
        await fill(directory, '18\n');
        throw new Error('killed');
      }),
      /killed/,
    );
    assert.equal(await hasDatabase(pgData), false);
    await createPgData(pgData, (directory) => fill(directory, '18\n'));
    assert.equal(await hasDatabase(pgData), true);
    assert.deepEqual(await readdir(path), ['pgdata']);
    await assert.rejects(
      createPgData(pgData, (directory) => fill(directory, '18\n')),
      { code: 'data-folder-unusable' },
    );
    assert.equal(await hasDatabase(pgData), true);
  });
});
