import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { openEmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import type { EmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import { WireClient } from './wire-client.ts';

const run = promisify(execFile);

describe('the server of the embedded PostGIS', function () {
  this.timeout(120_000);
  let postgis: EmbeddedPostgis;
  let scratch: string;
  const open: { end: () => unknown }[] = [];

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'snowmelt-postgis-'));
    postgis = await openEmbeddedPostgis();
  });

  after(async () => {
    await postgis.close();
    await rm(scratch, { recursive: true, force: true });
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.end()));
    await query(`DROP EXTENSION IF EXISTS vector; DO $$ DECLARE name text; BEGIN
      FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys' LOOP
        EXECUTE format('DROP TABLE %I', name);
      END LOOP; END $$`);
  });

  async function connected(options: pg.ClientConfig = {}): Promise<pg.Client> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: postgis.port,
      user: 'postgres',
      database: 'postgres',
      ...options,
    });
    client.on('error', () => undefined);
    await client.connect();
    open.push(client);
    return client;
  }

  async function wire(parameters: Record<string, string> = {}): Promise<WireClient> {
    const client = await WireClient.connect(postgis.port, { user: 'postgres', database: 'postgres', ...parameters });
    open.push(client);
    return client;
  }

  async function query(sql: string): Promise<pg.QueryResult<Record<string, unknown>>> {
    const client = new pg.Client(postgis.url);
    await client.connect();
    try {
      return await client.query<Record<string, unknown>>(sql);
    } finally {
      await client.end();
    }
  }

  async function count(table: string): Promise<number> {
    const { rows } = await query(`SELECT count(*)::int AS n FROM ${table}`);
    return rows[0]?.n as number;
  }

  async function psql(...args: string[]): Promise<string> {
    const { stdout } = await run('psql', [postgis.url, '-XAtq', '-v', 'ON_ERROR_STOP=1', ...args]);
    return stdout.trim();
  }

  function rows(from: number, to: number): string {
    return Array.from({ length: to - from }, (_, i) => `${from + i}\tname ${from + i}\n`).join('');
  }

  describe('psql', () => {
    it('sees PostgreSQL 18 with PostGIS', async () => {
      assert.match(postgis.version, /^18\./);
      assert.equal(await psql('-c', 'SHOW server_version'), postgis.version);
      assert.equal(
        await psql('-c', `SELECT ST_AsText(ST_Transform('SRID=4326;POINT(0 0)'::geometry, 3857))`),
        'POINT(0 0)',
      );
      assert.equal(await psql('-c', 'SELECT postgis_lib_version()'), postgis.postgisVersion);
    });

    it('can create pgvector, which is not there by itself', async () => {
      await assert.rejects(psql('-c', `SELECT '[1,2]'::vector`), /type "vector" does not exist/);
      assert.equal(await psql('-c', 'CREATE EXTENSION vector', '-c', `SELECT '[1,2]'::vector <-> '[1,4]'`), '2');
    });

    it('copies a file in and out byte for byte', async () => {
      const file = join(scratch, 'in.tsv');
      const text = `1\ta\\tb\\\\n\\n\t\\N\tSRID=4326;POINT(1 2)\n2\t\tz\t\\N\n`;
      await writeFile(file, text);
      await psql(
        '-c',
        'CREATE TABLE t (id int, a text, b text, g geometry(Point, 4326))',
        '-c',
        `\\copy t FROM '${file}'`,
      );
      const out = join(scratch, 'out.tsv');
      await psql('-c', `\\copy (SELECT id, a, b, ST_AsEWKT(g) FROM t ORDER BY id) TO '${out}'`);
      assert.equal(await readFile(out, 'utf8'), text);
    });

    it('copies in the middle of a query of several statements, and twice in one', async () => {
      const file = join(scratch, 'several.sql');
      await writeFile(
        file,
        `CREATE TABLE a (n int); CREATE TABLE b (n int);
BEGIN \\; COPY a FROM STDIN \\; COPY b FROM STDIN \\; INSERT INTO a VALUES (9) \\; COMMIT;
1
2
\\.
3
\\.
SELECT (SELECT array_agg(n) FROM a), (SELECT array_agg(n) FROM b);
`,
      );
      assert.equal(await psql('-f', file), '{1,2,9}|{3}');
    });

    it('reports a bad row with its place and goes on', async () => {
      const file = join(scratch, 'bad.tsv');
      await writeFile(file, '1\nx\n3\n');
      const failure = (await psql('-c', 'CREATE TABLE t (n int)', '-c', `\\copy t FROM '${file}'`).catch(
        (error: unknown) => error,
      )) as { stderr: string };
      assert.match(failure.stderr, /invalid input syntax for type integer: "x"\nCONTEXT: {2}COPY t, line 2, column n/);
      assert.equal(await count('t'), 0);
    });

    it('describes tables, which takes the catalog queries of a client three versions older', async () => {
      await query('CREATE TABLE d (id int PRIMARY KEY, g geometry(Point, 4326)); CREATE INDEX ON d USING gist (g)');
      const { stdout } = await run('psql', [postgis.url, '-X', '-c', '\\d d']);
      assert.match(stdout, /g +\| geometry\(Point,4326\)[\s\S]*"d_g_idx" gist \(g\)/);
    });
  });

  describe('COPY FROM STDIN of pg-copy-streams', () => {
    it('loads a row for each that was sent, whatever the chunks', async () => {
      const client = await connected();
      await client.query('CREATE TABLE t (id int, name text)');
      const text = Buffer.from(rows(0, 50_000));
      const chunks = function* () {
        for (let at = 0, size = 1; at < text.length; at += size, size = (size * 7) % 9973 || 1) {
          yield text.subarray(at, at + size);
        }
      };
      await pipeline(Readable.from(chunks()), client.query(copyFrom('COPY t FROM STDIN')));
      const { rows: sums } = await client.query(
        'SELECT count(*)::int, sum(id)::text, count(DISTINCT name)::int AS d FROM t',
      );
      assert.deepEqual(sums, [{ count: 50_000, sum: '1249975000', d: 50_000 }]);
    });

    it('loads more than is ever gathered', async () => {
      const client = await connected();
      await client.query('CREATE TABLE t (id int, name text)');
      const filler = 'x'.repeat(1000);
      const lines = function* () {
        for (let block = 0; block < 400; block += 1) {
          yield Array.from({ length: 100 }, (_, i) => `${block * 100 + i}\t${filler}\n`).join('');
        }
      };
      await pipeline(Readable.from(lines()), client.query(copyFrom('COPY t FROM STDIN')));
      assert.equal(await count('t'), 40_000);
    });

    it('lets others use the backend while the data comes', async () => {
      const client = await connected();
      await client.query('CREATE TABLE t (id int, name text)');
      const copy = client.query(copyFrom('COPY t FROM STDIN'));
      const written = promisify((text: string, done: (error?: Error | null) => void) => copy.write(text, done));
      await written(rows(0, 10));
      assert.equal(await count('t'), 0);
      await written(rows(10, 20));
      copy.end();
      await once(copy, 'finish');
      assert.equal(await count('t'), 20);
    });

    it('is part of its transaction', async () => {
      const client = await connected();
      await client.query('CREATE TABLE t (id int, name text)');
      await client.query('BEGIN');
      await pipeline(Readable.from([rows(0, 5)]), client.query(copyFrom('COPY t FROM STDIN')));
      assert.deepEqual((await client.query('SELECT count(*)::int AS n FROM t')).rows, [{ n: 5 }]);
      await client.query('ROLLBACK');
      assert.equal(await count('t'), 0);
    });

    it('refuses at once what cannot be copied into', async () => {
      const client = await connected();
      await assert.rejects(
        pipeline(Readable.from(['1\n']), client.query(copyFrom('COPY nothing FROM STDIN'))),
        /relation "nothing" does not exist/,
      );
      assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    });

    it('loads nothing of what the client gives up', async () => {
      const client = await connected();
      await client.query('CREATE TABLE t (id int, name text)');
      const copy = client.query(copyFrom('COPY t FROM STDIN'));
      copy.write(rows(0, 10));
      const failed = once(copy, 'finish');
      copy.destroy(new Error('changed my mind'));
      await assert.rejects(failed, /COPY from stdin failed: changed my mind/);
      assert.deepEqual((await client.query('SELECT count(*)::int AS n FROM t')).rows, [{ n: 0 }]);
    });

    for (const transaction of [false, true]) {
      it(`loads nothing for a client that vanishes ${transaction ? 'in a transaction' : 'outside one'}`, async () => {
        await query('CREATE TABLE t (id int, name text)');
        const client = await wire();
        if (transaction) await client.query('BEGIN');
        client.send('Q', 'COPY t FROM STDIN\0');
        await client.until('G');
        client.send('d', rows(0, 1000));
        client.vanish();
        assert.equal(await count('t'), 0);
      });
    }

    it('loads nothing for a client that vanishes in a large one', async () => {
      await query('CREATE TABLE t (id int, name text)');
      const client = await wire();
      client.send('Q', 'COPY t FROM STDIN\0');
      await client.until('G');
      for (let i = 0; i < 30; i += 1) client.send('d', `1\t${'x'.repeat(1_000_000)}\n`);
      await client.flushed();
      client.vanish();
      assert.equal(await count('t'), 0);
    });

    it('works in the binary format', async () => {
      const client = await connected();
      await client.query(
        'CREATE TABLE t AS SELECT n, n::text AS s FROM generate_series(1, 1000) n; CREATE TABLE u (LIKE t)',
      );
      const parts: Buffer[] = [];
      await pipeline(
        client.query(copyTo('COPY t TO STDOUT (FORMAT binary)')),
        new Writable({
          write: (chunk: Buffer, _encoding, done) => {
            parts.push(chunk);
            done();
          },
        }),
      );
      await pipeline(Readable.from(parts), client.query(copyFrom('COPY u FROM STDIN (FORMAT binary)')));
      assert.deepEqual((await client.query('SELECT count(*)::int AS n FROM (TABLE t INTERSECT TABLE u) x')).rows, [
        { n: 1000 },
      ]);
    });

    it('fails where a message comes that has no place in it, and goes on with that', async () => {
      for (const size of [1, 20_000_000]) {
        await query('CREATE TABLE t (id int, name text)');
        const client = await wire();
        client.send('Q', 'COPY t FROM STDIN\0');
        await client.until('G');
        client.send('d', `1\t${'x'.repeat(size)}\n`);
        client.send('d', '2\ty\n');
        client.send('Q', 'SELECT count(*) FROM t\0');
        assert.equal((await client.until('Z')).map(({ type }) => type).join(''), 'EZ');
        assert.equal((await client.until('Z')).map(({ type }) => type).join(''), 'TDCZ');
        await query('DROP TABLE t');
      }
    });

    it('works in the extended protocol', async () => {
      await query('CREATE TABLE t (id int, name text)');
      const client = await wire();
      client.send('P', 'c\0COPY t FROM STDIN\0\0\0');
      client.send('B', '\0c\0\0\0\0\0\0\0');
      client.send('E', '\0\0\0\0\0');
      client.send('S');
      await client.until('G');
      client.send('d', rows(0, 7));
      client.send('c');
      client.send('S');
      assert.deepEqual(
        (await client.until('Z')).map(({ type, text }) => `${type} ${text}`),
        ['C COPY 7\0', 'Z I'],
      );
      assert.equal(await count('t'), 7);
    });

    it('fails in the extended protocol with one ReadyForQuery', async () => {
      await query('CREATE TABLE t (id int, name text)');
      const client = await wire();
      client.send('P', 'c\0COPY t FROM STDIN\0\0\0');
      client.send('B', '\0c\0\0\0\0\0\0\0');
      client.send('E', '\0\0\0\0\0');
      client.send('S');
      await client.until('G');
      client.send('d', 'x\ty\n');
      await client.until('E');
      client.send('d', rows(0, 7));
      client.send('c');
      client.send('S');
      client.send('Q', 'SELECT count(*) FROM t\0');
      assert.equal((await client.until('Z')).map(({ type }) => type).join(''), 'Z');
      assert.equal((await client.until('Z')).map(({ type }) => type).join(''), 'TDCZ');
    });
  });

  describe('large results', () => {
    it('come whole to a client that reads slowly, in bounded memory', async () => {
      const client = await connected();
      const stream = client.query(
        copyTo(`COPY (SELECT n, repeat('x', 90) FROM generate_series(1, 500000) n) TO STDOUT`),
      );
      let bytes = 0;
      let lines = 0;
      let highest = 0;
      const rss = process.memoryUsage().arrayBuffers;
      await pipeline(
        stream,
        new Writable({
          highWaterMark: 1,
          write: (chunk: Buffer, _encoding, done) => {
            bytes += chunk.length;
            for (const byte of chunk) if (byte === 10) lines += 1;
            highest = Math.max(highest, process.memoryUsage().arrayBuffers - rss);
            setImmediate(done);
          },
        }),
      );
      assert.equal(lines, 500_000);
      assert.ok(bytes > 48_000_000);
      assert.ok(highest < 40_000_000, `${highest} bytes were waiting`);
    });

    it('of a million rows arrive complete', async () => {
      const { stdout } = await run('sh', [
        '-c',
        `psql "$0" -XAtq -c 'SELECT n FROM generate_series(1, 1000000) n' | awk '{ s += $1 } END { printf "%.0f %.0f", NR, s }'`,
        postgis.url,
      ]);
      assert.equal(stdout.trim(), '1000000 500000500000');
    });

    it('of a row larger than any buffer arrive complete', async () => {
      const { rows: found } = await query(`SELECT repeat('abc', 10000000) AS long, 7 AS after`);
      assert.equal((found[0]?.long as string).length, 30_000_000);
      assert.equal(found[0]?.after, 7);
    });

    it('that nobody reads do not keep the backend when the client leaves', async () => {
      const client = await wire();
      client.pause();
      client.send('Q', `SELECT repeat('x', 100) FROM generate_series(1, 1000000)\0`);
      await client.flushed();
      client.vanish();
      assert.deepEqual((await query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    });
  });

  describe('several connections', () => {
    it('wait while one is in a transaction, and see what it committed', async () => {
      await query('CREATE TABLE t (n int)');
      const writer = await connected();
      await writer.query('BEGIN');
      await writer.query('INSERT INTO t VALUES (1)');
      const reader = await connected();
      let answered = false;
      const read = reader.query<{ n: number }>('SELECT count(*)::int AS n FROM t').then((result) => {
        answered = true;
        return result.rows;
      });
      await writer.query('INSERT INTO t VALUES (2)');
      assert.equal(answered, false);
      await writer.query('COMMIT');
      assert.deepEqual(await read, [{ n: 2 }]);
    });

    it('may connect while one is in a transaction', async () => {
      const writer = await connected();
      await writer.query('BEGIN');
      const other = await connected({ application_name: 'late' });
      await writer.query('COMMIT');
      assert.deepEqual((await other.query('SHOW application_name')).rows, [{ application_name: 'late' }]);
    });

    it('get their turns in order, none starving', async () => {
      const loud = await Promise.all(Array.from({ length: 4 }, () => connected()));
      const quiet = await connected();
      let stop = false;
      const turns = loud.map(async (client) => {
        let done = 0;
        while (!stop) {
          await client.query('SELECT 1');
          done += 1;
        }
        return done;
      });
      for (let i = 0; i < 50; i += 1) await quiet.query('SELECT 1');
      stop = true;
      const done = await Promise.all(turns);
      assert.ok(Math.max(...done) < 2 * Math.min(...done) + 10, `turns: ${done.join(', ')}`);
      assert.ok(Math.max(...done) < 200, `turns: ${done.join(', ')} while the quiet one had 50`);
    });

    it('have a transaction rolled back when its client disconnects', async () => {
      await query('CREATE TABLE t (n int)');
      const client = await wire();
      await client.query('BEGIN');
      await client.query('INSERT INTO t VALUES (1)');
      client.vanish();
      assert.equal(await count('t'), 0);
    });

    it('have prepared statements of their own under the same name', async () => {
      const [a, b] = [await connected(), await connected()];
      const values = await Promise.all([
        ...[1, 2, 3].map((n) => a.query({ name: 'same', text: `SELECT 'a' AS v, $1::int AS n`, values: [n] })),
        ...[1, 2, 3].map((n) => b.query({ name: 'same', text: `SELECT 'b' AS v, $1::int AS n`, values: [n] })),
      ]);
      assert.deepEqual(
        values.map((result) => (result.rows as { v: string; n: number }[]).map(({ v, n }) => `${v}${n}`).join()),
        ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'],
      );
    });

    it('have unnamed statements of their own across Syncs', async () => {
      const [a, b] = [await wire(), await wire()];
      a.send('P', `\0SELECT 'a'\0\0\0`);
      a.send('S');
      await a.until('Z');
      b.send('P', `\0SELECT 'b'\0\0\0`);
      b.send('S');
      await b.until('Z');
      for (const [client, expected] of [
        [a, 'a'],
        [b, 'b'],
        [a, 'a'],
      ] as const) {
        client.send('B', '\0\0\0\0\0\0\0\0');
        client.send('D', 'P\0');
        client.send('E', '\0\0\0\0\0');
        client.send('S');
        const answer = await client.until('Z');
        assert.equal(answer.map(({ type }) => type).join(''), '2TDCZ');
        assert.equal(answer[2]?.text.at(-1), expected);
      }
    });

    it('name their statements in errors as the client does', async () => {
      const client = await wire();
      client.send('B', '\0missing\0\0\0\0\0\0\0');
      client.send('S');
      const [error] = await client.until('Z');
      assert.match(error?.text ?? '', /Mprepared statement "missing" does not exist\0/);
    });

    it('free their statements when they leave', async () => {
      const client = await connected();
      await client.query({ name: 'kept', text: 'SELECT 1' });
      await client.end();
      assert.deepEqual((await query('SELECT name FROM pg_prepared_statements')).rows, []);
    });

    it('free what they prepared by SQL too, as pg_dump does, and nothing of others', async () => {
      const [a, b] = [await connected(), await connected()];
      await a.query(`PREPARE mine AS SELECT 1; PREPARE "Given up" AS SELECT 2`);
      await a.query('DEALLOCATE "Given up"');
      await b.query(`PREPARE "Given up" AS SELECT 3`);
      await a.end();
      assert.deepEqual((await b.query('SELECT name FROM pg_prepared_statements WHERE from_sql')).rows, [
        { name: 'Given up' },
      ]);
      await b.query('PREPARE mine AS SELECT 4');
      await b.query('DISCARD ALL');
      assert.deepEqual((await query('SELECT name FROM pg_prepared_statements')).rows, []);
    });

    it('lose only their own statements to DISCARD ALL and DEALLOCATE', async () => {
      const [a, b] = [await connected({ application_name: 'of a' }), await connected()];
      await a.query({ name: 's', text: 'SELECT 1 AS v' });
      await b.query({ name: 's', text: 'SELECT 2 AS v' });
      await a.query("SET work_mem = '9MB'");
      assert.equal((await a.query('DISCARD ALL')).command, 'DISCARD');
      assert.deepEqual((await b.query({ name: 's', text: 'SELECT 2 AS v' })).rows, [{ v: 2 }]);
      assert.deepEqual((await a.query('SHOW work_mem')).rows, [{ work_mem: '4MB' }]);
      assert.deepEqual((await a.query('SHOW application_name')).rows, [{ application_name: 'of a' }]);
      await b.query('DEALLOCATE s');
      assert.deepEqual((await query('SELECT name FROM pg_prepared_statements')).rows, []);
      await assert.rejects(b.query('DEALLOCATE s'), /prepared statement "s" does not exist/);
    });

    it('go back to the user that they began as', async () => {
      await query('CREATE ROLE other NOLOGIN; CREATE ROLE somebody LOGIN');
      const [admin, plain] = [await connected(), await connected({ user: 'somebody' })];
      const user = async (client: pg.Client): Promise<unknown> =>
        (await client.query('SELECT session_user::text AS name')).rows[0];
      for (const reset of ['RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION DEFAULT']) {
        await admin.query('SET SESSION AUTHORIZATION other');
        assert.deepEqual(await user(admin), { name: 'other' });
        assert.deepEqual(await user(plain), { name: 'somebody' });
        await admin.query(reset);
        assert.deepEqual(await user(admin), { name: 'postgres' });
        await plain.query(reset);
        assert.deepEqual(await user(plain), { name: 'somebody' });
      }
      await admin.query('BEGIN; SET LOCAL SESSION AUTHORIZATION other');
      await admin.query('RESET SESSION AUTHORIZATION');
      assert.deepEqual(await user(admin), { name: 'postgres' });
      await admin.query('COMMIT');
      await Promise.all([admin.end(), plain.end()]);
      await query('DROP ROLE other; DROP ROLE somebody');
    });

    it('have settings of their own', async () => {
      const [a, b] = [await connected({ application_name: 'a' }), await connected({ application_name: 'b' })];
      await a.query(`SET work_mem = '7MB'; SET app.tenant = 'one'; SET TIME ZONE 'Asia/Tokyo'`);
      await b.query(`SELECT set_config('app.tenant', 'two', false), set_config('statement_timeout', '5s', false)`);
      const settings = `SELECT current_setting('application_name') AS name, current_setting('work_mem') AS memory,
        current_setting('app.tenant', true) AS tenant, current_setting('TimeZone') AS zone,
        current_setting('statement_timeout') AS timeout`;
      for (let i = 0; i < 2; i += 1) {
        assert.deepEqual((await a.query(settings)).rows, [
          { name: 'a', memory: '7MB', tenant: 'one', zone: 'Asia/Tokyo', timeout: '0' },
        ]);
        assert.deepEqual((await b.query(settings)).rows, [
          { name: 'b', memory: '4MB', tenant: 'two', zone: 'UTC', timeout: '5s' },
        ]);
      }
      const fresh = await connected({ application_name: 'c' });
      assert.deepEqual((await fresh.query(settings)).rows, [
        { name: 'c', memory: '4MB', tenant: '', zone: 'UTC', timeout: '0' },
      ]);
    });

    it('tell a client of a setting that changed', async () => {
      const client = await wire({ application_name: 'told' });
      assert.equal(client.parameters.get('application_name'), 'told');
      assert.equal(client.parameters.get('server_version'), postgis.version);
      await client.query(`SET TIME ZONE 'Asia/Tokyo'`);
      assert.equal(client.parameters.get('TimeZone'), 'Asia/Tokyo');
      await client.query('RESET ALL');
      assert.equal(client.parameters.get('TimeZone'), 'UTC');
      assert.equal(client.parameters.get('application_name'), 'told');
    });

    it('hear only the channels that they listen on', async () => {
      const [a, b, c] = [await connected(), await connected(), await connected()];
      const heard: string[] = [];
      for (const [name, client] of [
        ['a', a],
        ['b', b],
        ['c', c],
      ] as const) {
        client.on('notification', ({ channel, payload }) => heard.push(`${name} ${channel} ${payload ?? ''}`));
      }
      await a.query('LISTEN news');
      await b.query('LISTEN news; LISTEN "Other"');
      await c.query(`SELECT pg_notify('news', '1'); NOTIFY "Other", '2'`);
      await a.query('UNLISTEN news');
      await c.query(`NOTIFY news, '3'`);
      await Promise.all([a, b, c].map((client) => client.query('SELECT 1')));
      assert.deepEqual(heard.sort(), ['a news 1', 'b Other 2', 'b news 1', 'b news 3']);
    });

    it('leave no temporary table behind', async () => {
      const client = await connected();
      await client.query('CREATE TEMPORARY TABLE mine (n int)');
      await client.end();
      await assert.rejects(query('TABLE mine'), /relation "mine" does not exist/);
    });
  });

  describe('roles', () => {
    before(() =>
      query(`CREATE ROLE application LOGIN; ALTER ROLE application SET statement_timeout = '300s'; CREATE ROLE nobody`),
    );
    after(() => query('DROP OWNED BY application; DROP ROLE application; DROP ROLE nobody'));

    it('hold for each connection, with the settings that the role has', async () => {
      await query('GRANT ALL ON SCHEMA public TO application');
      const [app, owner] = [await connected({ user: 'application' }), await connected()];
      const who = `SELECT current_user AS me, session_user AS session, current_setting('is_superuser') AS super, current_setting('statement_timeout') AS t`;
      for (let i = 0; i < 2; i += 1) {
        assert.deepEqual((await app.query(who)).rows, [
          { me: 'application', session: 'application', super: 'off', t: '5min' },
        ]);
        assert.deepEqual((await owner.query(who)).rows, [{ me: 'postgres', session: 'postgres', super: 'on', t: '0' }]);
      }
      await owner.query('CREATE TABLE secret (n int)');
      await assert.rejects(app.query('SELECT * FROM secret'), /permission denied for table secret/);
      await assert.rejects(app.query('CREATE ROLE another'), /permission denied to create role/);
      await app.query('CREATE TABLE own (n int)');
      assert.deepEqual((await owner.query(`SELECT tableowner FROM pg_tables WHERE tablename = 'own'`)).rows, [
        { tableowner: 'application' },
      ]);
    });

    it('keep what SET ROLE set', async () => {
      const [a, b] = [await connected(), await connected()];
      await a.query('SET ROLE application');
      assert.deepEqual((await b.query('SELECT current_user AS me')).rows, [{ me: 'postgres' }]);
      assert.deepEqual((await a.query('SELECT current_user AS me')).rows, [{ me: 'application' }]);
    });

    for (const [user, database, code] of [
      ['stranger', 'postgres', '28000'],
      ['nobody', 'postgres', '28000'],
      ['postgres', 'other', '3D000'],
    ] as const) {
      it(`refuse ${user} in ${database} with ${code}`, async () => {
        const client = new pg.Client({ host: '127.0.0.1', port: postgis.port, user, database });
        client.on('error', () => undefined);
        await assert.rejects(client.connect(), { code });
      });
    }

    it('refuse a setting that does not exist in the startup packet', async () => {
      const client = new pg.Client({ connectionString: postgis.url, options: '-c no_such_setting=1' });
      client.on('error', () => undefined);
      await assert.rejects(client.connect(), /unrecognized configuration parameter "no_such_setting"/);
    });
  });

  describe('the extended protocol', () => {
    it('answers each message of a pipeline and skips to the Sync after an error', async () => {
      const client = await wire();
      for (const text of ['SELECT 1', 'SELECT broken', 'SELECT 3']) {
        client.send('P', `\0${text}\0\0\0`);
        client.send('B', '\0\0\0\0\0\0\0\0');
        client.send('E', '\0\0\0\0\0');
      }
      client.send('S');
      client.send('P', '\0SELECT 4\0\0\0');
      client.send('S');
      assert.equal((await client.until('Z')).map(({ type }) => type).join(''), '12DCEZ');
      assert.equal((await client.until('Z')).map(({ type }) => type).join(''), '1Z');
    });

    it('gives a portal out in parts and describes it', async () => {
      const client = await wire();
      client.send('P', 'many\0SELECT n FROM generate_series(1, 5) n\0\0\0');
      client.send('D', 'Smany\0');
      client.send('B', 'p\0many\0\0\0\0\0\0\0');
      client.send('E', 'p\0\0\0\0\x02');
      client.send('H');
      assert.equal((await client.until('s')).map(({ type }) => type).join(''), '1tT2DDs');
      client.send('E', 'p\0\0\0\0\x02');
      client.send('E', 'p\0\0\0\0\0');
      client.send('C', 'Pp\0');
      client.send('C', 'Smany\0');
      client.send('S');
      assert.equal((await client.until('Z')).map(({ type }) => type).join(''), 'DDsDC33Z');
    });

    it('keeps the backend from a Flush to its Sync', async () => {
      const [a, b] = [await wire(), await wire()];
      a.send('P', '\0SELECT 1\0\0\0');
      a.send('H');
      await a.until('1');
      b.send('Q', `SELECT 'b'\0`);
      a.send('B', '\0\0\0\0\0\0\0\0');
      a.send('E', '\0\0\0\0\0');
      a.send('S');
      assert.equal((await a.until('Z')).map(({ type }) => type).join(''), '2DCZ');
      assert.equal((await b.until('Z')).map(({ type }) => type).join(''), 'TDCZ');
    });

    it('refuses a message that is none, and serves the next client', async () => {
      const client = await wire();
      client.send('y', 'what');
      const [error] = await client.until('E');
      assert.match(error?.text ?? '', /SFATAL[\s\S]*C08P01/);
      assert.deepEqual((await query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    });
  });

  describe('cancelling', () => {
    const endless = [
      ['a computation', 'SELECT count(*) FROM generate_series(1, 100000000000)'],
      ['a sleep', 'SELECT pg_sleep(1000)'],
      ['a join', 'WITH n AS MATERIALIZED (SELECT generate_series(1, 100000) AS n) SELECT count(*) FROM n a, n b, n c'],
      ['a PL/pgSQL loop', 'DO $$ BEGIN LOOP NULL; END LOOP; END $$'],
      [
        'PostGIS',
        'SELECT ST_Area(ST_Buffer(ST_Collect(ST_Point(n % 1000, n / 1000.0)), 0.7)) FROM generate_series(1, 5000000) n',
      ],
    ] as const;
    for (const [what, sql] of endless) {
      it(`ends ${what} with SQLSTATE 57014`, async () => {
        const client = await wire();
        client.send('Q', `${sql}\0`);
        await client.flushed();
        await client.cancelUntil('E', postgis.port);
        const answer = await client.until('Z');
        assert.match(
          answer.find(({ type }) => type === 'E')?.text ?? '',
          /C57014\0Mcanceling statement due to user request/,
        );
        assert.deepEqual((await query('SELECT 1 AS one')).rows, [{ one: 1 }]);
      });
    }

    it('ends CREATE INDEX and leaves none', async () => {
      await query('CREATE TABLE t AS SELECT n, ST_Point(random(), random()) AS p FROM generate_series(1, 200000) n');
      const client = await wire();
      client.send('Q', 'CREATE INDEX i ON t USING gist (p)\0');
      await client.cancelUntil('E', postgis.port);
      assert.deepEqual((await query(`SELECT to_regclass('i') AS i`)).rows, [{ i: null }]);
    });

    it('ends a COPY that waits for its client', async () => {
      await query('CREATE TABLE t (n int)');
      const client = await wire();
      await client.query('BEGIN');
      client.send('Q', 'COPY t FROM STDIN\0');
      await client.until('G');
      client.send('d', '1\n');
      await client.flushed();
      await client.cancelUntil('E', postgis.port);
      const answer = await client.until('Z');
      assert.match(answer[0]?.text ?? '', /C57014\0/);
      assert.equal(answer.at(-1)?.text, 'E');
      client.send('d', '2\n');
      client.send('c');
      assert.deepEqual(
        (await client.query('ROLLBACK')).map(({ text }) => text),
        ['ROLLBACK\0', 'I'],
      );
    });

    it('ends a statement that waits for its turn', async () => {
      const holder = await connected();
      await holder.query('BEGIN');
      const client = await wire();
      client.send('P', '\0SELECT 1\0\0\0');
      client.send('S');
      await client.cancelUntil('E', postgis.port);
      assert.equal((await client.until('Z')).map(({ type }) => type).join(''), 'EZ');
      await holder.query('COMMIT');
      assert.deepEqual((await client.query('SELECT 1')).map(({ type }) => type).join(''), 'TDCZ');
    });

    it('of a session that is idle, or with a wrong key, does nothing', async () => {
      const client = await wire();
      await client.cancel(postgis.port);
      await client.cancel(postgis.port, 1);
      assert.equal(
        (await client.query('SELECT count(*) FROM generate_series(1, 100000)')).map(({ type }) => type).join(''),
        'TDCZ',
      );
    });

    it('happens by itself when the client vanishes', async () => {
      const client = await wire();
      client.send('Q', 'SELECT pg_sleep(1000)\0');
      await client.flushed();
      client.vanish();
      assert.deepEqual((await query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    });
  });

  it('asks nothing of its own inside a transaction that has not begun to query', async () => {
    const client = await connected();
    await client.query(`SELECT set_config('search_path', '', false)`);
    await client.query('BEGIN');
    await client.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY');
    assert.deepEqual((await client.query('SHOW transaction_isolation')).rows, [
      { transaction_isolation: 'serializable' },
    ]);
    await client.query('COMMIT');
  });

  describe('timeouts', () => {
    it('end a statement', async () => {
      const client = await connected();
      await client.query(`SET statement_timeout = '50ms'`);
      await assert.rejects(client.query('SELECT pg_sleep(1000)'), {
        code: '57014',
        message: 'canceling statement due to statement timeout',
      });
      await client.query('BEGIN; SET LOCAL statement_timeout = 0');
      await client.query('SELECT pg_sleep(0.1)');
      await client.query('COMMIT');
      await assert.rejects(client.query('SELECT pg_sleep(1000)'), { code: '57014' });
    });

    it('end a session that is idle in a transaction, so that others come to their turn', async () => {
      await query('CREATE TABLE t (n int)');
      const client = await connected({ options: '-c idle_in_transaction_session_timeout=50ms' });
      const failure = once(client, 'error');
      await client.query('BEGIN; INSERT INTO t VALUES (1)');
      assert.equal(await count('t'), 0);
      assert.equal(((await failure)[0] as { code: string }).code, '25P03');
    });
  });

  it('refuses what PGlite has no processes for, and lives on', async () => {
    await query('CREATE TABLE t (line text)');
    await assert.rejects(query(`COPY t FROM PROGRAM 'ls'`), /could not execute command "ls"/);
    assert.equal(await count('t'), 0);
  });

  it('answers after thousands of errors in one session, and after the deepest', async () => {
    const client = await connected();
    await assert.rejects(client.query(`SELECT ${Array(20_000).fill('1').join('+')}`), /stack depth limit exceeded/);
    for (let i = 0; i < 3000; i += 1) {
      await assert.rejects(client.query('SELECT nothing'), /column "nothing" does not exist/);
    }
    assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
  });

  it('answers a request for TLS with N and goes on in the clear', async () => {
    const socket = connect(postgis.port, '127.0.0.1');
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'N');
    socket.destroy();
    assert.equal(await psql('-c', 'SELECT 1'), '1');
  });

  it('drops a client that does not speak the protocol', async () => {
    const socket = connect(postgis.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    assert.deepEqual((await query('SELECT 1 AS one')).rows, [{ one: 1 }]);
  });
});
