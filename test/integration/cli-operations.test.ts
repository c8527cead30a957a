import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type pg from 'pg';
import { Ledger } from '../../src/sync-core/ledger/ledger.ts';
import { PostgresSession } from '../../src/sync-core/postgres/session.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { testIdentity } from '../support/sync-environment.ts';
import { runWorker, writeWorkerConfig, type WorkerConfig } from '../support/worker.ts';

interface TableStatusDocument {
  readonly table: string;
  readonly state: string;
  readonly rows: number | null;
  readonly rowsExact: boolean;
  readonly bytes: number;
  readonly indexBytes: number;
  readonly generation: number;
  readonly lastRun: { readonly status: string };
  readonly kept: { readonly count: number; readonly bytes: number };
  readonly leftBehind: { readonly count: number; readonly bytes: number };
  readonly drift: { configurationChanged: boolean; replaced: boolean; missingColumns: string[] };
}

interface CleanedDocument {
  readonly status: string;
  readonly bytes: number;
  readonly removed: readonly { kind: string; table: string; relation: string; generation: number | null }[];
  readonly left: readonly { kind: string; cause: string; reason: string }[];
}

interface FailureDocument {
  readonly error: { readonly code: string; readonly message: string; readonly remedy?: string };
}

/** The built command as the role `application`, which owns one schema of a server and keeps the ledger in it. */
describe('operations from the command line', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let source: TestSource;
  let admin: pg.Client;
  let config: WorkerConfig;

  const roads = { source: 'DB.PUBLIC.ROADS', target: 'application.roads', key: ['id'], indexes: ['name'] };
  const poles = { source: 'DB.PUBLIC.POLES', target: 'application.poles' };

  before(async () => {
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'operations');
    admin = await connect(cluster, 'operations', 'postgres');
    await source.sql(
      `CREATE TABLE DB.PUBLIC.ROADS AS SELECT SEQ4() AS ID, 'first'::VARCHAR AS NAME FROM TABLE(GENERATOR(ROWCOUNT => 50))`,
      `CREATE TABLE DB.PUBLIC.POLES AS SELECT SEQ4() AS ID FROM TABLE(GENERATOR(ROWCOUNT => 7))`,
    );
    const { host, port } = cluster;
    config = await writeWorkerConfig(
      source,
      { host, port, database: 'operations', user: 'application' },
      { roads, poles },
    );
  });

  after(async () => {
    await admin.end();
    await config.remove();
    await source.close();
    await cluster.stop();
  });

  const text = async (args: readonly string[], code = 0): Promise<string> => {
    const result = await runWorker(config, args);
    assert.equal(result.code, code, `${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
    return result.stdout;
  };

  const document = async <T>(args: readonly string[], code = 0): Promise<T> => {
    const stdout = await text([...args, '--json'], code);
    assert.match(stdout, /^[^\n]+\n$/, 'one document on one line');
    return JSON.parse(stdout) as T;
  };

  const status = async (table: string, ...flags: string[]): Promise<TableStatusDocument> => {
    const { tables } = await document<{ tables: TableStatusDocument[] }>(['status', table, ...flags]);
    const [found] = tables;
    assert.ok(found);
    return found;
  };

  const rows = async <T extends pg.QueryResultRow>(statement: string): Promise<T[]> =>
    (await admin.query<T>(statement)).rows;

  const names = (): Promise<{ name: string; count: string }[]> =>
    rows('SELECT name, count(*) FROM application.roads GROUP BY 1 ORDER BY 1');

  /** Changes the configuration's file for as long as `body` runs. */
  const withConfig = async <T>(
    change: (content: Record<string, unknown>) => Record<string, unknown>,
    body: () => Promise<T>,
  ): Promise<T> => {
    const before = await readFile(config.file, 'utf8');
    await writeFile(config.file, JSON.stringify(change(JSON.parse(before) as Record<string, unknown>)));
    try {
      return await body();
    } finally {
      await writeFile(config.file, before);
    }
  };

  describe('rollback', () => {
    before(async () => {
      await document(['sync']);
      await source.sql(`UPDATE DB.PUBLIC.ROADS SET NAME = 'second'`);
      await document(['sync', 'roads']);
      assert.deepEqual(await names(), [{ name: 'second', count: '50' }]);
    });

    it('brings the generation before back, and says which it is', async () => {
      const result = await document<Record<string, unknown>>(['rollback', 'roads']);
      const { run, seconds, ...rest } = result;
      assert.ok(typeof run === 'string' && typeof seconds === 'number');
      assert.deepEqual(rest, {
        status: 'success',
        table: 'roads',
        target: 'test',
        relation: 'application.roads',
        restored: 1,
        generation: 3,
        rows: 50,
      });
      assert.deepEqual(await names(), [{ name: 'first', count: '50' }]);
    });

    it('can be rolled back, without any secret of Snowflake', async () => {
      const { SOURCE_PASSWORD, ...env } = config.env;
      assert.ok(SOURCE_PASSWORD !== undefined);
      const result = await runWorker({ ...config, env }, ['rollback', 'roads', '--to', '2']);
      assert.equal(result.code, 0, result.stderr);
      assert.match(
        result.stdout,
        /^rolled back roads in test: generation 2 is live again, as generation 4, with 50 rows/,
      );
      assert.deepEqual(await names(), [{ name: 'second', count: '50' }]);
    });

    it('names the generations that are kept when another is asked for', async () => {
      const failure = await document<FailureDocument>(['rollback', 'roads', '--to', '1'], 1);
      assert.equal(failure.error.code, 'rollback.unavailable');
      assert.match(failure.error.message, /kept are 3\b/);
      assert.equal((await document<FailureDocument>(['rollback', 'poles'], 1)).error.code, 'rollback.unavailable');
    });

    it('takes exactly one table', async () => {
      for (const argv of [['rollback'], ['rollback', 'roads', 'poles'], ['rollback', 'roads', '--to', 'x']]) {
        assert.equal((await document<FailureDocument>(argv, 2)).error.code, 'usage', argv.join(' '));
      }
    });
  });

  describe('status and history', () => {
    it('show sizes, kept generations, and whether rows are an estimate', async () => {
      const estimated = await status('roads');
      assert.deepEqual([estimated.rows, estimated.rowsExact, estimated.generation], [50, false, 4]);
      assert.ok(estimated.indexBytes > 0 && estimated.bytes > estimated.indexBytes);
      assert.equal(estimated.kept.count, 1);
      assert.ok(estimated.kept.bytes > 0);
      assert.deepEqual(estimated.drift, { configurationChanged: false, replaced: false, missingColumns: [] });
      const counted = await status('roads', '--exact');
      assert.deepEqual([counted.rows, counted.rowsExact], [50, true]);
    });

    it('mark what the configuration or the table no longer is', async () => {
      await withConfig(
        (content) => ({ ...content, tables: { poles: { ...poles, columns: { types: { id: 'bigint' } } } } }),
        async () => {
          assert.equal((await status('poles')).drift.configurationChanged, true);
          assert.match(await text(['status']), /^poles .* 1\* .*\n\* poles: the configuration has changed since;/m);
        },
      );
      await admin.query('ALTER TABLE application.poles RENAME COLUMN id TO other');
      assert.deepEqual((await status('poles')).drift.missingColumns, ['id']);
      await admin.query('ALTER TABLE application.poles RENAME COLUMN other TO id');
      await admin.query(
        'ALTER TABLE application.poles RENAME TO aside; CREATE TABLE application.poles AS TABLE application.aside',
      );
      const replaced = await status('poles');
      assert.deepEqual(
        [replaced.drift.replaced, replaced.rows],
        [true, null],
        'it is somebody else’s, and may not be read',
      );
      await admin.query('DROP TABLE application.poles; ALTER TABLE application.aside RENAME TO poles');
      assert.equal((await status('poles')).drift.replaced, false);
    });

    it('filter by table, outcome and time', async () => {
      const runs = async (...flags: string[]): Promise<(readonly [string, string | null])[]> =>
        (await document<{ runs: { table: string; strategy: string | null }[] }>(['history', ...flags])).runs.map(
          ({ table, strategy }) => [table, strategy] as const,
        );
      assert.deepEqual(await runs('roads', '--status', 'success', '--limit', '2'), [
        ['roads', 'rollback'],
        ['roads', 'rollback'],
      ]);
      assert.deepEqual(await runs('poles', '--status', 'success', '--since', '1h'), [['poles', 'rename']]);
      assert.deepEqual(await runs('--since', '2100-01-01'), []);
    });

    it('are views for plain SQL too', async () => {
      assert.deepEqual(
        await rows(
          `SELECT table_name, generation::int, row_count::int, state, kept_generations::int, last_status, syncing_by
             FROM application.snowmelt_status ORDER BY table_name`,
        ),
        [
          {
            table_name: 'poles',
            generation: 1,
            row_count: 7,
            state: 'synced',
            kept_generations: 0,
            last_status: 'failed',
            syncing_by: null,
          },
          {
            table_name: 'roads',
            generation: 4,
            row_count: 50,
            state: 'synced',
            kept_generations: 1,
            last_status: 'failed',
            syncing_by: null,
          },
        ],
      );
      assert.deepEqual(
        await rows(
          `SELECT table_name, strategy, row_count::int, duration > interval '0' AS took, error_code
             FROM application.snowmelt_history WHERE table_name = 'poles' ORDER BY started_at`,
        ),
        [
          { table_name: 'poles', strategy: 'rename', row_count: 7, took: true, error_code: null },
          { table_name: 'poles', strategy: null, row_count: null, took: true, error_code: 'rollback.unavailable' },
        ],
      );
    });

    it('documents queries on the ledger that work', async () => {
      const page = await readFile(new URL('../../docs/ledger.md', import.meta.url), 'utf8');
      const queries = [...page.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, query = '']) => query);
      assert.ok(queries.length >= 5);
      const results: number[] = [];
      for (const query of queries) {
        const found = await rows(query.replaceAll(/\bsnowmelt\./g, 'application.snowmelt_'));
        results.push(found.length);
      }
      // Nothing is older than a day.
      assert.deepEqual(
        results.map((count) => count > 0),
        queries.map((query) => !query.includes("interval '1 day'")),
      );
    });
  });

  describe('plan', () => {
    it('shows drift as DDL, with what goes with dropped columns', async () => {
      await document(['sync', 'roads']);
      await source.sql(
        'ALTER TABLE DB.PUBLIC.ROADS DROP COLUMN NAME',
        'ALTER TABLE DB.PUBLIC.ROADS ADD COLUMN KIND VARCHAR(9)',
      );
      await withConfig(
        (content) => ({ ...content, tables: { roads: { ...roads, indexes: [] } } }),
        async () => {
          const { tables } = await document<{ tables: { drift: { statements: string[]; lost: unknown[] } }[] }>([
            'plan',
          ]);
          const [planned] = tables;
          assert.ok(planned);
          assert.deepEqual(planned.drift.statements, [
            'ALTER TABLE "application"."roads" ADD COLUMN "kind" character varying(9)',
            'ALTER TABLE "application"."roads" DROP COLUMN "name"',
          ]);
          assert.deepEqual(planned.drift.lost, [{ kind: 'index', name: 'roads_name_idx' }]);
          const shown = await text(['plan']);
          assert.match(shown, /^ {2}drift +ALTER TABLE .* ADD COLUMN "kind" character varying\(9\);\n +ALTER TABLE /m);
          assert.match(shown, /^ {2}dropped +index roads_name_idx$/m);
          assert.doesNotMatch(shown, /warning:/);
        },
      );
      await source.sql(
        'ALTER TABLE DB.PUBLIC.ROADS DROP COLUMN KIND',
        `ALTER TABLE DB.PUBLIC.ROADS ADD COLUMN NAME VARCHAR`,
        `UPDATE DB.PUBLIC.ROADS SET NAME = 'third'`,
      );
    });
  });

  describe('clean', () => {
    const storage = (): Promise<{ relname: string }[]> =>
      rows(`SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '__(g\\d+|[0-9a-f]{8})$' ORDER BY 1`);

    it('finds nothing where no run has died', async () => {
      assert.equal(await text(['clean']), 'There is nothing to remove in test.\n');
    });

    it('removes the staging table of a run that was killed, and only that', async () => {
      const reader = await connect(cluster, 'operations', 'application');
      await reader.query('BEGIN; LOCK TABLE application.roads IN ACCESS SHARE MODE');
      const killed = await runWorker(config, ['sync', 'roads', '--json'], (event, child) => {
        if (event.kind === 'step-started' && event.step === 'swap') child.kill('SIGKILL');
      });
      await reader.end();
      assert.equal(killed.signal, 'SIGKILL');
      assert.equal((await storage()).length, 2);

      const before = await status('roads');
      assert.deepEqual([before.leftBehind.count, before.lastRun.status], [1, 'abandoned']);
      assert.match(await text(['status', 'roads']), /\nroads: abandoned runs have left .*snowmelt clean/);
      const abandoned = await document<{ runs: { table: string }[] }>(['history', '--status', 'abandoned']);
      assert.deepEqual(
        abandoned.runs.map(({ table }) => table),
        ['roads'],
      );

      const dry = await document<CleanedDocument>(['clean', '--dry-run']);
      assert.deepEqual([dry.removed.length, (await storage()).length], [1, 2]);
      assert.deepEqual((await document<CleanedDocument>(['clean', 'poles'])).removed, []);
      const cleaned = await document<CleanedDocument>(['clean']);
      assert.deepEqual(cleaned.removed, dry.removed);
      assert.equal(cleaned.bytes, before.leftBehind.bytes);
      assert.deepEqual([cleaned.removed[0]?.kind, cleaned.removed[0]?.table], ['staging', 'roads']);
      assert.deepEqual(await storage(), [{ relname: 'roads__g4' }]);
      const [run] = await rows(
        `SELECT status, staging_name, finished_at IS NOT NULL AS ended FROM application.snowmelt_runs
          WHERE status NOT IN ('success', 'failed')`,
      );
      assert.deepEqual(run, { status: 'abandoned', staging_name: null, ended: true });
      assert.deepEqual(await names(), [{ name: 'second', count: '50' }]);
    });

    it('never touches what a living run has, and takes it once its heartbeat has stopped', async () => {
      const session = await PostgresSession.open(connectionTo(cluster, 'operations', 'application'), {
        applicationName: 'test',
      });
      const relation = { schema: 'application', name: 'roads' };
      const staging = { schema: 'application', name: 'roads__0000abcd' };
      const run = randomUUID();
      try {
        const ledger = await Ledger.open(session, 'application');
        await ledger.begin(session, { run, table: 'roads', relation, configHash: 'x', identity: testIdentity });
        await ledger.recordStaging(session, run, staging, 'DB.PUBLIC.ROADS');
        await session.query('CREATE TABLE application.roads__0000abcd (id integer)');
        const busy = await document<CleanedDocument>(['clean', '--generations']);
        assert.deepEqual([busy.status, busy.removed], ['success', []]);
        assert.deepEqual(
          busy.left.map(({ kind, cause }) => [kind, cause]),
          [['generation', 'busy']],
        );
        assert.match(busy.left[0]?.reason ?? '', /roads is being synced by tester on /);
        assert.equal((await storage()).length, 2);

        await admin.query(`UPDATE application.snowmelt_claims SET heartbeat_at = now() - interval '1 min'`);
        assert.deepEqual(await rows(`SELECT status FROM application.snowmelt_history WHERE run_id = '${run}'`), [
          { status: 'abandoned' },
        ]);
        const cleaned = await document<CleanedDocument>(['clean']);
        assert.deepEqual(
          cleaned.removed.map(({ relation: name }) => name),
          ['application.roads__0000abcd'],
        );
        // Should it live after all, it finds out before it changes anything.
        assert.equal(await ledger.heartbeat(session, run), false);
      } finally {
        await session.close();
      }
    });

    it('removes the earlier generations where it is asked to, and says what it could not', async () => {
      await admin.query('CREATE VIEW application.pinned AS SELECT * FROM application.roads__g4');
      const refused = await document<CleanedDocument>(['clean', '--generations'], 1);
      assert.deepEqual([refused.status, refused.removed, refused.left[0]?.cause], ['failed', [], 'failed']);
      assert.match(refused.left[0]?.reason ?? '', /view application\.pinned depends on table/);
      await admin.query('DROP VIEW application.pinned');
      assert.match(
        await text(['clean', 'roads', '--generations']),
        /^removed generation 4 of roads, application\.roads__g4, .*\nFreed .* in test\.\n$/,
      );
      assert.deepEqual(await storage(), []);
      assert.equal((await status('roads')).kept.count, 0);
      assert.equal((await document<FailureDocument>(['rollback', 'roads'], 1)).error.code, 'rollback.unavailable');
    });
  });

  describe('timeouts', () => {
    const asRole = <T>(role: unknown, body: () => Promise<T>): Promise<T> =>
      withConfig((content) => ({ ...content, role }), body);

    it('says what is not as it should be, with exit code 1, and changes nothing', () =>
      asRole({ name: 'application' }, async () => {
        assert.deepEqual(await document(['timeouts'], 1), {
          status: 'error',
          results: [
            'idle_in_transaction_session_timeout = not set',
            'statement_timeout = not set',
            'roads row count: 50',
            'poles row count: 7',
          ],
        });
        const shown = await text(['timeouts', 'poles'], 1);
        assert.match(shown, /\n {2}ALTER ROLE "application" SET statement_timeout = '300s';\n$/);
        assert.deepEqual(await rows(`SELECT rolconfig FROM pg_roles WHERE rolname = 'application'`), [
          { rolconfig: null },
        ]);
      }));

    it('gives a role that is no superuser its own settings, and prints the procedure’s document', () =>
      asRole({ name: 'application' }, async () => {
        const expected =
          '{"status":"success","results":["idle_in_transaction_session_timeout = 60s","statement_timeout = 300s","roads row count: 50"]}\n';
        assert.equal(await text(['timeouts', 'roads', '--apply', '--json']), expected);
        assert.equal(await text(['timeouts', 'roads', '--json']), expected);
        assert.deepEqual(await rows(`SELECT rolconfig FROM pg_roles WHERE rolname = 'application'`), [
          { rolconfig: ['idle_in_transaction_session_timeout=60s', 'statement_timeout=300s'] },
        ]);
        assert.match(await text(['timeouts', '--apply']), /^application in test\n {2}ok .*\n {2}ok .*\n/);
      }));

    it('hands an administrator the SQL where the role may not be changed', async () => {
      await admin.query('CREATE ROLE another');
      await asRole({ name: 'another', statementTimeout: '5min' }, async () => {
        const failure = await document<FailureDocument>(['timeouts', '--apply'], 1);
        assert.equal(failure.error.code, 'postgres.privilege');
        const { remedy = '' } = failure.error;
        assert.equal(
          remedy,
          `Ask an administrator to run: ALTER ROLE "another" SET idle_in_transaction_session_timeout = '60s'; ALTER ROLE "another" SET statement_timeout = '5min';`,
        );
        // The SQL is what it takes, and then there is nothing to apply any more.
        await admin.query(remedy.replace(/^[^:]*: /, ''));
        await document(['timeouts', '--apply']);
      });
      for (const role of [undefined, { name: 'nobody' }]) {
        const failure = await asRole(role, () => document<FailureDocument>(['timeouts'], 2));
        assert.equal(failure.error.code, 'usage');
      }
    });
  });
});
