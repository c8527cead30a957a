import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection, ConnectionOptions, RowStatement, SnowflakeError } from 'snowflake-sdk';
import { startSnowflakeStandIn, type StandIn, type StandInOptions } from '../../src/local/snowflake/wire/stand-in.ts';
import { GeneratingEngine, generatedText } from './snowflake-wire-engine.ts';

process.env.SNOWFLAKE_DISABLE_MINICORE = '1';
const { default: snowflake } = await import('snowflake-sdk');
snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false });

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const strangerKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

const users = [
  {
    name: 'ANNA',
    password: 'right',
    publicKeys: [publicKey],
    programmaticAccessTokens: ['pat-1'],
    oauthTokens: ['oauth-1'],
  },
  { name: 'MARA', password: 'right', passcode: '123456' },
];

interface Answer {
  readonly rows: unknown[][];
  readonly statement: RowStatement;
}

function connect(standIn: StandIn, options: Partial<ConnectionOptions> = {}): Promise<Connection> {
  const connection = snowflake.createConnection({
    account: standIn.account,
    accessUrl: standIn.accessUrl,
    username: 'ANNA',
    password: 'right',
    rowMode: 'array',
    ...options,
  });
  return new Promise((resolve, reject) => {
    connection.connect((error) => {
      if (error) reject(error);
      else resolve(connection);
    });
  });
}

function destroy(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.destroy(() => {
      resolve();
    });
  });
}

function query(connection: Connection, sqlText: string, options: object = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    connection.execute({
      sqlText,
      rowMode: 'array',
      ...options,
      complete: (error, statement, rows) => {
        if (error) reject(error);
        else resolve({ rows: (rows ?? []) as unknown[][], statement });
      },
    });
  });
}

/** Every value of the first column, through the driver's row stream. */
async function stream(connection: Connection, sqlText: string, options: object = {}): Promise<string[]> {
  const { statement } = await query(connection, sqlText, { streamResult: true, ...options });
  const values: string[] = [];
  for await (const row of statement.streamRows() as AsyncIterable<[string]>) values.push(row[0]);
  return values;
}

function rejects(promise: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  return assert.rejects(promise, (error: SnowflakeError) => {
    assert.equal(String(error.code), code);
    assert.match(error.message, message);
    return true;
  });
}

describe('Snowflake stand-in, wire', () => {
  let engine: GeneratingEngine;
  let standIn: StandIn;
  const connections: Connection[] = [];
  const reports: string[] = [];

  const start = async (options: Partial<StandInOptions> = {}): Promise<void> => {
    engine = new GeneratingEngine();
    standIn = await startSnowflakeStandIn({ engine, users, report: (line) => reports.push(line), ...options });
  };
  const open = async (options: Partial<ConnectionOptions> = {}): Promise<Connection> => {
    const connection = await connect(standIn, options);
    connections.push(connection);
    return connection;
  };

  beforeEach(async () => {
    reports.length = 0;
    await start();
  });
  afterEach(async () => {
    await Promise.all(connections.splice(0).map(destroy));
    await standIn.close();
    assert.equal(engine.openSessions.size, 0);
  });

  describe('log-in', () => {
    it('takes a password and starts in the objects that the connection names', async () => {
      const connection = await open({
        database: 'flux_db',
        schema: '"Applications"',
        warehouse: 'wh',
        role: 'accountadmin',
      });
      const { statement } = await query(connection, 'ROWS 1');
      const state = (statement as unknown as { getSessionState(): Record<string, () => string> }).getSessionState();
      assert.equal(state.getCurrentDatabase?.(), 'FLUX_DB');
      assert.equal(state.getCurrentSchema?.(), 'Applications');
      assert.equal(state.getCurrentWarehouse?.(), 'WH');
      assert.equal(state.getCurrentRole?.(), 'ACCOUNTADMIN');
      assert.deepEqual(reports, []);
    });

    it('lets a session start without a database that does not exist', async () => {
      const connection = await open({ database: 'nowhere' });
      const { statement } = await query(connection, 'ROWS 1');
      const state = (statement as unknown as { getSessionState(): Record<string, () => unknown> }).getSessionState();
      assert.equal(state.getCurrentDatabase?.(), null);
    });

    it('refuses a wrong password, an unknown user and a role that is not granted', async () => {
      await rejects(
        connect(standIn, { password: 'wrong' }),
        '390100',
        /^Incorrect username or password was specified\.$/,
      );
      await rejects(connect(standIn, { username: 'NOBODY' }), '390100', /Incorrect username or password/);
      await rejects(
        connect(standIn, { role: 'ORGADMIN' }),
        '390189',
        /Role 'ORGADMIN' specified in the connect string/,
      );
      assert.equal(standIn.sessionCount, 0);
    });

    it('takes a key pair and refuses a key that is not registered', async () => {
      const keyPair = { authenticator: 'SNOWFLAKE_JWT', password: undefined } as unknown as Partial<ConnectionOptions>;
      const connection = await open({ ...keyPair, privateKey });
      assert.equal((await query(connection, 'ROWS 1')).rows.length, 1);
      await rejects(connect(standIn, { ...keyPair, privateKey: strangerKey }), '390144', /^JWT token is invalid\./);
    });

    it('takes registered access and OAuth tokens only', async () => {
      await open({ authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 'pat-1' });
      await open({ authenticator: 'OAUTH', token: 'oauth-1' });
      await rejects(
        connect(standIn, { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 'pat-2' }),
        '394400',
        /Programmatic access token is invalid/,
      );
      await rejects(
        connect(standIn, { authenticator: 'OAUTH', token: 'pat-1' }),
        '390303',
        /Invalid OAuth access token/,
      );
    });

    it('asks for the passcode of a user who has one', async () => {
      const mara = { username: 'MARA', authenticator: 'USERNAME_PASSWORD_MFA' };
      await open({ ...mara, passcode: '123456' });
      await open({ ...mara, password: 'right123456', passcodeInPassword: true });
      await rejects(connect(standIn, { ...mara, passcode: '654321' }), '390127', /Incorrect passcode/);
      await rejects(connect(standIn, { username: 'MARA' }), '390197', /Multi-factor authentication is required/);
    });
  });

  describe('results', () => {
    it('sends a small result in the reply', async () => {
      const connection = await open();
      const { rows, statement } = await query(connection, 'ROWS 3 40');
      assert.deepEqual(
        rows,
        [0, 1, 2].map((index) => [generatedText(index, 40)]),
      );
      assert.match(statement.getQueryId(), /^01[0-9a-f]{6}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      assert.equal(statement.getNumRows(), 3);
    });

    it('gives an empty result', async () => {
      const connection = await open();
      assert.deepEqual((await query(connection, 'ROWS 0')).rows, []);
      assert.deepEqual(await stream(connection, 'ROWS 0'), []);
    });

    it('sends a large result in chunks, every row once and in order, without reading it whole', async () => {
      const connection = await open();
      const values = await stream(connection, 'ROWS 200000 150');
      assert.equal(values.length, 200_000);
      assert.equal(
        values.findIndex((value, index) => value !== generatedText(index, 150)),
        -1,
      );
      assert.ok(engine.largestRead <= 8192, `read ${engine.largestRead} rows at once`);
    });

    it('reports errors with code, state and query id', async () => {
      const connection = await open();
      await assert.rejects(query(connection, 'NONSENSE'), (error: SnowflakeError) => {
        assert.equal(error.code, '001003');
        assert.equal((error as unknown as { sqlState: string }).sqlState, '42000');
        assert.match(error.message, /syntax error line 1 at position 0/);
        assert.match((error as unknown as { data: { queryId: string } }).data.queryId, /^01/);
        return true;
      });
      await rejects(query(connection, 'CRASH'), '370001', /incident: the engine is broken/);
    });

    it('hands binds on', async () => {
      const connection = await open();
      const { rows } = await query(connection, 'BINDS', { binds: [1, 'two', null, 2.5, true] });
      assert.deepEqual(rows, [
        ['FIXED', '1'],
        ['TEXT', 'two'],
        ['TEXT', null],
        ['REAL', '2.5'],
        ['BOOLEAN', 'true'],
      ]);
    });

    it('refuses what it does not know', async () => {
      const connection = await open();
      await rejects(query(connection, 'BINDS', { binds: [[1], [2]] }), '000002', /array binding/);
      await rejects(
        query(connection, 'ROWS 1', { parameters: { TIMEZONE: 'UTC' } }),
        '000002',
        /statement parameter TIMEZONE/,
      );
      await rejects(query(connection, 'ROWS 1', { describeOnly: true }), '000002', /describeOnly/);
    });
  });

  describe('sessions', () => {
    it('are renewed by the driver when the session token has expired', async () => {
      const connection = await open();
      for (let round = 0; round < 3; round++) {
        standIn.faults.expireSessionTokens();
        assert.equal((await query(connection, 'ROWS 1')).rows.length, 1);
      }
      assert.equal(standIn.sessionCount, 1);
    });

    it('end when the master token has expired', async () => {
      const connection = await open();
      standIn.faults.expireMasterTokens();
      await assert.rejects(query(connection, 'ROWS 1'), /terminated|connection/i);
      assert.equal(connection.isUp(), false);
    });

    it('answer the heartbeat, and end with the connection', async () => {
      const connection = await open();
      assert.equal(await connection.isValidAsync(), true);
      await destroy(connection);
      connections.length = 0;
      assert.equal(standIn.sessionCount, 0);
      assert.equal(engine.openSessions.size, 0);
    });
  });

  describe('long statements', () => {
    it('are waited for, beyond the patience of one request', async () => {
      await standIn.close();
      await start({ patience: 10 });
      const connection = await open();
      assert.deepEqual((await query(connection, 'WAIT 100')).rows, [['100']]);
    });

    it('are cancelled by request id and by query id', async () => {
      const connection = await open();
      await new Promise<void>((resolve, reject) => {
        const statement = connection.execute({
          sqlText: 'WAIT 60000',
          complete: (error) => {
            if (String(error?.code) === '000604') resolve();
            else reject(error ?? new Error('not cancelled'));
          },
        });
        const cancelOnceRunning = (): void => {
          if (!engine.executed.includes('WAIT 60000')) setImmediate(cancelOnceRunning);
          else
            statement.cancel((error) => {
              if (error) reject(error);
            });
        };
        cancelOnceRunning();
      });

      const { statement } = await query(connection, 'WAIT 60001', { asyncExec: true });
      assert.equal(await connection.getQueryStatus(statement.getQueryId()), 'RUNNING');
      await new Promise<void>((resolve, reject) => {
        statement.cancel((error) => {
          if (error) reject(error);
          else resolve();
        });
      });
      await rejects(connection.getQueryStatusThrowIfError(statement.getQueryId()), '-1', /SQL execution canceled/);
    });

    it('run asynchronously, their result read later by query id', async () => {
      const connection = await open();
      const { statement } = await query(connection, 'ROWS 5000 150', { asyncExec: true });
      const later = await connection.getResultsFromQueryId({ queryId: statement.getQueryId(), sqlText: '' });
      const values: unknown[] = [];
      for await (const row of later.streamRows() as AsyncIterable<unknown[]>) values.push(row[0]);
      assert.deepEqual(
        values,
        Array.from({ length: 5000 }, (_, index) => generatedText(index, 150)),
      );
    });

    it('are not run again when the driver repeats a request', async () => {
      const connection = await open();
      const requestId = crypto.randomUUID();
      const first = await query(connection, 'ROWS 2', { requestId });
      const second = await query(connection, 'ROWS 2', { requestId });
      assert.equal(second.statement.getQueryId(), first.statement.getQueryId());
      assert.equal(engine.executed.filter((text) => text === 'ROWS 2').length, 1);
    });
  });

  describe('types', () => {
    it('come out of the driver as the service sends them', async () => {
      const connection = await open();
      const columns: [string, string, string | null][] = [
        ['INT', 'NUMBER(38,0)', '42'],
        ['DEC', 'NUMBER(10,2)', '1.50'],
        ['FLT', 'FLOAT', '0.1'],
        ['TXT', 'VARCHAR(20)', 'Köln \u{1f30d} "\\\\'],
        ['BOO', 'BOOLEAN', 'true'],
        ['DAT', 'DATE', '20454'],
        ['TIM', 'TIME(9)', '3661.500000000'],
        ['NTZ', 'TIMESTAMP_NTZ(9)', '1767225600.123456789'],
        ['LTZ', 'TIMESTAMP_LTZ(9)', '1767225600.000000000'],
        ['TTZ', 'TIMESTAMP_TZ(9)', '1767225600.000000000 1500'],
        ['BIN', 'BINARY(10)', 'DEADBEEF'],
        ['VAR', 'VARIANT', '{"a":[1,null]}'],
        ['VEC', 'VECTOR(FLOAT, 2)', '[1.000000,2.000000]'],
        ['GEO', 'GEOGRAPHY', '{"type":"Point","coordinates":[1,2]}'],
        ['NIL', 'VARCHAR(1)', null],
      ];
      const { rows, statement } = await query(connection, `TYPES ${JSON.stringify(columns)}`);
      const names = (statement.getColumns() ?? []).map((column) => column.getType());
      assert.deepEqual(names, [
        'fixed',
        'fixed',
        'real',
        'text',
        'boolean',
        'date',
        'time',
        'timestamp_ntz',
        'timestamp_ltz',
        'timestamp_tz',
        'binary',
        'variant',
        'vector',
        'object',
        'text',
      ]);
      const [int, dec, flt, txt, boo, dat, tim, ntz, ltz, ttz, bin, variant, vector, geo, nil] = rows[0] ?? [];
      assert.deepEqual([int, dec, flt, txt, boo], [42, 1.5, 0.1, columns[3]?.[2], true]);
      assert.equal((dat as Date).toISOString(), '2026-01-01T00:00:00.000Z');
      assert.equal(tim, '01:01:01');
      assert.deepEqual(
        [ntz, ltz, ttz].map((value) => (value as Date).getTime()),
        [1767225600123, 1767225600000, 1767225600000],
      );
      assert.equal((bin as Buffer).toString('hex'), 'deadbeef');
      assert.deepEqual(variant, { a: [1, null] });
      assert.equal(vector, '[1.000000,2.000000]');
      assert.deepEqual(geo, { type: 'Point', coordinates: [1, 2] });
      assert.equal(nil, null);
    });
  });

  describe('trouble on the way', () => {
    it('is survived by the driver: a chunk cut in the middle, a chunk refused, a reply lost', async () => {
      const connection = await open();
      const { rules } = standIn.faults;
      rules.onChunk({ fault: { kind: 'cut', afterBytes: 5000 }, chunk: 1 });
      rules.onChunk({ fault: { kind: 'status', status: 503 }, chunk: 2 });
      rules.onChunk({ fault: { kind: 'status', status: 403 }, chunk: 3 });
      rules.onRequest({ fault: { kind: 'drop' }, path: /query-request$/ });
      const values = await stream(connection, 'ROWS 40000 150', { parameters: { CLIENT_RESULT_CHUNK_SIZE: 16 } });
      assert.equal(values.length, 40_000);
      assert.equal(
        values.findIndex((value, index) => value !== generatedText(index, 150)),
        -1,
      );
      assert.equal(engine.executed.filter((text) => text === 'ROWS 40000 150').length, 1);
    });
  });

  describe('statement log', () => {
    it('has a line for every statement, and no bind value', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'wire-'));
      try {
        await standIn.close();
        await start({ statementLog: join(folder, 'statements.jsonl') });
        const connection = await open({ queryTag: 'snowmelt:t:1' });
        await query(connection, 'BINDS', { binds: ['hunter2'] });
        await assert.rejects(query(connection, 'NONSENSE'));
        await destroy(connection);
        connections.length = 0;
        await standIn.close();
        const content = await readFile(join(folder, 'statements.jsonl'), 'utf8');
        assert.doesNotMatch(content, /hunter2/);
        const lines = content
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
        assert.deepEqual(
          lines.map(({ user, queryTag, text, outcome, code, rows, binds }) => ({
            user,
            queryTag,
            text,
            outcome,
            code,
            rows,
            binds,
          })),
          [
            {
              user: 'ANNA',
              queryTag: 'snowmelt:t:1',
              text: 'BINDS',
              outcome: 'success',
              code: null,
              rows: 1,
              binds: 1,
            },
            {
              user: 'ANNA',
              queryTag: 'snowmelt:t:1',
              text: 'NONSENSE',
              outcome: 'error',
              code: 1003,
              rows: null,
              binds: 0,
            },
          ],
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
});
