import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { syncTable } from '../../src/sync-core/sync.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

const run = promisify(execFile);

/** What refers to the very table `t`, so that a rename would strand it, and how the plan names it. */
const pins: readonly { readonly name: string; readonly sql: string; readonly reason: RegExp }[] = [
  {
    name: 'a materialized view',
    sql: 'CREATE MATERIALIZED VIEW m AS SELECT id FROM t; CREATE UNIQUE INDEX ON m (id)',
    reason: /materialized view application\.m\b/,
  },
  {
    name: 'a foreign key to it',
    sql: 'CREATE TABLE child (id bigint CONSTRAINT refers REFERENCES t)',
    reason: /constraint refers on table application\.child\b/,
  },
  {
    name: 'a function with an SQL body',
    sql: 'CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT max(id) FROM t; END',
    reason: /function application\.f\(\)/,
  },
  {
    name: 'a procedure that takes its row type',
    sql: 'CREATE FUNCTION label(t) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1.name $$',
    reason: /function application\.label\(/,
  },
  {
    name: 'a column of its row type',
    sql: 'CREATE TABLE holder (id int, whole t)',
    reason: /column whole of table application\.holder\b/,
  },
  { name: 'a child that inherits from it', sql: 'CREATE TABLE heir () INHERITS (t)', reason: /application\.heir\b/ },
  {
    name: 'a parent that it inherits from',
    sql: 'CREATE TABLE parent (id bigint NOT NULL, name text); ALTER TABLE t INHERIT parent',
    reason: /application\.parent\b/,
  },
  {
    name: 'a partitioned table that it is a part of',
    sql: `CREATE TABLE whole (id bigint NOT NULL, name text) PARTITION BY RANGE (id);
          ALTER TABLE whole ATTACH PARTITION t FOR VALUES FROM (0) TO (1000)`,
    reason: /application\.whole\b/,
  },
  {
    name: 'a policy of another table that looks into it',
    sql: `CREATE TABLE guarded (id bigint); CREATE POLICY known ON guarded USING (id IN (SELECT id FROM t))`,
    reason: /policy known on table application\.guarded\b/,
  },
];

describe('a table whose identity something depends on', () => {
  let cluster: PostgresCluster;
  let source: TestSource;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await source.sql(
      'CREATE OR REPLACE TABLE DB.PUBLIC.T (ID NUMBER(18,0), NAME VARCHAR)',
      `INSERT INTO DB.PUBLIC.T VALUES (1, 'same'), (2, 'new'), (4, 'more')`,
    );
  });

  after(async () => {
    await source.close();
    await cluster.stop();
  });

  /** With room for the ledger in a schema of its own, so that a dump without that schema is all that is the application's. */
  const createDatabase = async (database: string): Promise<pg.Client> => {
    await createApplicationDatabase(cluster, database);
    const admin = await connect(cluster, database, 'postgres');
    await admin.query(`GRANT CREATE ON DATABASE ${database} TO application`);
    await admin.end();
    return connect(cluster, database, 'application');
  };

  const sync = (database: string, table: Readonly<Record<string, unknown>>): ReturnType<typeof syncTable> =>
    syncTable(
      syncEnvironment(connectionTo(cluster, database, 'application'), source.connection),
      tableOf('t', { source: 'DB.PUBLIC.T', target: 'application.t', ...table }),
      { force: false },
    );

  pins.forEach(({ name, sql, reason }, i) => {
    it(`is merged, and keeps all of it: ${name}`, async function () {
      this.timeout(60_000);
      const database = `pinned_${i}`;
      const client = await createDatabase(database);
      try {
        await client.query(`SET search_path = application, public;
          CREATE TABLE t (id bigint PRIMARY KEY, name text);
          INSERT INTO t VALUES (1, 'same'), (2, 'old'), (3, 'gone'); ${sql}`);
        const schema = await dump(database);
        const oid = await oidOf(client);

        await assert.rejects(sync(database, { key: ['id'], strategy: 'rename' }), (error: Error) => {
          assert.match(error.message, /cannot be swapped by renaming/);
          assert.match(error.message, reason);
          return true;
        });
        const result = await sync(database, { key: ['id'] });
        assert.equal(result.strategy, 'merge');

        assert.equal(await dump(database), schema);
        assert.equal(await oidOf(client), oid);
        assert.deepEqual((await client.query('SELECT id::int, name FROM ONLY t ORDER BY id')).rows, [
          { id: 1, name: 'same' },
          { id: 2, name: 'new' },
          { id: 4, name: 'more' },
        ]);
      } finally {
        await client.end();
      }
    });
  });

  it('is truncated where it has no key to merge by', async () => {
    const database = 'pinned_keyless';
    const client = await createDatabase(database);
    try {
      await client.query(`SET search_path = application, public; CREATE TABLE t (id bigint, name text);
        INSERT INTO t VALUES (9, 'gone'); CREATE MATERIALIZED VIEW m AS SELECT id FROM t`);
      const result = await sync(database, {});
      assert.equal(result.strategy, 'truncate');
      assert.deepEqual((await client.query('SELECT id::int FROM t ORDER BY id')).rows, [
        { id: 1 },
        { id: 2 },
        { id: 4 },
      ]);
    } finally {
      await client.end();
    }
  });

  const dump = async (database: string): Promise<string> => {
    const server = ['-h', cluster.host, '-p', String(cluster.port), '-U', 'postgres'];
    const { stdout } = await run(join(cluster.bin, 'pg_dump'), [
      ...server,
      '--schema-only',
      '--exclude-schema=snowmelt',
      database,
    ]);
    return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '');
  };

  const oidOf = async (client: pg.Client): Promise<unknown> =>
    (await client.query<{ oid: number }>(`SELECT 'application.t'::regclass::oid AS oid`)).rows[0]?.oid;
});
