import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { localStatus, startLocal, stopLocal } from '../../src/local/local-environment.ts';
import type { LocalSource, LocalStep, StartLocalOptions } from '../../src/local/local-environment.ts';
import { stopLocalPostgis } from '../../src/local/postgis/control.ts';
import { LocalSnowflakeError } from '../../src/local/snowflake/local-snowflake-error.ts';
import { SnowflakeSession } from '../../src/sync-core/snowflake/session.ts';

const transformers = 'SELECT COUNT(*) FROM FLUX_DB.PRODUCTION.TRANSFORMERS';

describe('the local environment', function () {
  this.timeout(120_000);
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'snowmelt-local-'));
  });

  afterEach(async () => {
    await stopLocal(home);
    await rm(home, { recursive: true, force: true });
  });

  const start = (options: Partial<StartLocalOptions> = {}) =>
    startLocal({ home, withSnowflake: true, scale: 0.01, seed: 7, ...options });

  async function states(): Promise<string[]> {
    const { postgres, snowflake, snowflakeEngine } = await localStatus(home);
    return [postgres.state, snowflake.state, snowflakeEngine.state];
  }

  async function count(source: LocalSource | undefined, statement = transformers): Promise<number> {
    assert.ok(source);
    const [row] = await snowflakeRows(source, statement);
    return Number(row?.[0]);
  }

  it('starts both parts, is found again, and keeps everything over a stop', async () => {
    const steps: LocalStep[] = [];
    const statementLog = join(home, 'statements.jsonl');
    const first = await start({ statementLog, onProgress: (step) => steps.push(step) });
    assert.equal(first.alreadyRunning, false);
    assert.deepEqual(await states(), ['running', 'running', 'running']);
    assert.deepEqual(
      steps.flatMap((step) => (step.step === 'filling-table' ? [`${step.table} ${step.rows}`] : [])),
      [
        `PRODUCTION.GRID_ASSETS ${await count(first.snowflake, 'SELECT COUNT(*) FROM FLUX_DB.PRODUCTION.GRID_ASSETS')}`,
        'PRODUCTION.GRID_CONNECTIONS 1536',
        'PRODUCTION.TRANSFORMERS 916',
        'PRODUCTION.VEGETATION_RISK 493',
      ],
    );
    for (const part of ['postgres', 'snowflake']) {
      assert.ok(steps.some((step) => step.part === part && step.step === 'ready'));
    }
    assert.deepEqual(first.snowflake?.sample, { scale: 0.01, seed: 7 });
    assert.equal(first.snowflake.database, 'FLUX_DB');

    const client = new pg.Client({ connectionString: first.postgres.url });
    await client.connect();
    await client.query('CREATE TABLE kept AS SELECT ST_AsText(ST_MakePoint(1, 2)) AS place');
    await client.end();
    await snowflakeRows(first.snowflake, "DELETE FROM FLUX_DB.PRODUCTION.TRANSFORMERS WHERE CIRCUIT_ID = 'CKT-0001-1'");
    const left = await count(first.snowflake);
    assert.ok(left < 916);

    const again = await start({ scale: undefined, seed: undefined });
    assert.deepEqual(again, { ...first, alreadyRunning: true });

    assert.deepEqual(await stopLocal(home), { postgres: true, snowflake: true });
    assert.deepEqual(await states(), ['stopped', 'stopped', 'stopped']);
    assert.deepEqual(await stopLocal(home), { postgres: false, snowflake: false });
    assert.match(await readFile(statementLog, 'utf8'), /DELETE FROM FLUX_DB\.PRODUCTION\.TRANSFORMERS/u);

    const laterSteps: string[] = [];
    const later = await start({ onProgress: ({ step }) => laterSteps.push(step) });
    assert.ok(laterSteps.includes('ready') && !laterSteps.includes('filling-table'), laterSteps.join(' '));
    assert.equal(later.alreadyRunning, false);
    assert.equal(later.postgres.url, first.postgres.url);
    const { accessUrl, user, password } = first.snowflake;
    assert.deepEqual(
      [later.snowflake?.accessUrl, later.snowflake?.user, later.snowflake?.password],
      [accessUrl, user, password],
    );
    assert.equal(await count(later.snowflake), left);
    const reader = new pg.Client({ connectionString: later.postgres.url });
    await reader.connect();
    assert.deepEqual((await reader.query('SELECT place FROM kept')).rows, [{ place: 'POINT(1 2)' }]);
    await reader.end();
  });

  it('starts the PostGIS alone, and the stand-in beside it later, empty where that is asked for', async () => {
    const alone = await start({ withSnowflake: false });
    assert.equal(alone.snowflake, undefined);
    assert.deepEqual(await states(), ['running', 'stopped', 'stopped']);

    const both = await start({ empty: true });
    assert.equal(both.alreadyRunning, false);
    assert.equal(both.postgres.pid, alone.postgres.pid);
    assert.equal(both.snowflake?.sample, undefined);
    assert.equal(await count(both.snowflake, 'SELECT COUNT(*) FROM (SELECT 1 AS N) T'), 1);
    await assert.rejects(snowflakeRows(both.snowflake!, transformers), /does not exist or not authorized/u);
    await assert.rejects(start(), isConflict(/runs without sample data: stop it/u));
    assert.deepEqual(await states(), ['running', 'running', 'running']);
  });

  it('refuses another sample over the one that is there, running or stopped, and makes it after a reset', async () => {
    const first = await start();
    await assert.rejects(start({ seed: 8 }), isConflict(/of scale 0\.01 and seed 7, not of scale 0\.01 and seed 8/u));
    assert.deepEqual(await states(), ['running', 'running', 'running']);

    await stopLocal(home);
    await assert.rejects(start({ seed: 8 }), isConflict(/of scale 0\.01 and seed 7, not of scale 0\.01 and seed 8/u));
    assert.deepEqual(await states(), ['stopped', 'stopped', 'stopped']);

    const reset = await start({ scale: 0.005, seed: 8, reset: true });
    assert.deepEqual(reset.snowflake?.sample, { scale: 0.005, seed: 8 });
    assert.equal(await count(reset.snowflake), 458);
    assert.equal(reset.postgres.url, first.postgres.url);
  });

  it('leaves nothing running when it is aborted while it fills', async () => {
    const aborted = new AbortController();
    const reason = new Error('changed my mind');
    const onProgress = ({ step }: LocalStep) => {
      if (step === 'filling-table') aborted.abort(reason);
    };
    await assert.rejects(start({ scale: 0.2, signal: aborted.signal, onProgress }), reason);
    assert.deepEqual(await states(), ['stopped', 'stopped', 'stopped']);
    const { snowflake } = await start();
    assert.equal(await count(snowflake), 916);
  });

  it('leaves nothing running when one part cannot be started', async () => {
    const broken = { module: join(home, 'missing.mjs'), execArgv: [] };
    await assert.rejects(start({ launch: { snowflake: broken } }), {
      name: 'LocalSnowflakeError',
      code: 'start-failed',
    });
    assert.deepEqual(await states(), ['stopped', 'stopped', 'stopped']);

    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    await assert.rejects(start({ port }), { name: 'LocalPostgisError', code: 'port-in-use' });
    stranger.close();
    assert.deepEqual(await states(), ['stopped', 'stopped', 'stopped']);
  });

  it('stops nothing that ran before when the rest cannot be started', async () => {
    const { postgres } = await start({ withSnowflake: false });
    const broken = { module: join(home, 'missing.mjs'), execArgv: [] };
    await assert.rejects(start({ launch: { snowflake: broken } }), { code: 'start-failed' });
    const status = await localStatus(home);
    assert.deepEqual(status.postgres, { state: 'running', ...postgres });
    assert.deepEqual(await states(), ['running', 'stopped', 'stopped']);
  });

  it('replaces a stand-in whose engine has gone', async () => {
    const first = await start();
    await stopLocalPostgis(join(home, 'snowflake-engine'));
    const again = await start();
    assert.notEqual(again.snowflake?.pid, first.snowflake?.pid);
    assert.equal(again.snowflake?.accessUrl, first.snowflake?.accessUrl);
    assert.equal(await count(again.snowflake), 916);
  });

  it('refuses an impossible size before it starts anything', async () => {
    await assert.rejects(start({ scale: 0 }), { name: 'RangeError' });
    assert.deepEqual(await states(), ['stopped', 'stopped', 'stopped']);
  });
});

function isConflict(message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof LocalSnowflakeError && error.code === 'sample-conflict' && message.test(error.message);
}

async function snowflakeRows(source: LocalSource, statement: string): Promise<readonly (readonly (string | null)[])[]> {
  const { accessUrl, account, user: username, password } = source;
  const session = await SnowflakeSession.open({ accessUrl, account, username, password }, { queryTag: 'test' });
  try {
    return (await session.execute(statement)).rows;
  } finally {
    await session.close();
  }
}
