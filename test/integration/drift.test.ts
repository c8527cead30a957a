import assert from 'node:assert/strict';
import type pg from 'pg';
import { isSyncError, type SyncError } from '../../src/sync-core/errors.ts';
import { rollbackTable } from '../../src/sync-core/rollback.ts';
import { syncTable, type SyncResult } from '../../src/sync-core/sync.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

describe('drift between a source and its table', () => {
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'drifting');
    client = await connect(cluster, 'drifting', 'application');
    await client.query('SET search_path = application, public');
  });

  after(async () => {
    await client.end();
    await source.close();
    await cluster.stop();
  });

  const config = (strategy: string, more: Readonly<Record<string, unknown>> = {}): ReturnType<typeof tableOf> =>
    tableOf(`t_${strategy}`, {
      source: 'DB.PUBLIC.T',
      target: `application.t_${strategy}`,
      key: ['id'],
      strategy,
      keepGenerations: 3,
      ...more,
    });
  const environment = (): ReturnType<typeof syncEnvironment> =>
    syncEnvironment(connectionTo(cluster, 'drifting', 'application'), source.connection);
  const sync = (strategy: string, more: Readonly<Record<string, unknown>> = {}): Promise<SyncResult> =>
    syncTable(environment(), config(strategy, more), { force: false });
  const failing = async (run: Promise<unknown>): Promise<SyncError> => {
    const failure: unknown = await run.then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(isSyncError(failure), String(failure));
    return failure;
  };

  /** Columns with their types, then the rows. */
  const state = async (strategy: string): Promise<unknown> => {
    const { rows: columns } = await client.query<{ name: string; type: string }>(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [`application.t_${strategy}`],
    );
    const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM application.t_${strategy} ORDER BY id`);
    return { columns: columns.map(({ name, type }) => `${name} ${type}`), rows };
  };

  const original = async (): Promise<void> => {
    await source.sql(
      'CREATE OR REPLACE TABLE DB.PUBLIC.T (ID NUMBER(9,0), NAME VARCHAR(10), SIZE NUMBER(4,0), GONE VARCHAR(5))',
      `INSERT INTO DB.PUBLIC.T VALUES (1, 'one', 10, 'a'), (2, 'two', 20, 'b')`,
    );
  };
  const changed = async (): Promise<void> => {
    await source.sql(
      'CREATE OR REPLACE TABLE DB.PUBLIC.T (NAME VARCHAR(40), ID NUMBER(9,0), SIZE NUMBER(9,0), NEW FLOAT)',
      `INSERT INTO DB.PUBLIC.T VALUES ('one, in more words than before', 1, 100000, 1.5), ('three', 3, 30, NULL)`,
    );
  };

  for (const strategy of ['rename', 'merge', 'truncate']) {
    it(`evolves the table, and a rollback takes that back: ${strategy}`, async () => {
      await original();
      await sync('auto', { target: `application.t_${strategy}` });
      const before = await state(strategy);
      await changed();
      const result = await sync(strategy);
      assert.equal(result.strategy, strategy);
      assert.match(result.warnings.map(({ message }) => message).join('\n'), /ADD COLUMN "new" double precision/);
      assert.match(result.warnings.map(({ message }) => message).join('\n'), /DROP COLUMN "gone"/);
      const after = await state(strategy);
      assert.deepEqual(after, {
        columns: ['id integer', 'name character varying(40)', 'size integer', 'new double precision'],
        rows: [
          { id: 1, name: 'one, in more words than before', size: 100000, new: 1.5 },
          { id: 3, name: 'three', size: 30, new: null },
        ],
      });
      await rollbackTable(environment(), config(strategy), undefined);
      const restored = await state(strategy);
      if (strategy === 'rename') {
        assert.deepEqual(restored, before);
      } else {
        // A column that was dropped in place comes back at the end.
        const sorted = (value: unknown): unknown => {
          const { columns, rows } = value as { columns: string[]; rows: unknown[] };
          return { columns: columns.toSorted(), rows };
        };
        assert.deepEqual(sorted(restored), sorted(before));
      }
      await rollbackTable(environment(), config(strategy), undefined);
      assert.deepEqual(await state(strategy), after);
    });
  }

  it('is refused with "drift": "fail", with the DDL', async () => {
    await original();
    await client.query('DROP TABLE IF EXISTS t_rename');
    await sync('rename');
    const before = await state('rename');
    await changed();
    const failure = await failing(sync('rename', { drift: 'fail' }));
    assert.equal(failure.code, 'target.incompatible');
    assert.match(failure.message, /ALTER COLUMN "size" TYPE integer/);
    assert.deepEqual(await state('rename'), before);
  });

  it('is refused where a view needs the column, naming the view', async () => {
    await original();
    await client.query('DROP TABLE IF EXISTS t_rename');
    await sync('rename');
    await client.query('CREATE VIEW needs_gone AS SELECT id, gone FROM t_rename');
    await changed();
    const failure = await failing(sync('rename'));
    assert.match(failure.message, /view application\.needs_gone needs gone/);
    await client.query('DROP VIEW needs_gone');
    await sync('rename');
  });

  it('drops the indexes of a dropped column, and says so', async () => {
    await original();
    await client.query('DROP TABLE IF EXISTS t_rename');
    await sync('rename');
    await client.query('CREATE INDEX by_gone ON t_rename (lower(gone)) WHERE id > 0');
    await changed();
    const result = await sync('rename');
    assert.match(result.warnings.map(({ message }) => message).join('\n'), /index by_gone/);
  });

  it('leaves columns alone that the source never filled, and types that were chosen by hand', async () => {
    await original();
    await client.query('DROP TABLE IF EXISTS t_rename');
    await client.query(
      `CREATE TABLE t_rename (id bigint PRIMARY KEY, name text, size integer, gone text, mine text DEFAULT 'kept')`,
    );
    await sync('rename');
    await source.sql('ALTER TABLE DB.PUBLIC.T ALTER COLUMN NAME SET DATA TYPE VARCHAR(99)');
    await sync('rename');
    assert.deepEqual(await state('rename'), {
      columns: ['id bigint', 'name text', 'size integer', 'gone text', 'mine text'],
      rows: [
        { id: '1', name: 'one', size: 10, gone: 'a', mine: 'kept' },
        { id: '2', name: 'two', size: 20, gone: 'b', mine: 'kept' },
      ],
    });
  });
});
