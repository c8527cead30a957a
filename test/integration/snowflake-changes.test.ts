import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { openEmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import { SnowflakeSqlError, type EngineSession } from '../../src/local/snowflake/engine.ts';
import { openPostgresEngine, type PostgresEngine } from '../../src/local/snowflake/sql/postgres-engine.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.ts';

/** A session, by its statements. */
class Client {
  readonly session: EngineSession;

  private constructor(session: EngineSession) {
    this.session = session;
  }

  static async open(engine: PostgresEngine, role = 'SYSADMIN'): Promise<Client> {
    const names = { database: 'DB', schema: 'PUBLIC', warehouse: null };
    const who = { role, user: 'TESTER', account: 'ACCOUNT', parameters: new Map<string, string>() };
    return new Client(await engine.openSession({ ...names, ...who }));
  }

  /** @returns the first value of the last statement. */
  async run(...statements: readonly string[]): Promise<string | null> {
    let value: string | null = null;
    for (const text of statements) {
      const options = { queryId: randomUUID(), signal: new AbortController().signal };
      const result = await this.session.execute(text, options);
      value = (await result.read(0, result.rowCount))[0]?.[0] ?? null;
    }
    return value;
  }

  async token(object: string): Promise<bigint> {
    const token = await this.run(`SELECT SYSTEM$LAST_CHANGE_COMMIT_TIME('${object}')`);
    assert.ok(token !== null, `${object} has no token`);
    return BigInt(token);
  }

  async refused(text: string): Promise<SnowflakeSqlError> {
    try {
      await this.run(text);
    } catch (error) {
      assert.ok(error instanceof SnowflakeSqlError, String(error));
      return error;
    }
    throw new assert.AssertionError({ message: `not refused: ${text}` });
  }
}

describe('SYSTEM$LAST_CHANGE_COMMIT_TIME of the stand-in', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  before(async () => {
    cluster = await startPostgresCluster();
  });
  after(() => cluster.stop());

  /** The clock stands still, so that a token that only followed it would not grow. */
  const clock = (): Date => new Date('2026-03-01T00:00:00.000Z');
  let databases = 0;
  const backends: Readonly<Record<string, () => Promise<{ readonly url: string; close(): Promise<void> }>>> = {
    'a PostgreSQL server': async () => {
      databases += 1;
      const server = { host: cluster.host, port: cluster.port, user: 'postgres' };
      const admin = new pg.Client({ ...server, database: 'postgres' });
      await admin.connect();
      await admin.query(`CREATE DATABASE changes_${databases}`);
      await admin.end();
      const url = `postgresql://postgres@${cluster.host}:${cluster.port}/changes_${databases}`;
      return { url, close: () => Promise.resolve() };
    },
    'the embedded PostGIS': () => openEmbeddedPostgis({ port: 0 }),
  };

  for (const [name, openBackend] of Object.entries(backends)) {
    describe(`on ${name}`, () => {
      let backend: { readonly url: string; close(): Promise<void> };
      let engine: PostgresEngine;
      let client: Client;
      before(async () => {
        backend = await openBackend();
        engine = await openPostgresEngine({ url: backend.url, clock });
        client = await Client.open(engine);
        await client.run('CREATE DATABASE db');
      });
      after(async () => {
        await engine.close();
        await backend.close();
      });

      it('grows with every change of rows, and with nothing else', async () => {
        await client.run('CREATE OR REPLACE TABLE t (id INT, name VARCHAR)', 'CREATE OR REPLACE TABLE other (id INT)');
        const changes = [
          "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
          "UPDATE t SET name = 'c' WHERE id = 1",
          'DELETE FROM t WHERE id = 2',
          "MERGE INTO t USING (SELECT 3 id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'd')",
          "INSERT OVERWRITE INTO t VALUES (9, 'z')",
          'TRUNCATE TABLE t',
          'CREATE OR REPLACE TABLE t (id INT, name VARCHAR)',
          "CREATE OR REPLACE TABLE t AS SELECT 1 id, 'x' name",
        ];
        let before = await client.token('t');
        const other = await client.token('other');
        for (const change of changes) {
          await client.run(change);
          const after = await client.token('t');
          assert.ok(after > before, `${change}: ${before} → ${after}`);
          before = after;
        }
        await client.run(
          'SELECT * FROM t',
          "ALTER TABLE t SET COMMENT = 'x'",
          'GRANT SELECT ON TABLE t TO ROLE public',
        );
        assert.equal(await client.token('t'), before);
        assert.equal(await client.token('db.public.t'), before);
        assert.equal(await client.token('"DB"."PUBLIC"."T"'), before);
        assert.equal(await client.token('other'), other);
        assert.equal(String(before).length, 19);
      });

      it('grows when a transaction commits, and not when it is rolled back', async () => {
        await client.run('CREATE OR REPLACE TABLE t (id INT)');
        const before = await client.token('t');
        await client.run('BEGIN', 'INSERT INTO t VALUES (1)');
        assert.equal(await client.token('t'), before);
        await client.run('ROLLBACK');
        assert.equal(await client.token('t'), before);
        await client.run('BEGIN', 'INSERT INTO t VALUES (1)', 'COMMIT');
        const committed = await client.token('t');
        assert.ok(committed > before);
        await client.refused("INSERT INTO t VALUES ('no number')");
        assert.equal(await client.token('t'), committed);
        await client.run('BEGIN', 'INSERT INTO t VALUES (2)', 'CREATE OR REPLACE TABLE ends_it (id INT)');
        assert.ok((await client.token('t')) > committed);
      });

      it('is for a view the latest of all that it reads, through other views too', async () => {
        await client.run(
          'CREATE OR REPLACE TABLE a (id INT)',
          'CREATE OR REPLACE TABLE b (id INT)',
          'CREATE OR REPLACE TABLE c (id INT)',
          'CREATE OR REPLACE VIEW inner_view AS SELECT id FROM a WHERE id IN (SELECT id FROM b)',
          'CREATE OR REPLACE VIEW v AS WITH w AS (SELECT id FROM inner_view) SELECT w.id FROM w UNION ALL SELECT id FROM c',
          'CREATE OR REPLACE VIEW constant AS SELECT 1 id',
        );
        let before = await client.token('v');
        for (const table of ['a', 'b', 'c', 'a', 'b']) {
          await client.run(`INSERT INTO ${table} VALUES (1)`);
          const after = await client.token('v');
          assert.ok(after > before, table);
          assert.equal(after, await client.token(table));
          before = after;
        }
        assert.equal(await client.run("SELECT SYSTEM$LAST_CHANGE_COMMIT_TIME('constant')"), null);
        await client.run('DROP TABLE b');
        assert.equal((await client.refused("SELECT SYSTEM$LAST_CHANGE_COMMIT_TIME('v')")).code, 2003);
      });

      it('refuses what is not there, what the role may not see, and what is no constant name', async () => {
        await client.run('CREATE OR REPLACE TABLE t (id INT)', 'CREATE ROLE IF NOT EXISTS nobody');
        const missing = await client.refused("SELECT SYSTEM$LAST_CHANGE_COMMIT_TIME('nowhere')");
        assert.deepEqual([missing.code, missing.sqlState], [2003, '42S02']);
        assert.match(missing.message, /Object 'DB\.PUBLIC\.NOWHERE' does not exist or not authorized/);
        const nobody = await Client.open(engine, 'NOBODY');
        assert.equal((await nobody.refused("SELECT SYSTEM$LAST_CHANGE_COMMIT_TIME('db.public.t')")).code, 2003);
        assert.equal((await client.refused("SELECT SYSTEM$LAST_CHANGE_COMMIT_TIME('t t')")).code, 1003);
        assert.equal((await client.refused('SELECT SYSTEM$LAST_CHANGE_COMMIT_TIME(id) FROM t')).code, 1044);
        assert.equal(
          (await client.refused("SELECT SYSTEM$LAST_CHANGE_COMMIT_TIME('information_schema.tables')")).code,
          2,
        );
      });

      it('stands beside the rows of the past, and beside streams, which a restart leaves as they were', async () => {
        await client.run(
          "CREATE OR REPLACE TABLE t AS SELECT SEQ4() id, 'a' name FROM TABLE(GENERATOR(ROWCOUNT => 3))",
          'CREATE OR REPLACE TABLE sink (id INT)',
          'CREATE OR REPLACE STREAM consumed ON TABLE t',
          'CREATE OR REPLACE STREAM whole ON TABLE t SHOW_INITIAL_ROWS = TRUE',
          "UPDATE t SET name = 'b' WHERE id = 0",
          'BEGIN',
          'INSERT INTO sink SELECT id FROM consumed',
          'DELETE FROM t WHERE id = 1',
          'COMMIT',
          'DELETE FROM t WHERE id = 0',
        );
        await engine.close();
        engine = await openPostgresEngine({ url: backend.url, clock });
        client = await Client.open(engine);
        assert.equal(await client.run('SELECT COUNT(*) FROM sink'), '2');
        assert.equal(await client.run('SELECT LISTAGG(id) WITHIN GROUP (ORDER BY id) FROM consumed'), '01');
        assert.equal(await client.run('SELECT COUNT(*) FROM whole'), '3');
        assert.equal(
          await client.run(
            'INSERT INTO t VALUES (9, NULL)',
            'SELECT COUNT(*) FROM t BEFORE(STATEMENT => LAST_QUERY_ID())',
          ),
          '1',
        );
        assert.equal(await client.run("SELECT SYSTEM$STREAM_HAS_DATA('consumed')"), '1');
        await client.run('INSERT INTO sink SELECT id FROM whole', 'INSERT INTO sink SELECT id FROM consumed');
        assert.equal(
          await client.run('SELECT LISTAGG(id) WITHIN GROUP (ORDER BY id, metadata$action) FROM whole'),
          '019',
        );
        assert.equal(await client.run("SELECT SYSTEM$STREAM_HAS_DATA('consumed')"), '0');
      });

      it('is the same after a restart, and goes on growing', async () => {
        await client.run('CREATE OR REPLACE TABLE t (id INT)', 'INSERT INTO t VALUES (1)', 'INSERT INTO t VALUES (2)');
        const before = await client.token('t');
        await engine.close();
        engine = await openPostgresEngine({ url: backend.url, clock });
        client = await Client.open(engine);
        assert.equal(await client.token('t'), before);
        await client.run('INSERT INTO t VALUES (3)');
        const inserted = await client.token('t');
        assert.ok(inserted > before);
        await engine.loadTable('DB', 'PUBLIC', 'T', ['4\n']);
        assert.ok((await client.token('t')) > inserted);
      });
    });
  }

  it('forgets at a start what is past its retention, and no sooner', async () => {
    const backend = await backends['a PostgreSQL server']?.();
    assert.ok(backend);
    const moving = new MovableClock();
    let engine = await openPostgresEngine({ url: backend.url, clock: moving.now });
    const inspector = new pg.Client({ connectionString: backend.url });
    await inspector.connect();
    try {
      let client = await Client.open(engine);
      const names = ['plain', 'tracked'];
      await client.run('CREATE DATABASE db', 'CREATE TABLE plain (id INT)', 'CREATE TABLE tracked (id INT)');
      await client.run('CREATE STREAM s ON TABLE tracked');
      for (const name of names)
        await client.run(`INSERT INTO ${name} VALUES (1), (2)`, `DELETE FROM ${name} WHERE id = 1`);
      const { rows } = await inspector.query<{ id: number }>('SELECT DISTINCT id FROM sf.versions ORDER BY id');
      const history = async (): Promise<number[]> => {
        const counts = rows.map(({ id }) =>
          inspector.query<{ n: number }>(`SELECT count(*)::int n FROM sf_data.h${id}`),
        );
        return (await Promise.all(counts)).map((count) => count.rows[0]?.n ?? -1);
      };
      const restart = async (): Promise<void> => {
        await engine.close();
        engine = await openPostgresEngine({ url: backend.url, clock: moving.now });
        client = await Client.open(engine);
      };
      moving.advance({ hours: 23 });
      for (const name of names) await client.run(`DELETE FROM ${name} WHERE id = 2`);
      await restart();
      assert.deepEqual(await history(), [2, 2]);
      moving.advance({ hours: 2 });
      await restart();
      assert.deepEqual(await history(), [1, 2]);
      assert.equal(await client.run('SELECT COUNT(*) FROM plain AT(OFFSET => -3600 * 3)'), '1');
      await client.run('ALTER TABLE plain SET DATA_RETENTION_TIME_IN_DAYS = 5');
      assert.equal((await client.refused('SELECT COUNT(*) FROM plain AT(OFFSET => -3600 * 26)')).code, 707);
      assert.equal(await client.run("SELECT SYSTEM$STREAM_HAS_DATA('s')"), '1');
      moving.advance({ days: 15 });
      await restart();
      assert.deepEqual(await history(), [0, 0]);
    } finally {
      await inspector.end();
      await engine.close();
      await backend.close();
    }
  });

  it('gives the tables of a stand-in that kept no history one from then on', async () => {
    const backend = await backends['a PostgreSQL server']?.();
    assert.ok(backend);
    let engine = await openPostgresEngine({ url: backend.url });
    let client = await Client.open(engine);
    await client.run('CREATE DATABASE db', 'CREATE TABLE t (id INT)', 'INSERT INTO t VALUES (1), (2)');
    const token = await client.token('t');
    await engine.close();
    const before = new pg.Client({ connectionString: backend.url });
    await before.connect();
    const { rows } = await before.query<{ id: number }>('SELECT DISTINCT id FROM sf.versions');
    const [{ id } = { id: 0 }] = rows;
    // What such a stand-in left.
    await before.query(`
      CREATE TABLE sf.dml_times (id int PRIMARY KEY, at numeric NOT NULL);
      INSERT INTO sf.dml_times VALUES (${id}, ${token} / 1000000);
      ALTER TABLE sf_data.t${id} DROP COLUMN began, DROP COLUMN row_id;
      DROP TABLE sf_data.h${id}, sf.versions;
      UPDATE sf.catalog SET document = jsonb_set(document::jsonb #- '{databases,DB,schemas,PUBLIC,relations,T,extension}', '{version}', '1')::text`);
    await before.end();

    engine = await openPostgresEngine({ url: backend.url });
    try {
      client = await Client.open(engine);
      assert.equal((await client.token('t')) / 1_000_000n, token / 1_000_000n);
      assert.equal((await client.refused('SELECT * FROM t AT(OFFSET => -3600)')).code, 707);
      await client.run('DELETE FROM t WHERE id = 1');
      assert.equal(await client.run('SELECT COUNT(*) FROM t BEFORE(STATEMENT => LAST_QUERY_ID())'), '2');
      assert.ok((await client.token('t')) > token);
    } finally {
      await engine.close();
      await backend.close();
    }
  });

  it('knows after a restart since when changes are tracked, an earlier stand-in having told it by each change', async () => {
    const backend = await backends['a PostgreSQL server']?.();
    assert.ok(backend);
    const moving = new MovableClock();
    const inspector = new pg.Client({ connectionString: backend.url });
    await inspector.connect();
    let engine = await openPostgresEngine({ url: backend.url, clock: moving.now });
    try {
      let client = await Client.open(engine);
      const restart = async (meanwhile = ''): Promise<void> => {
        await engine.close();
        await inspector.query(meanwhile);
        engine = await openPostgresEngine({ url: backend.url, clock: moving.now });
        client = await Client.open(engine);
      };
      const later = async (): Promise<string> => {
        moving.advance({ seconds: 1 });
        const epoch = await client.run('SELECT DATE_PART(EPOCH_MILLISECOND, CURRENT_TIMESTAMP())');
        moving.advance({ seconds: 1 });
        return `SELECT COUNT(*) FROM t CHANGES(INFORMATION => DEFAULT) AT(TIMESTAMP => TO_TIMESTAMP_LTZ(${epoch}, 3))`;
      };
      await client.run('CREATE DATABASE db', 'CREATE TABLE t (id INT)');
      const empty = await later();
      await client.run('INSERT INTO t VALUES (1)');
      const untracked = await later();
      await client.run('ALTER TABLE t SET CHANGE_TRACKING = TRUE');
      const tracked = await later();
      await client.run('INSERT INTO t VALUES (2)');

      await restart();
      for (const early of [empty, untracked]) assert.equal((await client.refused(early)).code, 91930);
      assert.equal(await client.run(tracked), '1');

      const table = '{databases,DB,schemas,PUBLIC,relations,T,tracked}';
      await restart(`
        ALTER TABLE sf.versions ADD COLUMN tracked boolean NOT NULL DEFAULT false;
        ALTER TABLE sf.versions ALTER COLUMN tracked DROP DEFAULT;
        UPDATE sf.versions SET tracked = token = (SELECT max(token) FROM sf.versions);
        UPDATE sf.catalog SET document = jsonb_set(document::jsonb #- '${table}' #- '{token}', '{version}', '3')::text`);
      for (let again = 0; again < 2; again += 1) {
        assert.equal((await client.refused(empty)).code, 91930);
        for (const known of [untracked, tracked]) assert.equal(await client.run(known), String(again + 1));
        await client.run('INSERT INTO t VALUES (3)');
        await restart();
      }
    } finally {
      await inspector.end();
      await engine.close();
      await backend.close();
    }
  });

  it('grows for a view whose tables are changed by many transactions at once, in the order of their commits', async () => {
    const backend = await backends['a PostgreSQL server']?.();
    assert.ok(backend);
    const engine = await openPostgresEngine({ url: backend.url, clock });
    try {
      const client = await Client.open(engine);
      await client.run('CREATE DATABASE db');
      const tables = ['a', 'b', 'c', 'd'];
      for (const table of tables) await client.run(`CREATE TABLE ${table} (id INT)`);
      await client.run(`CREATE VIEW v AS ${tables.map((table) => `SELECT id FROM ${table}`).join(' UNION ALL ')}`);
      const writers = await Promise.all(tables.map(() => Client.open(engine)));
      const seen: bigint[] = [];
      await Promise.all(
        writers.map(async (writer, i) => {
          for (let round = 0; round < 10; round += 1) {
            const before = await writer.token('v');
            await writer.run('BEGIN', `INSERT INTO ${tables[i]} VALUES (${round})`, 'COMMIT');
            const after = await writer.token('v');
            assert.ok(after > before);
            seen.push(await writer.token(tables[i] ?? ''));
          }
        }),
      );
      assert.equal(new Set(seen).size, 40, 'no two changes have one token');
    } finally {
      await engine.close();
    }
  });
});
