import assert from 'node:assert/strict';
import type { SnowflakeClient } from '../support/snowflake-client.ts';
import { TimedStandIn } from '../support/timed-stand-in.ts';

const unavailable = (table: string): object => ({
  code: 707,
  sqlState: '02000',
  message: `Time travel data is not available for table ${table}. The requested time is either beyond the allowed time travel period or before the object creation time.`,
});

describe('Time Travel of the stand-in', function () {
  this.timeout(120_000);
  let standIn: TimedStandIn;
  let client: SnowflakeClient;
  let other: SnowflakeClient;

  before(async () => {
    standIn = await TimedStandIn.start();
    client = await standIn.connect();
    other = await standIn.connect();
  });
  after(() => standIn.close());

  const moment = (): Promise<string> => standIn.moment(client);

  it('shows the rows of a moment, whatever was done to them since', async () => {
    await client.run('CREATE OR REPLACE TABLE t (id INT NOT NULL, name VARCHAR)');
    const states: { at: string; rows: unknown }[] = [];
    const statements = [
      "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')",
      "UPDATE t SET name = name || '!' WHERE id < 3",
      'DELETE FROM t WHERE id = 2',
      "MERGE INTO t USING (SELECT * FROM VALUES (1, 'x'), (3, 'y'), (4, 'z')) s (id, name) ON t.id = s.id WHEN MATCHED AND s.id = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name)",
      "INSERT OVERWRITE INTO t VALUES (7, 'g')",
      'TRUNCATE TABLE t',
      'INSERT INTO t VALUES (8, NULL)',
    ];
    for (const statement of statements) {
      await client.run(statement);
      states.push({ at: await moment(), rows: await client.rows('SELECT * FROM t ORDER BY id') });
    }
    for (const { at, rows } of states) {
      assert.deepEqual(await client.rows(`SELECT * FROM t AT(${at}) ORDER BY id`), rows);
      assert.deepEqual(await other.rows(`SELECT x.* FROM t AT(${at}) AS x ORDER BY x.id`), rows);
    }
    assert.deepEqual(
      states.map(({ rows }) => (rows as unknown[]).length),
      [3, 3, 2, 2, 1, 0, 1],
    );
  });

  it('takes a time, an offset from now and a statement, from before it or after it', async () => {
    await client.run('CREATE OR REPLACE TABLE t (id INT)', "ALTER SESSION SET TIMEZONE = 'America/Los_Angeles'");
    standIn.clock.advance({ seconds: 2 });
    const insert = await client.run('INSERT INTO t VALUES (1), (2)');
    standIn.clock.advance({ seconds: 60 });
    const select = await client.run('SELECT * FROM t');
    const remove = await client.run('DELETE FROM t WHERE id = 1');
    const count = (clause: string): Promise<string | null> => client.value(`SELECT COUNT(*) FROM t ${clause}`);
    assert.equal(await count('AT(OFFSET => -30)'), '2');
    assert.equal(await count('AT(OFFSET => -60 * 0.5)'), '2');
    assert.equal(await count('at(offset => -61)'), '0');
    assert.equal(await count(`AT(STATEMENT => '${insert.queryId}')`), '2');
    assert.equal(await count(`BEFORE(STATEMENT => '${insert.queryId}')`), '0');
    assert.equal(await count(`AT(STATEMENT => '${select.queryId.toUpperCase()}')`), '2');
    assert.equal(await count(`BEFORE(STATEMENT => '${select.queryId}')`), '2');
    assert.equal(await count(`AT(STATEMENT => '${remove.queryId}')`), '1');
    assert.equal(await count(`BEFORE(STATEMENT => '${remove.queryId}')`), '2');
    await client.run('DELETE FROM t');
    assert.equal(await count('BEFORE(STATEMENT => LAST_QUERY_ID())'), '1');

    const now = standIn.clock.now();
    const utc = new Date(now.getTime() - 30_000).toISOString().replace('T', ' ').replace('Z', '');
    for (const time of [
      `'${utc} +0000'::TIMESTAMP_TZ`,
      `'${utc} +0000'::TIMESTAMP_LTZ`,
      `'${utc}'::TIMESTAMP_NTZ`,
      `'${utc}'`,
    ]) {
      assert.equal(await count(`AT(TIMESTAMP => ${time})`), '2', time);
      assert.equal(await count(`BEFORE(TIMESTAMP => ${time})`), '2', time);
    }
    assert.equal(await count('AT(TIMESTAMP => DATEADD(second, -61, CURRENT_TIMESTAMP()))'), '0');
  });

  it('sees the changes of a transaction at its commit, in all its tables at once', async () => {
    await client.run('CREATE OR REPLACE TABLE a (id INT)', 'CREATE OR REPLACE TABLE b (id INT)');
    const empty = await moment();
    await client.run('BEGIN', 'INSERT INTO a VALUES (1)');
    const open = await other.value('SELECT DATE_PART(EPOCH_MILLISECOND, CURRENT_TIMESTAMP())');
    standIn.clock.advance({ seconds: 1 });
    const insert = await client.run('INSERT INTO b VALUES (1)');
    const both = (clause: string): Promise<readonly unknown[]> =>
      client.rows(`SELECT (SELECT COUNT(*) FROM a ${clause}), (SELECT COUNT(*) FROM b ${clause})`);
    assert.deepEqual(await both(`AT(${empty})`), [['0', '0']]);
    assert.deepEqual(await both(''), [['1', '1']]);
    assert.deepEqual(await both('AT(OFFSET => 0)'), [['0', '0']], 'only what is committed has a time');
    const committed = await client.run('COMMIT');
    assert.deepEqual(await both(`AT(TIMESTAMP => TO_TIMESTAMP_LTZ(${open}, 3))`), [['0', '0']]);
    assert.deepEqual(await both('AT(OFFSET => 0)'), [['1', '1']]);
    for (const { queryId } of [insert, committed]) {
      assert.deepEqual(await both(`BEFORE(STATEMENT => '${queryId}')`), [['0', '0']]);
      assert.deepEqual(await both(`AT(STATEMENT => '${queryId}')`), [['1', '1']]);
    }
    await client.run('BEGIN', 'DELETE FROM a', 'ROLLBACK');
    assert.deepEqual(await both('AT(OFFSET => 0)'), [['1', '1']]);
  });

  it('goes through views to their tables, and shows old rows in today’s columns', async () => {
    await client.run(
      'CREATE OR REPLACE TABLE t (id INT, name VARCHAR)',
      "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
      'CREATE OR REPLACE TABLE u (id INT)',
      'INSERT INTO u VALUES (1)',
      'CREATE OR REPLACE VIEW below AS SELECT id, UPPER(name) AS name FROM t',
      'CREATE OR REPLACE VIEW v AS SELECT name, COUNT(*) AS n FROM below WHERE id IN (SELECT id FROM u) GROUP BY name',
    );
    const at = await moment();
    await client.run("UPDATE t SET name = 'changed'", 'INSERT INTO u VALUES (2)');
    assert.deepEqual(await client.rows(`SELECT * FROM v AT(${at})`), [['A', '1']]);
    assert.deepEqual(await client.rows('SELECT * FROM v'), [['CHANGED', '2']]);
    assert.deepEqual(
      await client.rows(
        `WITH w AS (SELECT * FROM v AT(${at})) SELECT w.name, t.name FROM w JOIN t AT(${at}) ON t.id = 1`,
      ),
      [['A', 'a']],
    );
    await client.run("ALTER TABLE t ADD COLUMN state VARCHAR DEFAULT 'new'", 'ALTER TABLE t RENAME TO renamed');
    assert.deepEqual(await client.rows(`SELECT * FROM renamed AT(${at}) ORDER BY id`), [
      ['1', 'a', 'new'],
      ['2', 'b', 'new'],
    ]);
    await client.run('ALTER TABLE renamed DROP COLUMN name');
    assert.deepEqual(await client.rows(`SELECT * FROM renamed AT(${at}) ORDER BY id`), [
      ['1', 'new'],
      ['2', 'new'],
    ]);
    assert.equal((await client.refused(`WITH w AS (SELECT 1 x) SELECT * FROM w AT(${at})`)).code, 2);
    assert.equal((await client.refused(`SELECT * FROM information_schema.tables AT(${at})`)).code, 2);
  });

  it('refuses a time before the table, and past its retention', async () => {
    const before = await moment();
    await client.run('CREATE OR REPLACE TABLE t (id INT)');
    const at = await moment();
    await client.run('INSERT INTO t VALUES (1)');
    assert.deepEqual(await client.refused(`SELECT * FROM t AT(${before})`), unavailable('T'));
    assert.deepEqual(await client.refused('SELECT * FROM t AT(OFFSET => -86400 * 7)'), unavailable('T'));
    await client.run('CREATE OR REPLACE VIEW v AS SELECT * FROM t');
    assert.deepEqual(await client.refused(`SELECT * FROM v AT(${before})`), unavailable('T'));
    standIn.clock.advance({ hours: 23 });
    assert.equal(await client.value(`SELECT COUNT(*) FROM t AT(${at})`), '0');
    standIn.clock.advance({ hours: 2 });
    assert.deepEqual(await client.refused(`SELECT * FROM t AT(${at})`), unavailable('T'));
    await client.run('ALTER TABLE t SET DATA_RETENTION_TIME_IN_DAYS = 2');
    assert.equal(await client.value(`SELECT COUNT(*) FROM t AT(${at})`), '0');
    await client.run('ALTER TABLE t UNSET DATA_RETENTION_TIME_IN_DAYS');
    assert.deepEqual(await client.refused(`SELECT * FROM t AT(${at})`), unavailable('T'));

    const statement = await client.run('INSERT INTO t VALUES (2)');
    await client.run('ALTER TABLE t SET DATA_RETENTION_TIME_IN_DAYS = 90');
    standIn.clock.advance({ days: 13 });
    assert.equal(await client.value(`SELECT COUNT(*) FROM t BEFORE(STATEMENT => '${statement.queryId}')`), '1');
    standIn.clock.advance({ days: 2 });
    assert.deepEqual(await client.refused(`SELECT * FROM t AT(STATEMENT => '${statement.queryId}')`), {
      code: 709,
      sqlState: '02000',
      message: `Statement ${statement.queryId} not found`,
    });
  });

  it('keeps nothing for a table without retention, and says so when it is given one', async () => {
    await client.run('CREATE OR REPLACE TABLE t (id INT) DATA_RETENTION_TIME_IN_DAYS = 0', 'INSERT INTO t VALUES (1)');
    const at = await moment();
    assert.deepEqual(await client.refused(`SELECT * FROM t AT(${at})`), unavailable('T'));
    await client.run('UPDATE t SET id = 2', 'ALTER TABLE t SET DATA_RETENTION_TIME_IN_DAYS = 1');
    assert.deepEqual(await client.refused(`SELECT * FROM t AT(${at})`), unavailable('T'));
    const later = await moment();
    await client.run('UPDATE t SET id = 3');
    assert.deepEqual(await client.rows(`SELECT * FROM t AT(${later})`), [['2']]);

    await client.run('CREATE OR REPLACE SCHEMA kept DATA_RETENTION_TIME_IN_DAYS = 7', 'CREATE TABLE kept.t (id INT)');
    await client.run('CREATE TRANSIENT TABLE kept.short (id INT)', 'USE SCHEMA public');
    const shown = await client.records('SHOW TABLES IN SCHEMA kept');
    assert.deepEqual(
      shown.map(({ name, retention_time: days }) => [name, days]),
      [
        ['SHORT', '1'],
        ['T', '7'],
      ],
    );
    for (const [kind, days] of [
      ['', 91],
      ['TRANSIENT', 2],
    ] as const) {
      const refused = await client.refused(`CREATE ${kind} TABLE long (id INT) DATA_RETENTION_TIME_IN_DAYS = ${days}`);
      assert.deepEqual([refused.code, refused.sqlState], [1008, '22023']);
    }
  });

  it('refuses what is no point in time', async () => {
    await client.run('CREATE OR REPLACE TABLE t (id INT)', 'CREATE OR REPLACE STREAM s ON TABLE t');
    await moment();
    const refusals: Readonly<Record<string, number>> = {
      'AT(OFFSET => 60)': 2210,
      "AT(OFFSET => 'x')": 2210,
      'AT(OFFSET => NULL)': 2210,
      'AT(TIMESTAMP => 5)': 2210,
      'AT(TIMESTAMP => DATEADD(day, 1, CURRENT_TIMESTAMP()))': 2210,
      "AT(STATEMENT => 'no-such-id')": 709,
      'AT(STATEMENT => NULL)': 709,
      'AT(TIMESTAMP => id)': 904,
      "AT(STREAM => 's')": 2,
      'AT(TIMESTAMP => CURRENT_TIMESTAMP(), OFFSET => -1)': 1003,
      'END(OFFSET => -1)': 1003,
    };
    for (const [clause, code] of Object.entries(refusals)) {
      assert.equal((await client.refused(`SELECT * FROM t ${clause}`)).code, code, clause);
    }
  });

  it('shows one moment as the same rows, however many change them meanwhile', async () => {
    const writers = await Promise.all([1, 2, 3, 4].map(() => standIn.connect()));
    try {
      await client.run(
        'CREATE OR REPLACE TABLE t (id INT, n INT)',
        'INSERT INTO t SELECT SEQ4(), 0 FROM TABLE(GENERATOR(ROWCOUNT => 40))',
      );
      const seen: { at: string; sum: string | null }[] = [];
      const look = async (): Promise<void> => {
        for (let i = 0; i < 30; i += 1) {
          const epoch = await other.value('SELECT DATE_PART(EPOCH_MILLISECOND, CURRENT_TIMESTAMP())');
          const at = `TIMESTAMP => TO_TIMESTAMP_LTZ(${epoch}, 3)`;
          seen.push({ at, sum: await other.value(`SELECT SUM(n) FROM t AT(${at})`) });
        }
      };
      const write = async (writer: SnowflakeClient, w: number): Promise<void> => {
        for (let i = 0; i < 15; i += 1) {
          await writer.run(
            'BEGIN',
            `UPDATE t SET n = n + 1 WHERE id % 4 = ${w}`,
            'INSERT INTO t VALUES (-1, 1)',
            'COMMIT',
          );
        }
      };
      // The first moment must not be that of the table's creation.
      standIn.clock.advance({ seconds: 1 });
      await Promise.all([look(), ...writers.map((writer, w) => write(writer, w))]);
      for (const { at, sum } of seen) {
        assert.equal(await client.value(`SELECT SUM(n) FROM t AT(${at})`), sum, at);
        assert.equal(Number(sum) % 11, 0, 'a transaction is seen whole or not at all');
      }
      assert.equal(await client.value('SELECT SUM(n) FROM t'), String(4 * 15 * 11));
      assert.ok(new Set(seen.map(({ sum }) => sum)).size > 2);
    } finally {
      await Promise.all(writers.map((writer) => writer.close()));
    }
  });
});
