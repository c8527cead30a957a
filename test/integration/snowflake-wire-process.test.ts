import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  localSnowflakeStatus,
  startLocalSnowflake,
  stopLocalSnowflake,
  type LocalSnowflake,
  type StartLocalSnowflakeOptions,
} from '../../src/local/snowflake/control.ts';
import { injectFault } from '../../src/local/snowflake/fault-door.ts';
import { identifyProcess, isAlive } from '../../src/local/postgis/process-identity.ts';

const entry = {
  module: fileURLToPath(new URL('snowflake-wire-main.ts', import.meta.url)),
  execArgv: ['--import', import.meta.resolve('tsx')],
};

interface Reply {
  readonly success: boolean;
  readonly code: string | null;
  readonly data: { readonly token: string } | null;
}

async function logIn(standIn: LocalSnowflake, password = standIn.password): Promise<Reply> {
  const response = await fetch(`${standIn.accessUrl}/session/v1/login-request`, {
    method: 'POST',
    body: JSON.stringify({ data: { ACCOUNT_NAME: standIn.account, LOGIN_NAME: standIn.user, PASSWORD: password } }),
  });
  return (await response.json()) as Reply;
}

async function query(standIn: LocalSnowflake, token: string, sqlText: string): Promise<Reply> {
  const response = await fetch(`${standIn.accessUrl}/queries/v1/query-request?requestId=${crypto.randomUUID()}`, {
    method: 'POST',
    headers: { Authorization: `Snowflake Token="${token}"` },
    body: JSON.stringify({ sqlText }),
  });
  return (await response.json()) as Reply;
}

describe('Snowflake stand-in, process', () => {
  let dataDir: string;
  const start = (options: Partial<StartLocalSnowflakeOptions> = {}) =>
    startLocalSnowflake({ dataDir, engineUrl: 'generating:', entry, ...options });

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'stand-in-'));
  });
  afterEach(async () => {
    await stopLocalSnowflake(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  });

  it('starts once, is found again, keeps address and password over a restart, and stops', async () => {
    assert.deepEqual(await localSnowflakeStatus(dataDir), { state: 'stopped' });
    const [first, second] = await Promise.all([start(), start()]);
    assert.equal(first.pid, second.pid);
    assert.notEqual(first.alreadyRunning, second.alreadyRunning);
    assert.equal((await logIn(first)).success, true);
    assert.equal((await logIn(first, 'wrong')).code, '390100');

    const status = await localSnowflakeStatus(dataDir);
    assert.equal(status.state, 'running');
    assert.equal(status.accessUrl, first.accessUrl);

    const identity = await identifyProcess(first.pid);
    assert.equal(await stopLocalSnowflake(dataDir), true);
    assert.equal(await isAlive(identity), false);
    assert.deepEqual(await localSnowflakeStatus(dataDir), { state: 'stopped' });
    assert.equal(await stopLocalSnowflake(dataDir), false);

    const again = await start();
    assert.equal(again.accessUrl, first.accessUrl);
    assert.equal(again.password, first.password);
  });

  it('keeps its state to its owner', async () => {
    await start();
    for (const file of ['stand-in.json', 'password']) {
      assert.equal((await stat(join(dataDir, 'snowflake', file))).mode & 0o777, 0o600, file);
    }
  });

  it('is not taken in by what a killed one left behind', async () => {
    const first = await start();
    const identity = await identifyProcess(first.pid);
    process.kill(first.pid, 'SIGKILL');
    while (await isAlive(identity)) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await localSnowflakeStatus(dataDir), { state: 'stopped' });
    const next = await start();
    assert.notEqual(next.pid, first.pid);
    assert.equal((await logIn(next)).success, true);
  });

  it('takes another port when its last one is taken, unless it was asked for that one', async () => {
    const first = await start();
    await stopLocalSnowflake(dataDir);
    const squatter = createServer((_, response) => response.end('{}'));
    await new Promise<void>((resolve) => squatter.listen(first.port, '127.0.0.1', resolve));
    try {
      const next = await start();
      assert.notEqual(next.port, first.port);
      await stopLocalSnowflake(dataDir);
      const { port } = squatter.address() as AddressInfo;
      await assert.rejects(start({ port }), { name: 'LocalSnowflakeError', code: 'port-in-use' });
    } finally {
      squatter.close();
    }
  });

  it('reports an engine that cannot be opened', async () => {
    await assert.rejects(start({ engineUrl: 'broken:' }), { code: 'start-failed', message: 'connection refused' });
    assert.deepEqual(await localSnowflakeStatus(dataDir), { state: 'stopped' });
  });

  it('ends a start that is aborted', async () => {
    await assert.rejects(start({ signal: AbortSignal.timeout(1) }), { name: 'TimeoutError' });
  });

  it('writes the statement log that it was given', async () => {
    const statementLog = join(dataDir, 'statements.jsonl');
    const standIn = await start({ statementLog });
    const { data } = await logIn(standIn);
    await query(standIn, data?.token ?? '', 'ROWS 7');
    await stopLocalSnowflake(dataDir);
    const line = JSON.parse(await readFile(statementLog, 'utf8')) as { text: string; rows: number; user: string };
    assert.deepEqual([line.text, line.rows, line.user], ['ROWS 7', 7, 'SNOWMELT']);
  });

  it('takes faults through the door that was opened, with the token only', async () => {
    const standIn = await start({ faults: true });
    const { data } = await logIn(standIn);
    await injectFault(standIn.accessUrl, standIn.faultToken ?? '', { do: 'expire', what: 'session-tokens' });
    assert.equal((await query(standIn, data?.token ?? '', 'ROWS 1')).code, '390112');
    await assert.rejects(injectFault(standIn.accessUrl, 'guess', { do: 'release' }), /refuses the fault/);

    await stopLocalSnowflake(dataDir);
    const closed = await start();
    assert.equal(closed.faultToken, undefined);
    await assert.rejects(injectFault(closed.accessUrl, '', { do: 'release' }), /refuses the fault/);
  });
});
