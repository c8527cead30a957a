import assert from 'node:assert/strict';
import type { Row, SnowflakeClient } from '../support/snowflake-client.ts';
import { TimedStandIn } from '../support/timed-stand-in.ts';

const missing = (table: string): object => ({
  code: 91930,
  sqlState: '55000',
  message: `SQL compilation error: Change tracking is not enabled or has been missing for the time range requested on table '${table}'.`,
});

describe('change tracking of the stand-in', function () {
  this.timeout(120_000);
  let standIn: TimedStandIn;
  let client: SnowflakeClient;

  before(async () => {
    standIn = await TimedStandIn.start();
    client = await standIn.connect();
  });
  after(() => standIn.close());

  const moment = (): Promise<string> => standIn.moment(client);

  const changes = (object: string, from: string, to?: string, kind = 'DEFAULT'): string =>
    `${object} CHANGES(INFORMATION => ${kind}) AT(${from})${to === undefined ? '' : ` END(${to})`}`;

  /** The changes without their row ids, in order. */
  async function told(clause: string): Promise<readonly Row[]> {
    return client.rows(`SELECT * EXCLUDE metadata$row_id FROM ${clause} ORDER BY 1, metadata$action`);
  }

  it('tells the net changes of an interval, an update as a pair with one row id', async () => {
    await client.run('CREATE OR REPLACE TABLE t (id INT NOT NULL, c VARCHAR) CHANGE_TRACKING = TRUE');
    const empty = await moment();
    await client.run("INSERT INTO t VALUES (1, 'red'), (2, 'blue'), (3, 'green'), (4, 'grey')");
    const filled = await moment();
    await client.run(
      'DELETE FROM t WHERE id = 1',
      "UPDATE t SET c = 'x' WHERE id = 2",
      "UPDATE t SET c = 'purple' WHERE id = 2",
      "UPDATE t SET c = 'x' WHERE id = 4",
      "UPDATE t SET c = 'grey' WHERE id = 4",
      "INSERT INTO t VALUES (5, 'new'), (6, 'gone')",
      'DELETE FROM t WHERE id = 6',
      'DELETE FROM t WHERE id = 3',
      "INSERT INTO t VALUES (3, 'green')",
    );
    const changed = await moment();
    await client.run('TRUNCATE TABLE t');

    assert.deepEqual(await told(changes('t', filled, changed)), [
      ['1', 'red', 'DELETE', 'FALSE'],
      ['2', 'blue', 'DELETE', 'TRUE'],
      ['2', 'purple', 'INSERT', 'TRUE'],
      ['3', 'green', 'DELETE', 'FALSE'],
      ['3', 'green', 'INSERT', 'FALSE'],
      ['5', 'new', 'INSERT', 'FALSE'],
    ]);
    assert.deepEqual(await told(changes('t', empty, changed)), [
      ['2', 'purple', 'INSERT', 'FALSE'],
      ['3', 'green', 'INSERT', 'FALSE'],
      ['4', 'grey', 'INSERT', 'FALSE'],
      ['5', 'new', 'INSERT', 'FALSE'],
    ]);
    assert.deepEqual(
      (await told(changes('t', changed))).map(([id, , action]) => [id, action]),
      ['2', '3', '4', '5'].map((id) => [id, 'DELETE']),
    );
    assert.deepEqual(await told(changes('t', empty)), []);
    assert.deepEqual(await told(changes('t', filled, filled)), []);
    assert.deepEqual(await told(changes('t', empty, changed, 'APPEND_ONLY')), [
      ['1', 'red', 'INSERT', 'FALSE'],
      ['2', 'blue', 'INSERT', 'FALSE'],
      ['3', 'green', 'INSERT', 'FALSE'],
      ['3', 'green', 'INSERT', 'FALSE'],
      ['4', 'grey', 'INSERT', 'FALSE'],
      ['5', 'new', 'INSERT', 'FALSE'],
      ['6', 'gone', 'INSERT', 'FALSE'],
    ]);

    const { columns, rows } = await client.run(`SELECT * FROM ${changes('t', filled, changed)} WHERE id = 2`);
    assert.deepEqual(columns, ['ID', 'C', 'METADATA$ACTION', 'METADATA$ISUPDATE', 'METADATA$ROW_ID']);
    assert.match(rows[0]?.[4] ?? '', /^[0-9a-f]{40}$/u);
    assert.equal(rows[0]?.[4], rows[1]?.[4]);
    const ids = await client.rows(`SELECT DISTINCT metadata$row_id FROM ${changes('t', empty, changed)}`);
    assert.equal(ids.length, 4);
    const kept = await client.value(`SELECT metadata$row_id FROM ${changes('t', changed)} WHERE id = 2`);
    assert.equal(kept, rows[0]?.[4], 'a row keeps its id');
    assert.deepEqual(
      (await client.rows('DESCRIBE RESULT LAST_QUERY_ID(-1)')).map(([, type]) => type),
      ['VARCHAR(40)'],
    );
  });

  it('tells what one transaction did in one step, and the changes of bulk loads and of statements', async () => {
    await client.run('CREATE OR REPLACE TABLE t (id INT, n INT) CHANGE_TRACKING = TRUE');
    const start = await moment();
    await client.run('BEGIN', 'INSERT INTO t VALUES (1, 1), (2, 1)', 'UPDATE t SET n = n + 1');
    assert.deepEqual(await told(changes('t', start)), [], 'what is not committed is no change yet');
    const remove = await client.run('DELETE FROM t WHERE id = 2');
    await client.run('COMMIT');
    assert.deepEqual(await told(changes('t', start)), [['1', '2', 'INSERT', 'FALSE']]);
    assert.deepEqual(await told(changes('t', start, undefined, 'APPEND_ONLY')), [['1', '2', 'INSERT', 'FALSE']]);
    assert.deepEqual(await told(changes('t', start, `STATEMENT => '${remove.queryId}'`)), [
      ['1', '2', 'INSERT', 'FALSE'],
    ]);
    assert.deepEqual(await told(changes('t', `STATEMENT => '${remove.queryId}'`)), []);
    assert.deepEqual(await told(`t CHANGES(INFORMATION => DEFAULT) BEFORE(STATEMENT => '${remove.queryId}')`), [
      ['1', '2', 'INSERT', 'FALSE'],
    ]);
    await client.run('BEGIN', 'UPDATE t SET n = 5', 'UPDATE t SET n = 6', 'COMMIT');
    await client.run('BEGIN', 'UPDATE t SET n = 0', 'ROLLBACK');
    assert.deepEqual(await told(changes('t', `STATEMENT => '${remove.queryId}'`)), [
      ['1', '2', 'DELETE', 'TRUE'],
      ['1', '6', 'INSERT', 'TRUE'],
    ]);
  });

  it('tells all changes of rows that came with their table', async () => {
    await client.run(
      'CREATE OR REPLACE TABLE t CHANGE_TRACKING = TRUE AS SELECT SEQ4() AS id, SEQ4() AS n FROM TABLE(GENERATOR(ROWCOUNT => 5))',
    );
    const start = await moment();
    await client.run('UPDATE t SET n = 10 WHERE id = 1', 'DELETE FROM t WHERE id = 2');
    const between = await moment();
    await client.run('UPDATE t SET n = 11 WHERE id = 1', 'UPDATE t SET n = 40 WHERE id = 4');
    await client.run("ALTER TABLE t ADD COLUMN note VARCHAR DEFAULT 'x'");
    assert.deepEqual(await told(changes('t', start)), [
      ['1', '1', 'x', 'DELETE', 'TRUE'],
      ['1', '11', 'x', 'INSERT', 'TRUE'],
      ['2', '2', 'x', 'DELETE', 'FALSE'],
      ['4', '4', 'x', 'DELETE', 'TRUE'],
      ['4', '40', 'x', 'INSERT', 'TRUE'],
    ]);
    const id = (clause: string): Promise<string | null> =>
      client.value(`SELECT metadata$row_id FROM ${clause} WHERE id = 1 AND metadata$action = 'INSERT'`);
    assert.equal(await id(changes('t', start, between)), await id(changes('t', between)));
    await client.run('DELETE FROM t');
    const gone = await client.rows(`SELECT COUNT(DISTINCT metadata$row_id) FROM ${changes('t', start)}`);
    assert.deepEqual(gone, [['5']]);
  });

  it('is turned on and off, shown, and refused where it was off', async () => {
    await client.run('CREATE OR REPLACE TABLE t (id INT)');
    const tracking = async (): Promise<unknown> =>
      (await client.records("SHOW TABLES LIKE 'T'")).map(({ change_tracking: on }) => on);
    assert.deepEqual(await tracking(), ['OFF']);
    const start = await moment();
    assert.deepEqual(await client.refused(`SELECT * FROM ${changes('t', start)}`), missing('T'));
    await client.run('INSERT INTO t VALUES (1)');
    const untracked = await moment();
    await client.run('ALTER TABLE t SET CHANGE_TRACKING = TRUE');
    assert.deepEqual(await tracking(), ['ON']);
    const on = await moment();
    await client.run('INSERT INTO t VALUES (2)');
    const grown = await moment();
    assert.deepEqual(await told(changes('t', on)), [['2', 'INSERT', 'FALSE']]);
    assert.deepEqual(await client.refused(`SELECT * FROM ${changes('t', start)}`), missing('T'));
    assert.deepEqual(
      await client.refused(`SELECT * FROM ${changes('t', untracked)}`),
      missing('T'),
      'it was off at that moment, though nothing changed before it was on',
    );
    await client.run('ALTER TABLE t SET CHANGE_TRACKING = FALSE');
    const off = await moment();
    assert.deepEqual(await client.refused(`SELECT * FROM ${changes('t', on)}`), missing('T'));
    await client.run('ALTER TABLE t SET CHANGE_TRACKING = TRUE');
    const again = await moment();
    await client.run('INSERT INTO t VALUES (4)');
    for (const from of [on, grown, off]) {
      assert.deepEqual(await client.refused(`SELECT * FROM ${changes('t', from)}`), missing('T'));
    }
    assert.deepEqual(await told(changes('t', on, grown)), [['2', 'INSERT', 'FALSE']], 'it was on all that time');
    assert.deepEqual(await told(changes('t', again)), [['4', 'INSERT', 'FALSE']]);
    await client.run('ALTER TABLE t SET CHANGE_TRACKING = TRUE');
    assert.deepEqual(await told(changes('t', again)), [['4', 'INSERT', 'FALSE']], 'it was on already');
    standIn.clock.advance({ days: 2 });
    assert.equal((await client.refused(`SELECT * FROM ${changes('t', again)}`)).code, 707);
    await client.run('CREATE OR REPLACE TABLE t (id INT) CHANGE_TRACKING = TRUE');
    assert.equal((await client.refused(`SELECT * FROM ${changes('t', again)}`)).code, 707, 'a new table has no past');
  });

  it('goes on from where it was when nothing has happened for longer than the retention', async () => {
    await client.run('CREATE OR REPLACE TABLE t (id INT) CHANGE_TRACKING = TRUE', 'INSERT INTO t VALUES (1)');
    standIn.clock.advance({ days: 3 });
    const select = await client.run('SELECT * FROM t');
    standIn.clock.advance({ seconds: 60 });
    assert.deepEqual(await told(changes('t', 'OFFSET => -30')), []);
    assert.deepEqual(await told(changes('t', `STATEMENT => '${select.queryId}'`, 'OFFSET => 0')), []);
    assert.deepEqual(await client.rows(`SELECT * FROM t AT(STATEMENT => '${select.queryId}')`), [['1']]);
  });

  it('refuses to compare geospatial values, and gives appended ones', async () => {
    await client.run('CREATE OR REPLACE TABLE g (id INT, place GEOGRAPHY) CHANGE_TRACKING = TRUE');
    const start = await moment();
    await client.run("INSERT INTO g SELECT 1, TO_GEOGRAPHY('POINT(1 2)')");
    const refused = await client.refused(`SELECT id FROM ${changes('g', start)}`);
    assert.deepEqual([refused.code, refused.sqlState], [1044, '42P13']);
    assert.match(refused.message, /Invalid argument types for function 'EQUAL_NULL': \(GEOGRAPHY, GEOGRAPHY\)/u);
    assert.deepEqual(
      await client.rows(`SELECT id, metadata$action FROM ${changes('g', start, undefined, 'APPEND_ONLY')}`),
      [['1', 'INSERT']],
    );
    await client.run(
      'CREATE OR REPLACE VIEW gv CHANGE_TRACKING = TRUE AS SELECT id, place FROM g',
      'CREATE OR REPLACE VIEW gi CHANGE_TRACKING = TRUE AS SELECT id FROM g',
    );
    assert.equal((await client.refused(`SELECT * FROM ${changes('gv', start)}`)).code, 1044);
    assert.deepEqual(await told(changes('gi', start)), [['1', 'INSERT', 'FALSE']]);
  });

  it('compares values of every type as equal to themselves', async () => {
    await client.run(
      'CREATE OR REPLACE TABLE every (id INT, f FLOAT, d DATE, ti TIME, n TIMESTAMP_NTZ, l TIMESTAMP_LTZ, z TIMESTAMP_TZ, b BINARY, v VARIANT, a ARRAY, o OBJECT, x BOOLEAN, vec VECTOR(FLOAT, 2), dec NUMBER(10,3)) CHANGE_TRACKING = TRUE',
      "INSERT INTO every SELECT 1, 'NaN', '2024-01-01', '10:00', '2024-01-01', '2024-01-01', '2024-01-01 00:00:00 +0200', TO_BINARY('00ff'), PARSE_JSON('{\"b\":1,\"a\":[null]}'), ARRAY_CONSTRUCT(1), OBJECT_CONSTRUCT('k', 1), NULL, [1,2]::VECTOR(FLOAT, 2), 1.5",
      'INSERT INTO every (id) VALUES (2)',
    );
    const start = await moment();
    await client.run('UPDATE every SET id = id', 'UPDATE every SET f = f, v = v, z = z, vec = vec, dec = dec');
    assert.deepEqual(await told(changes('every', start)), []);
    await client.run('UPDATE every SET x = TRUE WHERE id = 2');
    assert.equal((await told(changes('every', start))).length, 2);
  });

  describe('of views', () => {
    it('projects, filters, joins and unites', async () => {
      await client.run(
        'CREATE OR REPLACE TABLE orders (id INT, name VARCHAR)',
        'CREATE OR REPLACE TABLE customers (id INT, customer VARCHAR)',
        "INSERT INTO orders VALUES (1, 'order1')",
        "INSERT INTO customers VALUES (1, 'customer1')",
        'CREATE OR REPLACE VIEW joined AS SELECT * FROM orders NATURAL JOIN customers',
        'ALTER VIEW joined SET CHANGE_TRACKING = TRUE',
        'CREATE OR REPLACE VIEW few CHANGE_TRACKING = TRUE AS SELECT id FROM (SELECT id, name FROM joined) WHERE id < 3',
        'CREATE OR REPLACE VIEW both CHANGE_TRACKING = TRUE AS WITH c AS (SELECT id, customer FROM customers) SELECT id, name FROM orders UNION ALL SELECT id, customer FROM c',
      );
      const shown = await client.records("SHOW TABLES LIKE '%S'");
      assert.deepEqual(
        shown.filter(({ name }) => name === 'ORDERS' || name === 'CUSTOMERS').map(({ change_tracking: on }) => on),
        ['ON', 'ON'],
      );
      const start = await moment();
      await client.run("INSERT INTO orders VALUES (1, 'order2')", "INSERT INTO customers VALUES (1, 'customer2')");
      const grown = await moment();
      // The page's own example (user-guide/streams-intro, "Join results behavior").
      assert.deepEqual(
        await client.rows(`SELECT * EXCLUDE metadata$row_id FROM ${changes('joined', start, grown)} ORDER BY 2, 3`),
        [
          ['1', 'order1', 'customer2', 'INSERT', 'FALSE'],
          ['1', 'order2', 'customer1', 'INSERT', 'FALSE'],
          ['1', 'order2', 'customer2', 'INSERT', 'FALSE'],
        ],
      );
      await client.run(
        "UPDATE customers SET customer = 'c1' WHERE customer = 'customer1'",
        "UPDATE orders SET id = 5 WHERE name = 'order2'",
      );
      assert.deepEqual(
        await client.rows(`SELECT * EXCLUDE metadata$row_id FROM ${changes('joined', grown)} ORDER BY 2, 3, 4`),
        [
          ['1', 'order1', 'c1', 'INSERT', 'TRUE'],
          ['1', 'order1', 'customer1', 'DELETE', 'TRUE'],
          ['1', 'order2', 'customer1', 'DELETE', 'FALSE'],
          ['1', 'order2', 'customer2', 'DELETE', 'FALSE'],
        ],
      );
      assert.deepEqual(await told(changes('few', start)), [['1', 'INSERT', 'FALSE']]);
      assert.deepEqual(
        await client.rows(`SELECT * EXCLUDE metadata$row_id FROM ${changes('both', start)} ORDER BY 1, 2, 3`),
        [
          ['1', 'c1', 'INSERT', 'TRUE'],
          ['1', 'customer1', 'DELETE', 'TRUE'],
          ['1', 'customer2', 'INSERT', 'FALSE'],
          ['5', 'order2', 'INSERT', 'FALSE'],
        ],
      );
      // Appended rows meet the other table as it was, and what was appended to it, before any update.
      assert.deepEqual(
        await client.rows(
          `SELECT * EXCLUDE metadata$row_id FROM ${changes('joined', start, undefined, 'APPEND_ONLY')} ORDER BY 2, 3`,
        ),
        [
          ['1', 'order1', 'customer2', 'INSERT', 'FALSE'],
          ['1', 'order2', 'customer1', 'INSERT', 'FALSE'],
          ['1', 'order2', 'customer2', 'INSERT', 'FALSE'],
        ],
      );
    });

    it('refuses queries whose changes cannot be told, and views that are not tracked', async () => {
      await client.run('CREATE OR REPLACE TABLE t (id INT, n INT) CHANGE_TRACKING = TRUE');
      const start = await moment();
      await client.run('CREATE OR REPLACE VIEW plain AS SELECT id FROM t');
      assert.deepEqual(await client.refused(`SELECT * FROM ${changes('plain', start)}`), missing('PLAIN'));
      const queries = [
        'SELECT id, COUNT(*) c FROM t GROUP BY id',
        'SELECT SUM(n) s FROM t',
        'SELECT DISTINCT id FROM t',
        'SELECT id FROM t LIMIT 1',
        'SELECT id FROM t ORDER BY id',
        'SELECT t.id FROM t LEFT JOIN t u ON t.id = u.id',
        'SELECT id FROM t UNION SELECT n FROM t',
        'SELECT id FROM t EXCEPT SELECT n FROM t',
        'SELECT id FROM t WHERE id IN (SELECT n FROM t)',
        'SELECT id FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.id = t.id)',
        'SELECT id, ROW_NUMBER() OVER (ORDER BY id) r FROM t',
        'SELECT id FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY id) = 1',
        'SELECT 1 one',
        'SELECT COLUMN1 a FROM VALUES (1)',
        'SELECT id FROM (SELECT id, MAX(n) m FROM t GROUP BY id)',
      ];
      for (const query of queries) {
        await client.run(`CREATE OR REPLACE VIEW v AS ${query}`);
        const refused = await client.refused('ALTER VIEW v SET CHANGE_TRACKING = TRUE');
        assert.match(refused.message, /Change tracking is not supported on queries with/u, query);
        assert.equal(
          (await client.refused(`CREATE OR REPLACE VIEW w CHANGE_TRACKING = TRUE AS ${query}`)).code,
          2,
          query,
        );
      }
      // A view may be fine itself and stand on one that is not.
      await client.run('CREATE OR REPLACE VIEW w CHANGE_TRACKING = TRUE AS SELECT id FROM v');
      assert.equal((await client.refused(`SELECT * FROM ${changes('w', start)}`)).code, 2);
      await client.run(
        'CREATE OR REPLACE VIEW w CHANGE_TRACKING = TRUE AS SELECT id FROM t',
        'ALTER TABLE t SET CHANGE_TRACKING = FALSE',
      );
      assert.deepEqual(await client.refused(`SELECT * FROM ${changes('w', start)}`), missing('T'));
    });

    it('leaves the tables of another role to it', async () => {
      await client.run(
        'CREATE OR REPLACE ROLE reader',
        'CREATE OR REPLACE TABLE t (id INT)',
        'GRANT USAGE ON DATABASE db TO ROLE reader',
        'GRANT USAGE, CREATE VIEW ON SCHEMA db.public TO ROLE reader',
        'GRANT SELECT ON TABLE t TO ROLE reader',
        'USE ROLE reader',
        'CREATE OR REPLACE VIEW theirs CHANGE_TRACKING = TRUE AS SELECT id FROM t',
        'USE ROLE sysadmin',
      );
      assert.deepEqual(
        (await client.records("SHOW VIEWS LIKE 'THEIRS'")).map(({ change_tracking: on }) => on),
        ['ON'],
      );
      assert.deepEqual(
        (await client.records("SHOW TABLES LIKE 'T'")).map(({ change_tracking: on }) => on),
        ['OFF'],
      );
    });
  });
});
