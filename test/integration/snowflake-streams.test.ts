import assert from 'node:assert/strict';
import type { Row, SnowflakeClient } from '../support/snowflake-client.ts';
import { TimedStandIn } from '../support/timed-stand-in.ts';

describe('streams of the stand-in', function () {
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

  beforeEach(async () => {
    await client.run(
      'CREATE OR REPLACE SCHEMA db.public',
      'CREATE TABLE t (id INT, c VARCHAR)',
      'CREATE TABLE sink (id INT)',
    );
  });

  /** What a stream gives, without row ids, in order. */
  const told = (stream: string, session = client): Promise<readonly Row[]> =>
    session.rows(`SELECT * EXCLUDE metadata$row_id FROM ${stream} ORDER BY 1, metadata$action`);
  const hasData = (stream: string, session = client): Promise<string | null> =>
    session.value(`SELECT SYSTEM$STREAM_HAS_DATA('${stream}')`);

  it('gives the net changes since its offset, and turns change tracking on', async () => {
    await client.run("INSERT INTO t VALUES (1, 'a'), (2, 'b')", 'CREATE STREAM s ON TABLE t');
    assert.deepEqual(
      (await client.records("SHOW TABLES LIKE 'T'")).map(({ change_tracking: on }) => on),
      ['ON'],
    );
    assert.deepEqual(await told('s'), []);
    assert.equal(await hasData('s'), 'FALSE');
    await client.run(
      "UPDATE t SET c = 'x' WHERE id = 1",
      'DELETE FROM t WHERE id = 2',
      "INSERT INTO t VALUES (3, 'c')",
    );
    const expected = [
      ['1', 'a', 'DELETE', 'TRUE'],
      ['1', 'x', 'INSERT', 'TRUE'],
      ['2', 'b', 'DELETE', 'FALSE'],
      ['3', 'c', 'INSERT', 'FALSE'],
    ];
    assert.deepEqual(await told('s'), expected);
    assert.deepEqual(await told('db.public.s'), expected, 'reading alone consumes nothing');
    assert.equal(await hasData('db.public.s'), 'TRUE');
    assert.deepEqual(await told('s', other), expected);
    await client.run('CREATE VIEW over AS SELECT id, metadata$action AS action FROM s');
    assert.equal(await client.value("SELECT COUNT(*) FROM over WHERE action = 'INSERT'"), '2');
  });

  it('moves its offset with the DML that reads it, whatever that takes of it', async () => {
    await client.run('CREATE STREAM s ON TABLE t');
    const consumers = [
      'INSERT INTO sink SELECT id FROM s',
      'INSERT INTO sink SELECT id FROM s WHERE 0 = 1',
      'MERGE INTO sink USING s ON sink.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (s.id)',
      'UPDATE sink SET id = s.id FROM s WHERE sink.id = s.id',
      'DELETE FROM sink USING s WHERE sink.id = s.id',
      'DELETE FROM sink WHERE id IN (SELECT id FROM s)',
      'CREATE OR REPLACE TABLE copy AS SELECT * FROM s',
      'CREATE OR REPLACE TEMPORARY TABLE reset AS SELECT * FROM s WHERE FALSE',
    ];
    for (const [i, consumer] of consumers.entries()) {
      await client.run(`INSERT INTO t VALUES (${i}, 'new')`);
      assert.deepEqual(await told('s'), [[String(i), 'new', 'INSERT', 'FALSE']], consumer);
      await client.run(consumer);
      assert.deepEqual(await told('s'), [], consumer);
      assert.equal(await hasData('s'), 'FALSE', consumer);
    }
    assert.deepEqual(await client.rows('SELECT id, metadata$action FROM copy'), [['6', 'INSERT']]);
    await client.run("INSERT INTO t VALUES (100, 'more')");
    await client.refused('INSERT INTO sink SELECT 1 / (id - 100) FROM s');
    assert.equal((await told('s')).length, 1, 'a statement that failed consumes nothing');
    await client.run('BEGIN', 'INSERT INTO sink VALUES (1)');
    await client.refused('INSERT INTO sink SELECT 1 / (id - 100) FROM s');
    await client.run('COMMIT');
    assert.equal((await told('s')).length, 1, 'nor with the commit of its transaction');
  });

  it('gives the same in all of a transaction, which consumes it at its commit', async () => {
    await client.run('CREATE STREAM s ON TABLE t', "INSERT INTO t VALUES (1, 'a')");
    await client.run('BEGIN', "INSERT INTO t VALUES (2, 'own')");
    await other.run("INSERT INTO t VALUES (3, 'theirs')");
    const first = [['1', 'a', 'INSERT', 'FALSE']];
    assert.deepEqual(await told('s'), first);
    await client.run('INSERT INTO sink SELECT id FROM s', "UPDATE t SET c = 'z' WHERE id = 1");
    assert.deepEqual(await told('s'), first);
    await client.run('INSERT INTO sink SELECT id + 100 FROM s');
    assert.equal((await told('s', other)).length, 2, 'others see it as it was');
    assert.equal(await hasData('s'), 'TRUE');
    await client.run('ROLLBACK');
    assert.equal((await told('s')).length, 2, 'a rollback consumes nothing');
    assert.deepEqual(await client.rows('SELECT * FROM sink'), []);

    await client.run('BEGIN');
    await other.run("INSERT INTO t VALUES (4, 'later')");
    await client.run('INSERT INTO sink SELECT id FROM s', 'COMMIT');
    assert.deepEqual(await client.rows('SELECT id FROM sink ORDER BY id'), [['1'], ['3']]);
    assert.deepEqual(await told('s'), [['4', 'later', 'INSERT', 'FALSE']]);
    await client.run('BEGIN');
    assert.equal((await told('s')).length, 1);
    await client.run('COMMIT');
    assert.equal((await told('s')).length, 1, 'a transaction that only reads it consumes nothing');
  });

  it('lets one consume it while another waits, and gives each change to one of them', async () => {
    await client.run('CREATE STREAM s ON TABLE t', "INSERT INTO t VALUES (1, 'a')", 'BEGIN');
    await client.run('INSERT INTO sink SELECT id FROM s');
    let finished = false;
    const waiting = other.run('INSERT INTO sink SELECT id + 10 FROM s').then(() => {
      finished = true;
    });
    const third = await standIn.connect();
    assert.equal((await told('s', third)).length, 1, 'who only reads does not wait');
    await third.close();
    assert.equal(finished, false);
    await client.run('COMMIT');
    await waiting;
    assert.deepEqual(await client.rows('SELECT id FROM sink'), [['1']]);

    await other.run('BEGIN');
    await client.run("INSERT INTO t VALUES (2, 'b')", 'INSERT INTO sink SELECT id FROM s');
    await other.run('INSERT INTO sink SELECT id + 10 FROM s', 'COMMIT');
    await client.run("INSERT INTO t VALUES (3, 'c')");
    assert.deepEqual(
      (await told('s')).map(([id]) => id),
      ['3'],
      'an offset never goes back',
    );
    assert.deepEqual(await client.rows('SELECT id FROM sink ORDER BY id'), [['1'], ['2']]);
  });

  it('loses nothing and repeats nothing, whoever writes and consumes at once', async () => {
    await client.run('CREATE STREAM s ON TABLE t', 'CREATE TABLE log (id INT, action VARCHAR)');
    const sessions = await Promise.all(Array.from({ length: 6 }, () => standIn.connect()));
    const write = async (session: SnowflakeClient, w: number): Promise<void> => {
      for (let i = 0; i < 15; i += 1) {
        const id = w * 1000 + i;
        await session.run(
          'BEGIN',
          `INSERT INTO t VALUES (${id}, 'x'), (${id + 500}, 'y')`,
          `DELETE FROM t WHERE id = ${id + 499}`,
        );
        await session.run(i % 5 === 4 ? 'ROLLBACK' : 'COMMIT');
      }
    };
    const consume = async (session: SnowflakeClient): Promise<void> => {
      for (let i = 0; i < 12; i += 1) {
        await session.run(
          'BEGIN',
          'INSERT INTO log SELECT id, metadata$action FROM s',
          i % 4 === 3 ? 'ROLLBACK' : 'COMMIT',
        );
      }
    };
    try {
      await Promise.all(sessions.map((session, w) => (w < 3 ? write(session, w) : consume(session))));
      await client.run('INSERT INTO log SELECT id, metadata$action FROM s');
      const net = `SELECT id, SUM(IFF(action = 'INSERT', 1, -1)) AS n, COUNT(*) AS c FROM log GROUP BY id`;
      assert.deepEqual(
        await client.rows(`SELECT id FROM (${net}) WHERE n = 1 ORDER BY id`),
        await client.rows('SELECT id FROM t ORDER BY id'),
      );
      assert.deepEqual(await client.rows(`SELECT id FROM (${net}) WHERE n NOT IN (0, 1) OR c > 2`), []);
    } finally {
      await Promise.all(sessions.map((session) => session.close()));
    }
  });

  it('begins with the rows of its creation where it is told to, until it is consumed', async () => {
    await client.run("INSERT INTO t VALUES (10, 'a')", 'CREATE STREAM s ON TABLE t SHOW_INITIAL_ROWS = TRUE');
    await client.run('DELETE FROM t WHERE id = 10', "INSERT INTO t VALUES (20, 'b')");
    assert.deepEqual(await told('s'), [['10', 'a', 'INSERT', 'FALSE']]);
    assert.equal(await hasData('s'), 'TRUE');
    await client.run('BEGIN', 'INSERT INTO sink SELECT id FROM s');
    assert.deepEqual(await told('s'), [['10', 'a', 'INSERT', 'FALSE']]);
    await client.run('COMMIT');
    assert.deepEqual(await told('s'), [
      ['10', 'a', 'DELETE', 'FALSE'],
      ['20', 'b', 'INSERT', 'FALSE'],
    ]);
    await client.run('INSERT INTO sink SELECT id FROM s');
    assert.deepEqual(await told('s'), []);
    await client.run('CREATE STREAM v ON TABLE t APPEND_ONLY = TRUE SHOW_INITIAL_ROWS = TRUE');
    await client.run("INSERT INTO t VALUES (30, 'c')");
    assert.deepEqual(
      (await told('v')).map(([id]) => id),
      ['20'],
    );
    await client.run('CREATE OR REPLACE TEMP TABLE reset AS SELECT * FROM v WHERE 1 = 0');
    assert.deepEqual(
      (await told('v')).map(([id]) => id),
      ['30'],
    );
  });

  it('gives appended rows only, as they were inserted', async () => {
    await client.run('CREATE STREAM s ON TABLE t APPEND_ONLY = TRUE');
    await client.run("INSERT INTO t SELECT SEQ4(), 'new' FROM TABLE(GENERATOR(ROWCOUNT => 10))");
    await client.run('DELETE FROM t WHERE id < 5', "UPDATE t SET c = 'changed'");
    assert.deepEqual(await client.rows('SELECT c, metadata$action, metadata$isupdate, COUNT(*) FROM s GROUP BY ALL'), [
      ['new', 'INSERT', 'FALSE', '10'],
    ]);
    await client.run('INSERT INTO sink SELECT id FROM s', 'TRUNCATE TABLE t');
    assert.deepEqual(await told('s'), []);
  });

  it('begins at a point in time, or at another stream’s offset', async () => {
    await client.run('CREATE STREAM first ON TABLE t');
    const insert = await client.run("INSERT INTO t VALUES (1, 'a')");
    standIn.clock.advance({ seconds: 10 });
    await client.run("INSERT INTO t VALUES (2, 'b')");
    const ids = async (start: string, more = ''): Promise<readonly unknown[]> => {
      await client.run(`CREATE OR REPLACE STREAM s ON TABLE t ${start} ${more}`);
      return (await told('s')).map(([id]) => id);
    };
    assert.deepEqual(await ids(''), []);
    assert.deepEqual(await ids(`AT(STATEMENT => '${insert.queryId}')`), ['2']);
    assert.deepEqual(await ids(`BEFORE (STATEMENT => '${insert.queryId}')`), ['1', '2']);
    assert.deepEqual(await ids('AT(OFFSET => -5)'), ['2']);
    assert.deepEqual(await ids("AT(STREAM => 'first')", "APPEND_ONLY = TRUE COMMENT = 'y'"), ['1', '2']);
    assert.deepEqual(
      await ids("AT(STREAM => 's')"),
      ['1', '2'],
      'a stream made anew at its own offset keeps its changes',
    );
    await client.run('INSERT INTO sink SELECT id FROM first');
    assert.deepEqual(await ids("BEFORE(STREAM => 'first')"), []);
    assert.deepEqual(
      await client.rows("SELECT id, metadata$action FROM t CHANGES(INFORMATION => DEFAULT) AT(STREAM => 'first')"),
      [],
    );
    assert.deepEqual(await client.refused("CREATE STREAM n ON TABLE t AT(STREAM => 'nowhere')"), {
      code: 2003,
      sqlState: '02000',
      message: "Stream 'nowhere' not found.",
    });
    assert.equal((await client.refused('CREATE STREAM n ON TABLE t AT(STREAM => NULL)')).code, 2210);
    assert.equal((await client.refused('CREATE STREAM n ON TABLE t AT(OFFSET => -3600)')).code, 707);
    const untracked = await client.run('CREATE TABLE u (id INT)', 'INSERT INTO u VALUES (1)');
    await client.run('INSERT INTO u VALUES (2)');
    const refused = await client.refused(`CREATE STREAM n ON TABLE u AT(STATEMENT => '${untracked.queryId}')`);
    assert.equal(refused.code, 91930);
  });

  it('tells the version that it stands at', async () => {
    const stamp = (): Promise<string | null> => client.value("SELECT SYSTEM$STREAM_GET_TABLE_TIMESTAMP('s')");
    await client.run('CREATE STREAM s ON TABLE t');
    assert.equal(await stamp(), '0');
    await client.run("INSERT INTO t VALUES (1, 'a')");
    assert.equal(await stamp(), '0');
    const version = await client.value("SELECT SYSTEM$LAST_CHANGE_COMMIT_TIME('t')");
    await client.run('INSERT INTO sink SELECT id FROM s');
    assert.equal(await stamp(), version);
    await client.run('CREATE VIEW v AS SELECT * FROM t', 'CREATE STREAM sv ON VIEW v');
    assert.equal((await client.refused("SELECT SYSTEM$STREAM_GET_TABLE_TIMESTAMP('sv')")).code, 2);
    assert.equal((await client.refused("SELECT SYSTEM$STREAM_HAS_DATA('nowhere')")).code, 2003);
    assert.equal((await client.refused("SELECT SYSTEM$STREAM_HAS_DATA('t')")).code, 2003);
  });

  it('is on views too, of one table or more', async () => {
    await client.run(
      "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
      'CREATE TABLE u (id INT, d VARCHAR)',
      "INSERT INTO u VALUES (1, 'd')",
      'CREATE VIEW one AS SELECT id FROM t WHERE id > 1',
      'CREATE VIEW two AS SELECT t.id, c, d FROM t JOIN u ON t.id = u.id',
      'CREATE STREAM s1 ON VIEW one',
      'CREATE STREAM s2 ON VIEW two SHOW_INITIAL_ROWS = TRUE',
    );
    assert.deepEqual(await told('s2'), [['1', 'a', 'd', 'INSERT', 'FALSE']]);
    await client.run('INSERT INTO sink SELECT id FROM s2', "UPDATE u SET d = 'e'", 'UPDATE t SET id = 0 WHERE id = 2');
    assert.deepEqual(await told('s1'), [['2', 'DELETE', 'FALSE']]);
    assert.deepEqual(await told('s2'), [
      ['1', 'a', 'd', 'DELETE', 'TRUE'],
      ['1', 'a', 'e', 'INSERT', 'TRUE'],
    ]);
    await client.run('INSERT INTO sink SELECT id FROM s2', "UPDATE t SET c = 'unseen' WHERE id = 0");
    assert.deepEqual(await told('s2'), []);
    assert.equal(await hasData('s2'), 'TRUE', 'it compares versions of tables, not rows');
    await client.run('CREATE VIEW grouped AS SELECT COUNT(*) n FROM t');
    assert.equal((await client.refused('CREATE STREAM s3 ON VIEW grouped')).code, 2);
    assert.equal((await client.refused('CREATE STREAM s3 ON TABLE one')).code, 1066);
    await client.run('CREATE OR REPLACE TABLE u (id INT, d VARCHAR)');
    assert.equal((await client.refused('SELECT * FROM s2')).code, 91901);
    assert.deepEqual(await told('s1'), [['2', 'DELETE', 'FALSE']]);
  });

  it('refuses to compare geospatial values when it is read, unless it gives appended rows only', async () => {
    await client.run(
      'CREATE TABLE g (id INT, shape GEOMETRY)',
      'CREATE STREAM s ON TABLE g',
      'CREATE STREAM a ON TABLE g APPEND_ONLY = TRUE',
    );
    await client.run("INSERT INTO g SELECT 1, TO_GEOMETRY('POINT(1 2)')");
    for (const statement of ['SELECT id FROM s', 'INSERT INTO sink SELECT id FROM s']) {
      const refused = await client.refused(statement);
      assert.deepEqual([refused.code, refused.sqlState], [1044, '42P13']);
      assert.match(refused.message, /EQUAL_NULL': \(GEOMETRY, GEOMETRY\)/u);
    }
    assert.deepEqual(await client.rows('SELECT id, metadata$action FROM a'), [['1', 'INSERT']]);
  });

  it('follows its table when that is renamed, and not to another', async () => {
    await client.run('CREATE STREAM s ON TABLE t', "INSERT INTO t VALUES (1, 'a')", 'ALTER TABLE t RENAME TO renamed');
    assert.equal((await told('s')).length, 1);
    await client.run('CREATE TABLE t (id INT)');
    assert.equal((await client.records('DESCRIBE STREAM s'))[0]?.table_name, 'DB.PUBLIC.RENAMED');
    await client.run('CREATE OR REPLACE TABLE renamed (id INT, c VARCHAR)');
    const refused = await client.refused('SELECT *\n  FROM s');
    assert.deepEqual(refused, {
      code: 91901,
      sqlState: '01000',
      message: "Base table 'DB.PUBLIC.T' dropped, cannot read from stream 'S' in line 2 position 7",
    });
    assert.equal((await client.refused("SELECT SYSTEM$STREAM_HAS_DATA('s')")).code, 91901);
    assert.equal((await client.records('SHOW STREAMS'))[0]?.stale, 'true');
    await client.run('CREATE OR REPLACE STREAM s ON TABLE renamed', "INSERT INTO renamed VALUES (2, 'b')");
    assert.equal((await told('s')).length, 1);
    await client.run('DROP TABLE renamed');
    assert.equal((await client.refused('INSERT INTO sink SELECT id FROM s')).code, 91901);
    await client.run('DROP STREAM s');
    assert.equal((await client.refused('SELECT * FROM s')).code, 2003);
    await client.run('DROP STREAM IF EXISTS s');
    assert.equal((await client.refused('DROP STREAM s')).code, 2003);
  });

  it('goes stale after the longer of retention and extension, and not while it is used', async () => {
    await client.run('CREATE TABLE short (id INT) DATA_RETENTION_TIME_IN_DAYS = 1 MAX_DATA_EXTENSION_TIME_IN_DAYS = 3');
    await client.run(
      'CREATE STREAM s ON TABLE short',
      'CREATE STREAM quiet ON TABLE short',
      'INSERT INTO short VALUES (1)',
    );
    const shown = async (): Promise<unknown> =>
      (await client.records("SHOW STREAMS LIKE 'S'")).map(({ stale }) => stale);
    standIn.clock.advance({ days: 2, hours: 12 });
    assert.equal((await client.refused('SELECT * FROM short AT(OFFSET => -86400 * 2)')).code, 707);
    assert.deepEqual(await shown(), ['false']);
    assert.deepEqual(await told('s'), [['1', 'INSERT', 'FALSE']]);
    await client.run('INSERT INTO sink SELECT id FROM s', 'INSERT INTO sink SELECT id FROM quiet');
    standIn.clock.advance({ days: 2 });
    assert.equal(await hasData('quiet'), 'FALSE', 'asking an empty stream keeps it');
    await client.run('INSERT INTO short VALUES (2)');
    standIn.clock.advance({ days: 2 });
    assert.deepEqual(await shown(), ['true']);
    assert.match((await client.refused('SELECT * FROM s')).message, /stale/u);
    assert.match((await client.refused('INSERT INTO sink SELECT id FROM s')).message, /stale/u);
    assert.deepEqual(await told('quiet'), [['2', 'INSERT', 'FALSE']]);
    await client.run('ALTER TABLE short SET MAX_DATA_EXTENSION_TIME_IN_DAYS = 14');
    assert.deepEqual(await told('s'), [['2', 'INSERT', 'FALSE']]);
    await client.run('ALTER TABLE short SET DATA_RETENTION_TIME_IN_DAYS = 0 MAX_DATA_EXTENSION_TIME_IN_DAYS = 2');
    await client.run('CREATE OR REPLACE STREAM s ON TABLE short', 'UPDATE short SET id = 9 WHERE id = 2');
    assert.deepEqual(await told('s'), [
      ['2', 'DELETE', 'TRUE'],
      ['9', 'INSERT', 'TRUE'],
    ]);
  });

  it('is listed and described', async () => {
    await client.run(
      "CREATE STREAM s ON TABLE t COMMENT = 'mine'",
      'CREATE VIEW v AS SELECT id FROM t',
      'CREATE STREAM sv ON VIEW v APPEND_ONLY = TRUE',
    );
    const [s, sv] = await client.records('SHOW STREAMS IN SCHEMA db.public');
    assert.deepEqual(Object.keys(s ?? {}), [
      'created_on',
      'name',
      'database_name',
      'schema_name',
      'owner',
      'comment',
      'table_name',
      'source_type',
      'base_tables',
      'type',
      'stale',
      'mode',
      'stale_after',
      'invalid_reason',
      'owner_role_type',
    ]);
    const { created_on: created, stale_after: staleAfter, ...rest } = s ?? {};
    assert.equal(Math.round((Date.parse(staleAfter ?? '') - Date.parse(created ?? '')) / 86_400_000), 14);
    assert.deepEqual(rest, {
      name: 'S',
      database_name: 'DB',
      schema_name: 'PUBLIC',
      owner: 'SYSADMIN',
      comment: 'mine',
      table_name: 'DB.PUBLIC.T',
      source_type: 'Table',
      base_tables: 'DB.PUBLIC.T',
      type: 'DELTA',
      stale: 'false',
      mode: 'DEFAULT',
      invalid_reason: 'N/A',
      owner_role_type: 'ROLE',
    });
    assert.deepEqual(
      [sv?.table_name, sv?.source_type, sv?.base_tables, sv?.mode],
      ['DB.PUBLIC.V', 'View', 'DB.PUBLIC.T', 'APPEND_ONLY'],
    );
    assert.deepEqual(await client.records('DESC STREAM s'), [s]);
    assert.deepEqual(
      (await client.records("SHOW TERSE STREAMS LIKE 's_'")).map(({ name, tableOn }) => [name, tableOn]),
      [['SV', 'DB.PUBLIC.V']],
    );
    await client.run('CREATE STREAM IF NOT EXISTS s ON TABLE t');
    for (const statement of [
      'CREATE STREAM s ON TABLE t',
      'CREATE STREAM t ON TABLE t',
      'CREATE TABLE s (id INT)',
      'CREATE VIEW s AS SELECT 1 a',
    ]) {
      assert.equal((await client.refused(statement)).code, 2002, statement);
    }
    assert.equal((await client.refused('CREATE STREAM x ON TABLE nowhere')).code, 2003);
    await client.run('CREATE TEMP TABLE temporary (id INT)');
    assert.equal((await client.refused('CREATE STREAM x ON TABLE temporary')).code, 2);
  });

  it('needs the privileges of its pages', async () => {
    await client.run(
      'CREATE OR REPLACE ROLE reader',
      'GRANT USAGE ON DATABASE db TO ROLE reader',
      'GRANT USAGE, CREATE STREAM ON SCHEMA db.public TO ROLE reader',
      'GRANT SELECT ON TABLE t TO ROLE reader',
      'CREATE STREAM s ON TABLE sink',
      'GRANT INSERT ON TABLE sink TO ROLE reader',
    );
    await other.run('USE ROLE reader');
    try {
      assert.equal(
        (await other.refused('CREATE STREAM own ON TABLE t')).code,
        3001,
        'only its owner turns tracking on',
      );
      await client.run('ALTER TABLE t SET CHANGE_TRACKING = TRUE');
      await other.run('CREATE STREAM own ON TABLE t');
      await client.run("INSERT INTO t VALUES (1, 'a')");
      assert.equal((await told('own', other)).length, 1);
      await other.run('INSERT INTO sink SELECT id FROM own');
      assert.deepEqual(await told('own', other), []);
      assert.equal((await other.refused('SELECT * FROM s')).code, 2003);
      await client.run('GRANT SELECT ON STREAM s TO ROLE reader');
      assert.equal((await other.refused('SELECT * FROM s')).code, 91901, 'the table below must be readable too');
      await client.run('GRANT SELECT ON TABLE sink TO ROLE reader');
      assert.equal((await told('s', other)).length, 1);
      assert.equal((await other.refused('DROP STREAM s')).code, 3001);
    } finally {
      await other.run('USE ROLE sysadmin');
    }
  });
});
