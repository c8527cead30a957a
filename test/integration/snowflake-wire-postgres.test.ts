import assert from 'node:assert/strict';
import type { Connection, ConnectionOptions, RowStatement, SnowflakeError } from 'snowflake-sdk';
import { openPostgresEngine, type PostgresEngine } from '../../src/local/snowflake/sql/postgres-engine.ts';
import { startSnowflakeStandIn, type StandIn } from '../../src/local/snowflake/wire/stand-in.ts';
import { startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.ts';

process.env.SNOWFLAKE_DISABLE_MINICORE = '1';
const { default: snowflake } = await import('snowflake-sdk');
snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false });

interface Answer {
  readonly rows: unknown[][];
  readonly statement: RowStatement;
}

describe('Snowflake stand-in, from the driver to Postgres', () => {
  let cluster: PostgresCluster;
  let engine: PostgresEngine;
  let standIn: StandIn;
  let connection: Connection;

  before(async () => {
    cluster = await startPostgresCluster();
    engine = await openPostgresEngine({ url: `postgresql://postgres@127.0.0.1:${cluster.port}/postgres` });
    standIn = await startSnowflakeStandIn({ engine, patience: 200 });
    connection = await open();
    await query('CREATE DATABASE FLUX_DB');
    await query('CREATE SCHEMA FLUX_DB.APPLICATIONS');
    await query('USE SCHEMA FLUX_DB.APPLICATIONS');
  });
  after(async () => {
    await standIn.close();
    await engine.close();
    await cluster.stop();
  });

  const open = (options: Partial<ConnectionOptions> = {}): Promise<Connection> => {
    const { account, accessUrl, user, password } = standIn;
    const created = snowflake.createConnection({
      account,
      accessUrl,
      username: user,
      password,
      ...options,
    } as ConnectionOptions);
    return new Promise((resolve, reject) => {
      created.connect((error) => {
        if (error) reject(error);
        else resolve(created);
      });
    });
  };
  const query = (sqlText: string, options: object = {}, on = connection): Promise<Answer> =>
    new Promise((resolve, reject) => {
      on.execute({
        sqlText,
        rowMode: 'array',
        ...options,
        complete: (error, statement, rows) => {
          if (error) reject(error);
          else resolve({ rows: (rows ?? []) as unknown[][], statement });
        },
      });
    });

  it('starts in the database that is there, and in none that is not', async () => {
    const there = await open({ database: 'flux_db', schema: 'applications' });
    assert.deepEqual((await query('SELECT CURRENT_DATABASE(), CURRENT_SCHEMA()', {}, there)).rows, [
      ['FLUX_DB', 'APPLICATIONS'],
    ]);
    const nowhere = await open({ database: 'missing' });
    assert.deepEqual((await query('SELECT CURRENT_DATABASE()', {}, nowhere)).rows, [[null]]);
  });

  it('describes and returns every kind of value', async () => {
    await query(`CREATE TABLE kinds (id INTEGER, price NUMBER(10,2), ratio FLOAT, name VARCHAR(20), ok BOOLEAN, day DATE,
      seen TIMESTAMP_NTZ, zoned TIMESTAMP_TZ, raw BINARY, doc VARIANT, place GEOGRAPHY)`);
    await query(`INSERT INTO kinds SELECT 1, 1.50, 0.1, 'Köln', TRUE, '2026-01-02'::DATE,
      '2026-01-01 10:00:00.123456'::TIMESTAMP_NTZ, '2026-01-01 10:00:00 +02:00'::TIMESTAMP_TZ, TO_BINARY('DEADBEEF', 'HEX'),
      PARSE_JSON('{"x":[1,"y"]}'), TO_GEOGRAPHY('POINT(1 2)')`);
    const { rows, statement } = await query('SELECT * FROM kinds');
    assert.deepEqual(
      (statement.getColumns() ?? []).map((column) => column.getType()),
      [
        'fixed',
        'fixed',
        'real',
        'text',
        'boolean',
        'date',
        'timestamp_ntz',
        'timestamp_tz',
        'binary',
        'variant',
        'object',
      ],
    );
    const [id, price, ratio, name, ok, day, seen, zoned, raw, doc, place] = rows[0] ?? [];
    assert.deepEqual([id, price, ratio, name, ok], [1, 1.5, 0.1, 'Köln', true]);
    assert.equal((day as Date).toISOString(), '2026-01-02T00:00:00.000Z');
    assert.equal((seen as Date).getTime(), Date.UTC(2026, 0, 1, 10, 0, 0, 123));
    assert.equal((zoned as Date).getTime(), Date.UTC(2026, 0, 1, 8));
    assert.equal((raw as Buffer).toString('hex'), 'deadbeef');
    assert.deepEqual(doc, { x: [1, 'y'] });
    assert.deepEqual(place, { type: 'Point', coordinates: [1, 2] });

    const described = await query(`DESCRIBE RESULT '${statement.getQueryId()}'`);
    assert.deepEqual(described.rows.map(([, type]) => type).slice(0, 2), ['NUMBER(38,0)', 'NUMBER(10,2)']);
    assert.equal(described.rows.at(-1)?.[1], 'GEOGRAPHY');
  });

  it('streams a large result in chunks, of which RESULT_SCAN says the same', async () => {
    await query('ALTER SESSION SET CLIENT_RESULT_CHUNK_SIZE = 16');
    const { statement } = await query(
      `SELECT SEQ8() || CHR(9) || REPEAT('x', 140) AS line FROM TABLE(GENERATOR(ROWCOUNT => 60000))`,
      { streamResult: true },
    );
    let rows = 0;
    let characters = 0;
    for await (const [line] of statement.streamRows() as AsyncIterable<[string]>) {
      rows++;
      characters += line.length;
    }
    assert.equal(rows, 60_000);
    const scan = await query(`SELECT COUNT(*), SUM(LENGTH(line)) FROM TABLE(RESULT_SCAN('${statement.getQueryId()}'))`);
    assert.deepEqual(scan.rows, [[rows, characters]]);
  });

  it('hands errors of the SQL on as they are', async () => {
    const codes: [string, string][] = [
      ['FROBNICATE', '001003'],
      ['SELECT nope FROM kinds', '000904'],
      ['SELECT * FROM nowhere', '002003'],
    ];
    for (const [sqlText, code] of codes) {
      await assert.rejects(query(sqlText), (error: SnowflakeError) => String(error.code) === code, sqlText);
    }
  });

  it('cancels a statement in Postgres', async () => {
    await new Promise<void>((resolve, reject) => {
      const statement = connection.execute({
        sqlText: 'SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000000000))',
        complete: (error) => {
          if (String(error?.code) === '000604') resolve();
          else reject(error ?? new Error('it was not cancelled'));
        },
      });
      statement.cancel((error) => {
        if (error) reject(error);
      });
    });
  });
});
