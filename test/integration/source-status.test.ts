import assert from 'node:assert/strict';
import type pg from 'pg';
import type { TableConfig } from '../../src/sync-core/config/resolved.ts';
import { describeTable, type TableDescription } from '../../src/sync-core/describe-table.ts';
import { Ledger } from '../../src/sync-core/ledger/ledger.ts';
import { viewStatements } from '../../src/sync-core/ledger/ledger-views.ts';
import { liveTokens } from '../../src/sync-core/ledger/live-tokens.ts';
import { rollbackTable } from '../../src/sync-core/rollback.ts';
import { PostgresSession } from '../../src/sync-core/postgres/session.ts';
import { SnowflakeSession, type SnowflakeConnectionOptions } from '../../src/sync-core/snowflake/session.ts';
import { sourceStatus, type SourceOutcome } from '../../src/sync-core/source-status.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tablesOf } from '../support/sync-environment.ts';

const database = 'watched';

describe('the state of sources', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;

  const tables = tablesOf({
    plain: { source: 'DB.PUBLIC.PLAIN', target: 'application.plain', key: ['id'], keepGenerations: 3 },
    other: { source: 'DB.ELSEWHERE."Other one"', target: 'second.other', key: ['id'] },
    joined: { source: 'DB.PUBLIC.JOINED', target: 'application.joined', key: ['id'] },
    asked: { query: 'SELECT id FROM DB.PUBLIC.PLAIN WHERE id > 1;', target: 'application.asked' },
    missing: { source: 'DB.PUBLIC.NOWHERE', target: 'application.missing' },
    hidden: { source: 'DB.PUBLIC.HIDDEN', target: 'application.hidden' },
    constant: { source: 'DB.PUBLIC.CONSTANT', target: 'application.constant' },
  });
  const table = (name: string): TableConfig => {
    const found = tables.get(name);
    assert.ok(found, name);
    return found;
  };

  before(async () => {
    cluster = await startPostgresCluster();
    const users = [{ name: 'TESTER', password: 'flake', roles: ['SYSADMIN', 'LIMITED'] }];
    source = await startSource(cluster, { users });
    await createApplicationDatabase(cluster, database);
    client = await connect(cluster, database, 'postgres');
    await client.query('CREATE SCHEMA second AUTHORIZATION application; CREATE ROLE reader LOGIN');
    await client.query('GRANT USAGE ON SCHEMA application TO reader');
    await source.sql(
      'CREATE SCHEMA DB.ELSEWHERE',
      'CREATE TABLE DB.PUBLIC.PLAIN (id INT, name VARCHAR)',
      "INSERT INTO DB.PUBLIC.PLAIN VALUES (1, 'a'), (2, 'b'), (3, 'c')",
      'CREATE TABLE DB.PUBLIC.HIDDEN (id INT)',
      'CREATE TABLE DB.ELSEWHERE."Other one" (id INT)',
      'INSERT INTO DB.ELSEWHERE."Other one" VALUES (1), (2)',
      'CREATE VIEW DB.PUBLIC.JOINED AS SELECT p.id, o.id AS other FROM DB.PUBLIC.PLAIN p JOIN DB.ELSEWHERE."Other one" o ON o.id = p.id',
      'CREATE VIEW DB.PUBLIC.CONSTANT AS SELECT 1 AS id',
      'CREATE ROLE LIMITED',
      'GRANT USAGE ON DATABASE DB TO ROLE LIMITED',
      'GRANT USAGE ON SCHEMA DB.PUBLIC TO ROLE LIMITED',
      'GRANT SELECT ON TABLE DB.PUBLIC.PLAIN TO ROLE LIMITED',
    );
  });

  after(async () => {
    await client.end();
    await source.close();
    await cluster.stop();
  });

  const sync = async (...names: readonly string[]): Promise<void> => {
    const environment = syncEnvironment(connectionTo(cluster, database, 'application'), source.connection);
    for (const name of names) await syncTable(environment, table(name), { force: true });
  };

  const inTarget = async <T>(body: (session: PostgresSession) => Promise<T>, user = 'application'): Promise<T> => {
    const session = await PostgresSession.open(connectionTo(cluster, database, user), { applicationName: 'test' });
    return body(session).finally(() => session.close());
  };

  const describe = (name: string, user = 'application'): Promise<TableDescription> =>
    inTarget((session) => describeTable(session, table(name)), user);

  interface Asking {
    readonly exact?: boolean;
    readonly user?: string;
    readonly connection?: SnowflakeConnectionOptions;
    readonly statements?: string[];
  }

  const ask = async (names: readonly string[], asking: Asking = {}): Promise<readonly SourceOutcome[]> => {
    const { exact = false, user, connection = source.connection, statements = [] } = asking;
    const wanted = names.map(table);
    const tokens = await inTarget((session) => liveTokens(session, wanted), user);
    const snowflake = await SnowflakeSession.open(connection, {
      queryTag: 'test',
      onStatement: (text) => statements.push(text),
    });
    return sourceStatus(snowflake, wanted, tokens, { exact }).finally(() => snowflake.close());
  };

  /** Rows and change by table, or the code of what is wrong. */
  const summary = async (names: readonly string[], asking?: Asking): Promise<Record<string, unknown>> =>
    Object.fromEntries(
      (await ask(names, asking)).map((outcome) => [
        outcome.table,
        outcome.status === 'success' ? [outcome.source.rows, outcome.source.changed] : outcome.error.code,
      ]),
    );

  it('tells nothing of a change before the first sync, and counts tables alone', async () => {
    assert.deepEqual(await summary(['plain', 'other', 'joined', 'asked']), {
      plain: [3, null],
      other: [2, null],
      joined: [null, null],
      asked: [null, null],
    });
    assert.deepEqual(await summary(['joined', 'asked', 'plain'], { exact: true }), {
      joined: [2, null],
      asked: [2, null],
      plain: [3, null],
    });
  });

  it('sees that a source has changed, directly or below a view, and that a sync has caught up', async () => {
    const names = ['plain', 'other', 'joined', 'asked'];
    await sync(...names);
    const unchanged = { plain: [3, false], other: [2, false], joined: [null, false], asked: [null, null] };
    assert.deepEqual(await summary(names), unchanged);
    await source.sql('INSERT INTO DB.ELSEWHERE."Other one" VALUES (3)');
    assert.deepEqual(await summary(names), { ...unchanged, other: [3, true], joined: [null, true] });
    await sync('joined');
    assert.deepEqual(await summary(names), { ...unchanged, other: [3, true] });
    await sync('other');
    assert.deepEqual(await summary(names), { ...unchanged, other: [3, false] });
  });

  it('asks few statements: one for all tokens, two for a table, one for a view, none for a query', async () => {
    const statements: string[] = [];
    await ask(['plain', 'other', 'joined', 'asked'], { statements });
    const asked = statements.filter((text) => !text.startsWith('ALTER SESSION')).map((text) => text.slice(0, 16));
    assert.deepEqual(asked.toSorted(), [
      'SELECT COUNT(*) ',
      'SELECT COUNT(*) ',
      'SELECT SYSTEM$LA',
      'SHOW OBJECTS LIK',
      'SHOW OBJECTS LIK',
      'SHOW OBJECTS LIK',
    ]);
  });

  it('goes by the token of the generation that is live, after a rollback too', async () => {
    await sync('plain');
    await source.sql("INSERT INTO DB.PUBLIC.PLAIN VALUES (4, 'd')");
    await sync('plain');
    assert.deepEqual(await summary(['plain']), { plain: [4, false] });
    const environment = syncEnvironment(connectionTo(cluster, database, 'application'), source.connection);
    const back = await rollbackTable(environment, table('plain'), undefined);
    assert.deepEqual(await summary(['plain']), { plain: [4, true] });
    // And forward again, to the rows that are the source's.
    await rollbackTable(environment, table('plain'), back.generation - 1);
    assert.deepEqual(await summary(['plain']), { plain: [4, false] });
    await sync('plain');
  });

  it('says in place what is wrong with one source, and answers for the others', async () => {
    await sync('plain');
    assert.deepEqual(await summary(['missing', 'plain']), { missing: 'snowflake.objectMissing', plain: [4, false] });
    const [outcome] = await ask(['missing']);
    assert.ok(outcome?.status === 'failed');
    assert.match(outcome.error.message, /DB\.PUBLIC\.NOWHERE/);
    assert.equal(outcome.error.table, 'missing');
    assert.match(outcome.error.remedy ?? '', /SHOW GRANTS/);
    assert.deepEqual(await summary(['missing'], { exact: true }), { missing: 'snowflake.objectMissing' });
    const connection = { ...source.connection, role: 'LIMITED' };
    const limited = { hidden: 'snowflake.objectMissing', other: 'snowflake.objectMissing', plain: [4, false] };
    assert.deepEqual(await summary(['hidden', 'other', 'plain'], { connection }), limited);
  });

  it('cannot tell of a source that Snowflake has no token of', async () => {
    await sync('constant');
    assert.deepEqual(await summary(['constant', 'plain']), { constant: [null, null], plain: [4, false] });
  });

  it('ends at once where Snowflake refuses the log-in', async () => {
    const connection = { ...source.connection, password: 'wrong' };
    await assert.rejects(ask(['plain'], { connection }), { code: 'snowflake.auth' });
  });

  it('cannot tell of a table that somebody has replaced, or whose history the role may not read', async () => {
    await sync('joined');
    assert.deepEqual(await summary(['joined']), { joined: [null, false] });
    assert.deepEqual(await summary(['joined'], { user: 'reader' }), { joined: [null, null] });
    await client.query(
      'BEGIN; DROP TABLE application.joined; CREATE TABLE application.joined (id bigint); ALTER TABLE application.joined OWNER TO application; COMMIT',
    );
    assert.deepEqual(await summary(['joined']), { joined: [null, null] });
    assert.deepEqual((await describe('joined')).sourceColumns, {});
  });

  it('reads the token before the extract: a change in between makes the rows look old, not new', async () => {
    const environment = syncEnvironment(connectionTo(cluster, database, 'application'), source.connection);
    let changed: Promise<unknown> | undefined;
    const onEvent: typeof environment.onEvent = (event) => {
      // The plan is made, the extract is about to be submitted.
      if (event.kind === 'step-started' && event.step === 'extract') {
        changed ??= source.sql("INSERT INTO DB.PUBLIC.PLAIN VALUES (5, 'e')");
      }
    };
    await syncTable({ ...environment, onEvent }, table('plain'), { force: true });
    await changed;
    assert.deepEqual(await summary(['plain']), { plain: [5, true] });
    await sync('plain');
    assert.deepEqual(await summary(['plain']), { plain: [5, false] });
  });

  it('does not let a sync fail for want of a token', async () => {
    const environment = syncEnvironment(connectionTo(cluster, database, 'application'), source.connection, {
      connectSnowflake: async (options) => {
        const session = await SnowflakeSession.open(source.connection, options);
        const read = session.read.bind(session);
        session.read = (text) => read(text.replaceAll('SYSTEM$LAST_CHANGE_COMMIT_TIME', 'SYSTEM$NO_SUCH_FUNCTION'));
        return session;
      },
    });
    await syncTable(environment, table('plain'), { force: true });
    assert.deepEqual(await summary(['plain']), { plain: [5, null] });
    await sync('plain');
    assert.deepEqual(await summary(['plain']), { plain: [5, false] });
  });

  it('describes a table: columns with the types of both sides, kept generations with their size', async () => {
    const { relation, sourceColumns, generations, ledger } = await describe('plain');
    assert.ok(relation);
    assert.equal(ledger, 'read');
    assert.deepEqual(sourceColumns, { id: 'NUMBER(38,0)', name: 'VARCHAR(16777216)' });
    assert.deepEqual(
      relation.columns.map(({ name }) => name),
      ['id', 'name'],
    );
    assert.equal(generations.length, 3);
    assert.ok(generations.every(({ bytes, rows }) => bytes > 0 && rows === 5));
    const numbers = generations.map(({ generation }) => generation);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => b - a),
    );
  });

  it('describes a table that is not there, or whose history is not to be read', async () => {
    const missing = await describe('missing');
    assert.deepEqual([missing.relation, missing.generations, missing.sourceColumns], [undefined, [], {}]);
    const unreadable = await describe('plain', 'reader');
    assert.equal(unreadable.ledger, 'unreadable');
    assert.deepEqual([unreadable.generations, unreadable.sourceColumns], [[], {}]);
    assert.equal(unreadable.relation?.columns.length, 2);
  });

  it('reads a ledger of the version before tokens, and leaves its upgrade to the next sync', async () => {
    await createApplicationDatabase(cluster, 'older');
    const session = await PostgresSession.open(connectionTo(cluster, 'older', 'application'), { applicationName: 't' });
    try {
      const environment = syncEnvironment(connectionTo(cluster, 'older', 'application'), source.connection);
      await syncTable(environment, table('plain'), { force: true });
      const names = (await Ledger.find(session, 'application'))?.names;
      assert.ok(names);
      // As version 1 had it.
      await session.transaction((transaction) =>
        transaction.run([
          `ALTER TABLE ${names.tables} DROP COLUMN source_token`,
          `ALTER TABLE ${names.generations} DROP COLUMN source_token, DROP COLUMN source_offset`,
          `DROP VIEW ${names.status}, ${names.history}`,
          ...['mode', 'mode_reason', 'rows_inserted', 'rows_updated', 'rows_deleted'].map(
            (column) => `ALTER TABLE ${names.runs} DROP COLUMN ${column}`,
          ),
          ...viewStatements(names),
          `DELETE FROM ${names.version} WHERE version > 1`,
        ]),
      );
      assert.equal((await liveTokens(session, [table('plain')])).size, 0);
      const described = await describeTable(session, table('plain'));
      assert.deepEqual(described.sourceColumns, { id: 'NUMBER(38,0)', name: 'VARCHAR(16777216)' });
      await syncTable(environment, table('plain'), { force: true });
      const token = (await liveTokens(session, [table('plain')])).get('plain') ?? '';
      assert.match(token, /^\d{19,}$/);
      await rollbackTable(environment, table('plain'), undefined);
      assert.equal((await liveTokens(session, [table('plain')])).size, 0, 'the generation of version 1 has no token');
    } finally {
      await session.close();
    }
  });
});
