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
