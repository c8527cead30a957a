import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { ledgerNames, type LedgerNames } from '../../src/sync-core/ledger/ledger-names.ts';
import { Ledger } from '../../src/sync-core/ledger/ledger.ts';
import { migrations } from '../../src/sync-core/ledger/migrations.ts';
import { PostgresSession } from '../../src/sync-core/postgres/session.ts';
import { connect, connectionTo, startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.ts';

const run = promisify(execFile);

/** The ledger's relations: created by many at once, upgraded from every version, refused from a later one, described. */
describe('the schema of the ledger', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let admin: pg.Client;

  before(async () => {
    cluster = await startPostgresCluster();
    admin = await connect(cluster, 'postgres', 'postgres');
    await admin.query('CREATE ROLE application LOGIN');
  });

  after(async () => {
    await admin.end();
    await cluster.stop();
  });

  /** An empty database; with `mayCreate` the role application may create the ledger's schema in it. */
  const emptyDatabase = async (name: string, mayCreate: boolean): Promise<void> => {
    await admin.query(`CREATE DATABASE ${name}`);
    if (mayCreate) await admin.query(`GRANT CREATE ON DATABASE ${name} TO application`);
    const client = await connect(cluster, name, 'postgres');
    await client.query('CREATE SCHEMA application AUTHORIZATION application');
    await client.end();
  };

  const sessionIn = (database: string): Promise<PostgresSession> =>
    PostgresSession.open(connectionTo(cluster, database, 'application'), { applicationName: 'test' });

  const inSession = async <T>(database: string, body: (session: PostgresSession) => Promise<T>): Promise<T> => {
    const session = await sessionIn(database);
    try {
      return await body(session);
    } finally {
      await session.close();
    }
  };

  const dump = async (database: string): Promise<string> => {
    const { stdout } = await run(join(cluster.bin, 'pg_dump'), [
      ...['-h', cluster.host, '-p', String(cluster.port), '-U', 'postgres', '--schema-only', database],
    ]);
    // A random key of newer pg_dump.
    return stdout.replace(/^\\(?:un)?restrict .*$/gm, '');
  };

  for (const mayCreate of [true, false]) {
    const where = mayCreate ? 'in a schema of its own' : 'beside the tables';

    it(`is created once by ten workers that open it at the same moment, ${where}`, async () => {
      const name = `ten_${mayCreate}`;
      await emptyDatabase(name, mayCreate);
      const sessions = await Promise.all(Array.from({ length: 10 }, () => sessionIn(name)));
      try {
        const ledgers = await Promise.all(sessions.map((session) => Ledger.open(session, 'application')));
        assert.deepEqual(
          new Set(ledgers.map(({ names }) => names.runs)),
          new Set([mayCreate ? '"snowmelt"."runs"' : '"application"."snowmelt_runs"']),
        );
        const [ledger] = ledgers;
        assert.ok(ledger);
        const rows = await sessions[0]?.query<{ version: number }>(
          `SELECT version FROM ${ledger.names.version} ORDER BY version`,
        );
        assert.deepEqual(
          rows?.map(({ version }) => version),
          migrations.map((_, index) => index + 1),
        );
      } finally {
        await Promise.all(sessions.map((session) => session.close()));
      }
    });

    it(`is the same after an upgrade from every version as when it is new, ${where}`, async () => {
      const fresh = `fresh_${mayCreate}`;
      await emptyDatabase(fresh, mayCreate);
      const names = await inSession(fresh, async (session) => (await Ledger.open(session, 'application')).names);
      const expected = await dump(fresh);
      assert.match(expected, /CREATE VIEW \S*history/);
      for (let version = 0; version <= migrations.length; version += 1) {
        const name = `from_${version}_${mayCreate}`;
        await emptyDatabase(name, mayCreate);
        await inSession(name, async (session) => {
          await createVersion(session, names, version);
          await Ledger.open(session, 'application');
        });
        assert.equal(await dump(name), expected, `upgraded from version ${version}`);
      }
    });
  }

  /** The ledger as the Snowmelt that knew `version` as the latest one has left it. */
  const createVersion = async (session: PostgresSession, names: LedgerNames, version: number): Promise<void> => {
    await session.transaction(async (transaction) => {
      if (names.ownSchema) await transaction.query(`CREATE SCHEMA "${names.schema}"`);
      await transaction.query(
        `CREATE TABLE ${names.version} (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
      );
      for (const [index, migration] of migrations.slice(0, version).entries()) {
        await transaction.run(migration(names));
        await transaction.query(`INSERT INTO ${names.version} (version) VALUES ($1)`, [index + 1]);
      }
    });
  };

  it('is refused when a newer Snowmelt has written it, and left as it is', async () => {
    await emptyDatabase('newer', true);
    await inSession('newer', async (session) => {
      const { names } = await Ledger.open(session, 'application');
      await session.query(`INSERT INTO ${names.version} (version) VALUES ($1)`, [migrations.length + 1]);
      const before = await dump('newer');
      const openings = [() => Ledger.open(session, 'application'), () => Ledger.find(session, 'application')];
      for (const open of openings) {
        await assert.rejects(open, (error) => {
          assert.ok(isSyncError(error, 'ledger.incompatible'), String(error));
          assert.match(error.message, new RegExp(`ledger version ${migrations.length + 1}; this one knows`));
          return true;
        });
      }
      assert.equal(await dump('newer'), before);
    });
  });

  it('says of every relation what it is', async () => {
    await emptyDatabase('described', true);
    await inSession('described', async (session) => {
      await Ledger.open(session, 'application');
      const rows = await session.query<{ relname: string }>(
        `SELECT relname FROM pg_class WHERE relnamespace = 'snowmelt'::regnamespace AND relkind IN ('r', 'v')
            AND obj_description(oid, 'pg_class') IS NULL`,
      );
      assert.deepEqual(rows, []);
      const names = ledgerNames('snowmelt', true);
      const [columns] = await session.query<{ count: string }>(
        `SELECT count(*) FROM pg_description WHERE objoid = '${names.history}'::regclass AND objsubid > 0`,
      );
      assert.ok(Number(columns?.count) > 5);
    });
  });
});
