import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { localStatus, stopLocal } from '../../src/local/local-environment.ts';

const program = join(import.meta.dirname, '../../dist/snowmelt.mjs');

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface TableResult {
  readonly table: string;
  readonly status: string;
  readonly rows_synced: number;
  readonly final_count: number;
  readonly generation: number;
  readonly error?: { readonly code: string };
}

/** Rows of the example's tables at scale 0.01. */
const expectedRows = { topology_connections_cache: 1_536, transformers: 916, vegetation_risk: 493 };

describe('snowmelt, the command', function () {
  this.timeout(120_000);
  let folder: string;
  let home: string;

  /** Runs the built command in the test's folder, as a process of its own. */
  const snowmelt = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, ...args], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder, SNOWMELT_HOME: home, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [stdout, stderr]: Buffer[][] = [[], []];
      child.stdout.on('data', (chunk: Buffer) => stdout?.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr?.push(chunk));
      child.once('error', reject);
      child.once('close', (code) => {
        const text = (chunks: Buffer[] | undefined): string => Buffer.concat(chunks ?? []).toString();
        resolve({ code, stdout: text(stdout), stderr: text(stderr) });
      });
    });

  /** The one document of a command that is expected to end with this code. */
  const document = async <T>(args: readonly string[], code = 0, env: NodeJS.ProcessEnv = {}): Promise<T> => {
    const result = await snowmelt([...args, '--json'], env);
    assert.equal(result.code, code, `${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
    assert.match(result.stdout, /^[^\n]+\n$/, 'one document on one line');
    return JSON.parse(result.stdout) as T;
  };

  const inPostgres = async <T extends pg.QueryResultRow>(statement: string): Promise<T[]> => {
    const { postgres } = await localStatus(home);
    assert.equal(postgres.state, 'running');
    const client = new pg.Client(postgres.url);
    await client.connect();
    try {
      return (await client.query<T>(statement)).rows;
    } finally {
      await client.end();
    }
  };

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'snowmelt-cli-')));
    home = join(folder, 'home');
  });

  after(async () => {
    await stopLocal(home);
    await rm(folder, { recursive: true, force: true });
  });

  it('starts the local parts and prints how they are reached, and nothing else', async () => {
    const log = 'statements.jsonl';
    const flags = ['--with-snowflake', '--scale', '0.01', '--seed', '7', '--statement-log', log];
    const started = await document<Record<string, Record<string, string>>>(['local', 'start', ...flags]);
    assert.deepEqual(Object.keys(started), ['postgres', 'snowflake']);
    assert.deepEqual(Object.keys(started.postgres ?? {}), ['url']);
    assert.deepEqual(Object.keys(started.snowflake ?? {}), ['accessUrl', 'account', 'user', 'password']);
    assert.deepEqual(await document(['local', 'start', '--with-snowflake']), started);
    assert.deepEqual(await document(['local', 'start']), { postgres: started.postgres });

    const status = await snowmelt(['local', 'status']);
    assert.ok(status.stdout.includes(started.postgres?.url ?? '-'), status.stdout);
    assert.ok(!status.stdout.includes(started.snowflake?.password ?? '-'), 'the password is shown only when asked for');
    const password = await snowmelt(['local', 'status', '--password']);
    assert.equal(password.stdout, `${started.snowflake?.password ?? ''}\n`);
  });

  it('refuses sample data of another size, and sizes that cannot be', async () => {
    const other = await document<{ error: { code: string; remedy: string } }>(
      ['local', 'start', '--with-snowflake', '--scale', '0.02'],
      1,
    );
    assert.equal(other.error.code, 'local.failed');
    assert.match(other.error.remedy, /--reset/);
    const impossible = ['local', 'start', '--with-snowflake', '--scale', '0', '--data-dir', 'other'];
    assert.equal((await document<{ error: { code: string } }>(impossible, 2)).error.code, 'usage');
  });

  it('writes a configuration for the sample data that has its password from the stand-in', async () => {
    assert.deepEqual(await document(['init', '--sample']), {
      status: 'success',
      file: join(folder, 'snowmelt.json'),
    });
    const text = await readFile(join(folder, 'snowmelt.json'), 'utf8');
    const { stdout } = await snowmelt(['local', 'status', '--password']);
    assert.ok(!text.includes(stdout.trim()));
  });

  it('knows of nothing before the first sync', async () => {
    const status = await document<{ ledger: string; tables: { state: string }[] }>(['status']);
    assert.equal(status.ledger, 'none');
    assert.deepEqual(
      status.tables.map(({ state }) => state),
      ['missing', 'missing', 'missing'],
    );
    assert.deepEqual(await document(['history']), { status: 'success', target: 'local', runs: [] });
  });

  it('plans without writing anything on either side', async () => {
    const objects = `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2`;
    const before = await inPostgres(objects);
    const plan = await document<{
      tables: { table: string; relation: { exists: boolean }; extract: { sql: string }; columns: { name: string }[] }[];
    }>(['plan']);
    assert.deepEqual(
      plan.tables.map(({ table, relation }) => [table, relation.exists]),
      Object.keys(expectedRows).map((table) => [table, false]),
    );
    assert.match(plan.tables[0]?.extract.sql ?? '', /^SELECT COALESCE\(/);
    assert.ok(plan.tables[1]?.columns.some(({ name }) => name === 'geom'));
    assert.deepEqual(await inPostgres(objects), before);
    const statements = (await readFile(join(folder, 'statements.jsonl'), 'utf8')).trim().split('\n');
    const texts = statements.map((line) => (JSON.parse(line) as { text: string }).text);
    assert.ok(texts.length > 0);
    assert.deepEqual(
      texts.filter((text) => !/^(?:SELECT|DESCRIBE|ALTER SESSION)\b/.test(text)),
      [],
    );
    const text = await snowmelt(['plan', 'transformers']);
    assert.match(text.stdout, /^transformers\n {2}source +FLUX_DB\.PRODUCTION\.TRANSFORMERS\n/);
    assert.doesNotMatch(text.stdout, /COALESCE/);
    assert.match((await snowmelt(['plan', 'transformers', '--verbose'])).stdout, /COALESCE/);
  });

  it('syncs all tables into one document, with progress as JSON lines', async () => {
    const { code, stdout, stderr } = await snowmelt(['sync', '--json']);
    assert.equal(code, 0, stderr);
    const outcome = JSON.parse(stdout) as { status: string; target: string; tables: TableResult[] };
    assert.deepEqual([outcome.status, outcome.target], ['success', 'local']);
    assert.deepEqual(
      outcome.tables.map(({ table, status, rows_synced, final_count }) => [table, status, rows_synced, final_count]),
      Object.entries(expectedRows).map(([table, rows]) => [table, 'success', rows, rows]),
    );
    const events = stderr.trim().split('\n');
    const kinds = new Set(events.map((line) => (JSON.parse(line) as { kind: string }).kind));
    for (const kind of ['run-started', 'step-started', 'progress', 'step-finished', 'run-finished']) {
      assert.ok(kinds.has(kind), kind);
    }
    assert.ok(!kinds.has('statement'), 'statements are only for --verbose');
    const [row] = await inPostgres<{ rows: string; geometries: string }>(
      'SELECT count(*) AS rows, count(geom) AS geometries FROM topology_connections_cache',
    );
    assert.deepEqual(row, { rows: '1536', geometries: '1536' });
  });

  it('syncs one table into the document of the procedure that it takes the place of', async () => {
    const one = await document<Record<string, unknown>>(['sync', 'transformers', '--full']);
    assert.deepEqual([one.status, one.rows_synced, one.final_count, one.generation], ['success', 916, 916, 2]);
    for (const member of ['run', 'bytes', 'seconds', 'steps', 'strategy', 'warnings']) assert.ok(member in one, member);
  });

  it('prints plain lines where stderr is no terminal, and the outcome on stdout', async () => {
    const { code, stdout, stderr } = await snowmelt(['sync', 'vegetation_risk', 'transformers']);
    assert.equal(code, 0);
    const [first, second, total, ...rest] = stdout.trimEnd().split('\n');
    assert.match(
      first ?? '',
      /^fresh vegetation_risk: 493 rows compared, nothing to change, in .*; generation 1, row-diff$/,
    );
    assert.match(second ?? '', /^fresh transformers: 916 rows, nothing has changed, in .*; generation 2, changes$/);
    assert.equal(total, '2 of 2 tables synced into local, 1,409 rows.');
    assert.deepEqual(rest, []);
    assert.match(stderr, /^transformers: extract +[\d.]+ m?s$/m);
    const full = await snowmelt(['sync', 'transformers', '--full']);
    assert.match(full.stdout, /^synced transformers: 916 rows, .*; generation 3, rename$/m);
    assert.match(full.stderr, /^transformers: stage +[\d.]+ m?s, 916 rows, /m);
    assert.ok(!(stdout + stderr + full.stdout).includes(String.fromCharCode(27)), 'no escape sequences');
  });

  it('shows the tables and their runs', async () => {
    const { tables } = await document<{
      tables: { table: string; state: string; rows: number; generation: number; lastRun: { status: string } }[];
    }>(['status', '--exact']);
    assert.deepEqual(
      tables.map(({ table, state, rows, generation, lastRun }) => [table, state, rows, generation, lastRun.status]),
      [
        ['topology_connections_cache', 'synced', 1_536, 1, 'success'],
        ['transformers', 'synced', 916, 3, 'success'],
        ['vegetation_risk', 'synced', 493, 1, 'success'],
      ],
    );
    assert.match((await snowmelt(['status'])).stdout, /^transformers +public\.transformers +~916 /m);
    const history = await document<{ runs: { table: string; mode: string; generation: number | null }[] }>([
      ...['history', '--limit', '3'],
    ]);
    assert.deepEqual(
      history.runs.map(({ table, mode, generation }) => [table, mode, generation]),
      [
        ['transformers', 'full', 3],
        ['transformers', 'changes', null],
        ['vegetation_risk', 'row-diff', null],
      ],
    );
  });

  it('goes on with the other tables when one fails, and records why', async () => {
    const text = await readFile(join(folder, 'snowmelt.json'), 'utf8');
    await writeFile(join(folder, 'broken.json'), text.replace('PRODUCTION.TRANSFORMERS', 'PRODUCTION.TRANSFORMRES'));
    const config = ['--config', 'broken.json'];
    const outcome = await document<{ status: string; tables: TableResult[] }>(
      ['sync', 'transformers', 'vegetation_risk', ...config],
      1,
    );
    assert.equal(outcome.status, 'failed');
    assert.deepEqual(
      outcome.tables.map(({ table, status, error }) => [table, status, error?.code]),
      [
        ['transformers', 'failed', 'snowflake.objectMissing'],
        ['vegetation_risk', 'success', undefined],
      ],
    );
    const only = await document<{ status: string; error: { code: string; table: string; step: string } }>(
      ['sync', 'transformers', ...config],
      1,
    );
    assert.equal(only.status, 'error');
    assert.deepEqual([only.error.table, only.error.step], ['transformers', 'plan']);
    const failed = await document<{ runs: { table: string; error: { code: string } }[] }>([
      ...['history', 'transformers', '--status', 'failed'],
    ]);
    assert.deepEqual(
      failed.runs.map(({ error }) => error.code),
      ['snowflake.objectMissing', 'snowflake.objectMissing'],
    );
    assert.match(
      (await snowmelt(['history', '--status', 'failed'])).stdout,
      /\n {4}snowflake\.objectMissing at plan: /,
    );
    assert.match((await snowmelt(['status'])).stdout, /^transformers .* failed \[snowflake\.objectMissing\] /m);
  });

  it('ends with 4 where Snowflake refuses the log-in or is not there, and leaves the tables as they were', async () => {
    const text = await readFile(join(folder, 'snowmelt.json'), 'utf8');
    const secret = /"password": \{[^}]*\}/;
    await writeFile(join(folder, 'wrong.json'), text.replace(secret, '"password": { "env": "WRONG" }'));
    const config = ['--config', 'wrong.json'];
    const refused = await document<{ error: { code: string } }>(['sync', 'transformers', ...config], 4, { WRONG: 'x' });
    assert.equal(refused.error.code, 'snowflake.auth');
    assert.equal(
      (await document<{ error: { code: string } }>(['plan', ...config], 2)).error.code,
      'secret.unavailable',
    );
    await writeFile(
      join(folder, 'nobody.json'),
      text.replace(/"accessUrl": "[^"]*"/, '"accessUrl": "http://127.0.0.1:9"'),
    );
    const nobody = await document<{ error: { code: string } }>(['sync', 'transformers', '--config', 'nobody.json'], 4);
    assert.equal(nobody.error.code, 'snowflake.connect');
    const [row] = await inPostgres('SELECT count(*) FROM transformers');
    assert.deepEqual(row, { count: '916' });
  });

  it('starts the embedded PostGIS when a command needs it, and says so', async () => {
    assert.deepEqual(await document(['local', 'stop']), { status: 'success', stopped: ['postgres', 'snowflake'] });
    assert.deepEqual(await document(['local', 'stop']), { status: 'success', stopped: [] });
    assert.match((await snowmelt(['local', 'status'])).stdout, /^PostGIS +stopped\nSnowflake +stopped$/m);
    const { code, stdout, stderr } = await snowmelt(['status', 'transformers']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^transformers +public\.transformers +~916 /m);
    assert.match(stderr, /Started the embedded PostGIS \(postgresql:.*local stop/);
    assert.equal((await localStatus(home)).postgres.state, 'running');
  });
});
