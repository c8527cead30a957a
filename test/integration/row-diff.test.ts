import assert from 'node:assert/strict';
import type { TableConfig } from '../../src/sync-core/config/resolved.ts';
import { isSyncError, type SyncErrorCode } from '../../src/sync-core/errors.ts';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import { Ledger } from '../../src/sync-core/ledger/ledger.ts';
import { runHistory, type RunRecord } from '../../src/sync-core/ledger/run-history.ts';
import { liveTokens } from '../../src/sync-core/ledger/live-tokens.ts';
import { planTable } from '../../src/sync-core/plan/plan-table.ts';
import { PostgresSession } from '../../src/sync-core/postgres/session.ts';
import { rollbackTable } from '../../src/sync-core/rollback.ts';
import { SnowflakeSession } from '../../src/sync-core/snowflake/session.ts';
import { sourceStatus } from '../../src/sync-core/source-status.ts';
import { targetStatus, type TableStatus } from '../../src/sync-core/status.ts';
import { syncTable, type SyncOptions, type SyncResult } from '../../src/sync-core/sync.ts';
import { repairTable } from '../../src/sync-core/verify/repair-table.ts';
import { rowVersions, type RowVersions } from '../support/row-versions.ts';
import type { TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf, testIdentity } from '../support/sync-environment.ts';
import { openSyncTargets, syncTargetNames, type SyncTarget, type SyncTargets } from '../support/sync-targets.ts';

for (const name of syncTargetNames) {
  describe(`row-diff on the ${name}`, function () {
    this.timeout(120_000);
    let targets: SyncTargets;
    let source: TestSource;
    let target: SyncTarget;

    before(async () => {
      targets = await openSyncTargets([name]);
      source = targets.source;
      target = targets.target(name);
    });

    after(() => targets.close());

    let count = 0;
    /** A table of its own for each case, with 1,000 rows at the source. */
    const newTable = async (more: Readonly<Record<string, unknown>> = {}): Promise<TableConfig> => {
      count += 1;
      const table = `roads_${count}`;
      await source.sql(
        `CREATE TABLE DB.PUBLIC.${table} AS
           SELECT SEQ4() AS ID, 'road ' || SEQ4() AS NAME, SEQ4() / 7::FLOAT AS LENGTH FROM TABLE(GENERATOR(ROWCOUNT => 1000))`,
      );
      return tableOf(table, {
        source: `DB.PUBLIC.${table}`,
        target: `${target.schema}.${table}`,
        key: ['id'],
        incremental: 'row-diff',
        ...more,
      });
    };

    const sync = (
      table: TableConfig,
      options: Partial<SyncOptions> = {},
      events?: SyncEvent[],
    ): Promise<SyncResult> => {
      const environment = syncEnvironment(target.options, source.connection, {
        ...(events !== undefined && { onEvent: (event: SyncEvent) => events.push(event) }),
      });
      return syncTable(environment, table, { force: false, ...options });
    };

    const relation = ({ target: { schema, name: table } }: TableConfig): string => `${schema}.${table}`;

    const versions = (table: TableConfig): Promise<RowVersions> => rowVersions(target.client, table);

    const history = async (table: TableConfig): Promise<readonly RunRecord[]> => {
      const session = await PostgresSession.open(target.options, { applicationName: 'test' });
      try {
        const ledger = await Ledger.open(session, target.schema);
        return await runHistory(session, ledger, testIdentity, { tables: [table.name], limit: 20 });
      } finally {
        await session.close();
      }
    };

    const status = async (table: TableConfig): Promise<TableStatus & { readonly changed: boolean | null }> => {
      const session = await PostgresSession.open(target.options, { applicationName: 'test' });
      const snowflake = await SnowflakeSession.open(source.connection, { queryTag: 'test' });
      try {
        const { tables } = await targetStatus(session, testIdentity, [table], { exact: true });
        const tokens = await liveTokens(session, [table]);
        const [outcome] = await sourceStatus(snowflake, [table], tokens, { exact: false });
        assert.ok(tables[0] !== undefined && outcome?.status === 'success');
        return { ...tables[0], changed: outcome.source.changed };
      } finally {
        await session.close();
        await snowflake.close();
      }
    };

    const fails = async (work: Promise<unknown>, code: SyncErrorCode): Promise<void> => {
      await assert.rejects(work, (error) => {
        assert.ok(isSyncError(error, code), String(error));
        return true;
      });
    };

    it('brings all rows over first, and then those that differ; the others stay the very same versions', async () => {
      const table = await newTable();
      const first = await sync(table);
      assert.deepEqual(
        [first.mode.choice, first.mode.reason, first.rowsSynced, first.changes],
        ['full', 'the table does not exist yet', 1_000, null],
      );
      const before = await versions(table);
      await source.sql(
        `UPDATE DB.PUBLIC.${table.name} SET NAME = 'new name' WHERE ID BETWEEN 100 AND 109`,
        `DELETE FROM DB.PUBLIC.${table.name} WHERE ID IN (3, 500)`,
        `INSERT INTO DB.PUBLIC.${table.name} VALUES (2000, 'tab\\there', NULL), (2001, NULL, '-0'::FLOAT), (2002, '', 'NaN'::FLOAT)`,
        `UPDATE DB.PUBLIC.${table.name} SET ID = 5000 WHERE ID = 7`,
      );
      const events: SyncEvent[] = [];
      const second = await sync(table, {}, events);
      assert.deepEqual(
        {
          mode: second.mode.choice,
          strategy: second.strategy,
          rowsSynced: second.rowsSynced,
          finalCount: second.finalCount,
          changes: second.changes,
          generation: second.generation,
        },
        {
          mode: 'row-diff',
          strategy: 'merge',
          rowsSynced: 10 + 3 + 1,
          finalCount: 1_001,
          changes: { inserted: 4, updated: 10, deleted: 3 },
          generation: 2,
        },
      );
      const planned = events.flatMap((event) => (event.kind === 'planned' ? [event] : []));
      assert.deepEqual(
        planned.map(({ mode, modeReason, strategy }) => [mode, modeReason, strategy]),
        [['row-diff', 'only rows whose hashes differ are moved', 'merge']],
      );
      const after = await versions(table);
      const gone = ['3', '500', '7'];
      const touched = Array.from({ length: 10 }, (_, index) => String(100 + index));
      for (const key of gone) assert.equal(after.has(key), false);
      for (const [key, version] of before) {
        if (gone.includes(key)) continue;
        if (touched.includes(key)) assert.match(after.get(key)?.row ?? '', /new name/);
        else assert.deepEqual(after.get(key), version);
      }
      assert.deepEqual(
        ['2000', '2001', '2002', '5000'].map((key) => after.get(key)?.row),
        ['(2000,"tab\there",)', '(2001,,-0)', '(2002,"",NaN)', '(5000,"road 7",1)'],
      );

      const [run, earlier] = await history(table);
      assert.deepEqual(
        [run?.mode, run?.modeReason, run?.strategy, run?.rows, run?.changes, run?.generation, run?.bytes],
        [
          'row-diff',
          'only rows whose hashes differ are moved',
          'merge',
          1_001,
          { inserted: 4, updated: 10, deleted: 3 },
          2,
          second.bytes,
        ],
      );
      assert.deepEqual([earlier?.mode, earlier?.changes], ['full', null]);
      assert.deepEqual((await status(table)).changed, false);
    });

    it('changes nothing where nothing differs, and the table is fresh', async () => {
      const table = await newTable();
      await sync(table);
      // Another commit without another row: the token of the source changes, its rows do not.
      await source.sql(
        `UPDATE DB.PUBLIC.${table.name} SET NAME = 'x' WHERE ID = 1`,
        `UPDATE DB.PUBLIC.${table.name} SET NAME = 'road 1' WHERE ID = 1`,
      );
      const stale = await status(table);
      assert.equal(stale.changed, true);
      const before = await versions(table);
      const result = await sync(table);
      assert.deepEqual(
        [result.mode.choice, result.generation, result.rowsSynced, result.bytes, result.finalCount, result.changes],
        ['row-diff', 1, 0, 0, 1_000, { inserted: 0, updated: 0, deleted: 0 }],
      );
      assert.deepEqual(await versions(table), before);
      const fresh = await status(table);
      assert.deepEqual([fresh.changed, fresh.generation, fresh.kept.count], [false, 1, 0]);
      assert.ok(Date.parse(fresh.syncedAt ?? '') > Date.parse(stale.syncedAt ?? ''));
      const [run] = await history(table);
      assert.deepEqual(
        [run?.status, run?.mode, run?.generation, run?.rows, run?.bytes, run?.changes],
        ['success', 'row-diff', null, 1_000, 0, { inserted: 0, updated: 0, deleted: 0 }],
      );
    });

    it('can be rolled back, and goes on from there', async () => {
      const table = await newTable({ keepGenerations: 2 });
      await sync(table);
      const first = await versions(table);
      await source.sql(`UPDATE DB.PUBLIC.${table.name} SET NAME = 'changed' WHERE ID < 5`);
      await sync(table);
      await source.sql(`DELETE FROM DB.PUBLIC.${table.name} WHERE ID = 900`);
      await sync(table);
      await rollbackTable(syncEnvironment(target.options, source.connection), table, 1);
      const rows = (of: RowVersions): [string, string][] =>
        [...of].map(([key, { row }]): [string, string] => [key, row]).toSorted();
      assert.deepEqual(rows(await versions(table)), rows(first));
      assert.equal((await status(table)).changed, true);
      const again = await sync(table);
      assert.deepEqual([again.mode.choice, again.changes], ['row-diff', { inserted: 0, updated: 5, deleted: 1 }]);
    });

    it('works on a view, and with geospatial columns', async () => {
      count += 1;
      const [poles, view] = [`poles_${count}`, `pole_view_${count}`];
      await source.sql(
        `CREATE TABLE DB.PUBLIC.${poles} (ID NUMBER(9,0), AT GEOGRAPHY, SHAPE GEOMETRY)`,
        `INSERT INTO DB.PUBLIC.${poles}
           SELECT SEQ4(), TO_GEOGRAPHY('POINT(' || SEQ4() / 10 || ' 12.5)'), TO_GEOMETRY('LINESTRING(0 0, ' || SEQ4() || ' 1)', 3857)
             FROM TABLE(GENERATOR(ROWCOUNT => 300))`,
        `CREATE VIEW DB.PUBLIC.${view} AS SELECT ID, AT, SHAPE, ST_X(AT) AS X FROM DB.PUBLIC.${poles} WHERE ID <> 13`,
      );
      const table = tableOf('pole_view', {
        source: `DB.PUBLIC.${view}`,
        target: `${target.schema}.${view}`,
        key: ['id'],
        computed: { moved: { type: 'geometry(Point,4326)', as: 'ST_Translate(at, 1, 0)' } },
        indexes: [{ columns: ['at'], method: 'gist' }],
        incremental: 'row-diff',
      });
      await sync(table);
      const before = await versions(table);
      await source.sql(`UPDATE DB.PUBLIC.${poles} SET AT = TO_GEOGRAPHY('POINT(99.25 12.5)') WHERE ID IN (13, 14)`);
      const { mode, changes } = await sync(table);
      assert.deepEqual([mode.choice, changes], ['row-diff', { inserted: 0, updated: 1, deleted: 0 }]);
      const { rows } = await target.client.query(
        `SELECT ST_AsText(at) AS at, ST_AsText(moved) AS moved, x FROM ${relation(table)} WHERE id = 14`,
      );
      assert.deepEqual(rows, [{ at: 'POINT(99.25 12.5)', moved: 'POINT(100.25 12.5)', x: 99.25 }]);
      const after = await versions(table);
      assert.deepEqual(
        [...after].filter(([key]) => key !== '14').toSorted(),
        [...before].filter(([key]) => key !== '14').toSorted(),
      );
    });

    it('adds an index that the configuration has gained', async () => {
      const table = await newTable();
      await sync(table);
      const { mode, changes, generation } = await sync({
        ...table,
        indexes: tableOf('t', { source: 'T', indexes: ['name'] }).indexes,
      });
      assert.deepEqual([mode.choice, changes?.updated, generation], ['row-diff', 0, 2]);
      const { rows } = await target.client.query('SELECT FROM pg_indexes WHERE tablename = $1', [table.name]);
      assert.equal(rows.length, 2);
    });

    describe('refreshes all rows, and says why,', () => {
      const refreshes = async (
        table: TableConfig,
        reason: RegExp,
        options: Partial<SyncOptions> = {},
      ): Promise<void> => {
        const { mode, rowsSynced, finalCount } = await sync(table, options);
        assert.equal(mode.choice, 'full');
        assert.match(mode.reason, reason);
        assert.equal(rowsSynced, finalCount);
        const [run] = await history(table);
        assert.match(run?.modeReason ?? '', reason);
      };

      it('when it is asked to', async () => {
        const table = await newTable();
        await sync(table);
        await refreshes(table, /^asked for$/, { full: true });
      });

      it('of a table that it has not filled', async () => {
        const table = await newTable();
        await target.client.query(`CREATE TABLE ${relation(table)} (id bigint PRIMARY KEY, name text, length float8)`);
        await refreshes(table, /not from a sync/);
        assert.equal((await sync(table)).mode.choice, 'row-diff');
        await target.client.query(
          `BEGIN; CREATE TABLE other AS TABLE ${relation(table)}; DROP TABLE ${relation(table)}; ALTER TABLE other RENAME TO ${table.name};
           ${target.schema === 'public' ? '' : `ALTER TABLE ${table.name} SET SCHEMA ${target.schema};`} COMMIT`,
        );
        await refreshes(table, /not from a sync/);
      });

      it('when columns come and go', async () => {
        const table = await newTable();
        await sync(table);
        await source.sql(`ALTER TABLE DB.PUBLIC.${table.name} ADD COLUMN LANES NUMBER(2,0)`);
        await refreshes(table, /columns of the source have changed/);
        assert.equal((await sync(table)).mode.choice, 'row-diff');
        await source.sql(`ALTER TABLE DB.PUBLIC.${table.name} DROP COLUMN NAME`);
        await refreshes(table, /columns of the source have changed/);
      });

      it('when the configuration has changed', async () => {
        const table = await newTable();
        await sync(table);
        await refreshes({ ...table, onUnrepresentable: 'strip' }, /configuration has changed/);
      });

      it('when a strategy replaces all rows', async () => {
        const table = await newTable({ strategy: 'rename' });
        await sync(table);
        await refreshes(table, /"strategy": "rename"/);
        const { warnings } = await sync(table);
        assert.deepEqual(
          warnings.map(({ code }) => code),
          ['incremental.unavailable'],
        );
      });

      it('when a column cannot be hashed', async () => {
        const table = await newTable();
        await source.sql(
          `ALTER TABLE DB.PUBLIC.${table.name} ADD COLUMN EXTRA VARIANT`,
          `UPDATE DB.PUBLIC.${table.name} SET EXTRA = PARSE_JSON('{"a": 1}')`,
        );
        await sync(table);
        await source.sql(`UPDATE DB.PUBLIC.${table.name} SET EXTRA = PARSE_JSON('{"a": 2}') WHERE ID = 1`);
        await refreshes(table, /a change of extra would not be seen: one JSON value has many texts/);
        const { rows } = await target.client.query(`SELECT extra FROM ${relation(table)} WHERE id = 1`);
        assert.deepEqual(rows, [{ extra: { a: 2 } }]);
      });

      it('when too many rows differ, and leaves nothing behind', async () => {
        const table = await newTable();
        await source.sql(
          `INSERT INTO DB.PUBLIC.${table.name} SELECT 1000 + SEQ4(), 'more', 1 FROM TABLE(GENERATOR(ROWCOUNT => 9000))`,
        );
        await sync(table);
        await source.sql(`UPDATE DB.PUBLIC.${table.name} SET NAME = 'all new' WHERE ID < 2100`);
        const events: SyncEvent[] = [];
        const { mode, generation, strategy } = await sync(table, {}, events);
        assert.deepEqual(
          [mode.choice, mode.reason, generation, strategy],
          ['full', 'more than 2000 rows differ, so that all rows take less time', 2, 'rename'],
        );
        assert.deepEqual(
          events.flatMap((event) => (event.kind === 'planned' ? [event.mode] : [])),
          ['row-diff', 'full'],
        );
        const { rows } = await target.client.query(
          `SELECT relname FROM pg_class WHERE relname ~ $1 AND relkind = 'r'`,
          [`${table.name}__[0-9a-f]{8}$`],
        );
        assert.deepEqual(rows, []);
      });

      it('when a key is in the table several times', async () => {
        const table = await newTable();
        await sync(table);
        await target.client.query(`ALTER TABLE ${relation(table)} DROP CONSTRAINT ${table.name}_pkey`);
        await target.client.query(`INSERT INTO ${relation(table)} SELECT * FROM ${relation(table)} WHERE id = 3`);
        await refreshes(table, /several rows of the same key/);
        assert.equal((await versions(table)).size, 1_000);
      });

      it('when a source without Time Travel changes meanwhile', async () => {
        const { name: table } = await newTable();
        const config = tableOf(`${table}_query`, {
          query: `SELECT * FROM DB.PUBLIC.${table}`,
          target: `${target.schema}.${table}`,
          key: ['id'],
          incremental: 'row-diff',
        });
        await sync(config);
        await source.sql(`UPDATE DB.PUBLIC.${table} SET NAME = 'first' WHERE ID = 1`);
        let meanwhile: Promise<unknown> | undefined;
        const environment = syncEnvironment(target.options, source.connection, {
          connectSnowflake: async (options) => {
            const session = await SnowflakeSession.open(source.connection, options);
            const submit = session.submit.bind(session);
            session.submit = async (text) => {
              meanwhile ??= source.sql(`UPDATE DB.PUBLIC.${table} SET NAME = 'second' WHERE ID = 2`);
              await meanwhile;
              return submit(text);
            };
            return session;
          },
        });
        const { mode } = await syncTable(environment, config, { force: false });
        assert.deepEqual(
          [mode.choice, mode.reason],
          ['full', 'the source changed while it was compared, and has no Time Travel'],
        );
        const { rows } = await target.client.query(
          `SELECT name FROM ${relation(config)} WHERE id IN (1, 2) ORDER BY id`,
        );
        assert.deepEqual(rows, [{ name: 'first' }, { name: 'second' }]);
      });
    });

    describe('changes nothing', () => {
      const unchanged = async (table: TableConfig, code: SyncErrorCode): Promise<void> => {
        const before = await versions(table);
        await fails(sync(table), code);
        assert.deepEqual(await versions(table), before);
        const [run] = await history(table);
        assert.deepEqual([run?.status, run?.mode], ['failed', null]);
      };

      it('where a key is at the source twice', async () => {
        const table = await newTable();
        await sync(table);
        await source.sql(`INSERT INTO DB.PUBLIC.${table.name} VALUES (10, 'road 10', 10 / 7::FLOAT)`);
        await unchanged(table, 'source.duplicateKey');
      });

      it('where a key is NULL at the source', async () => {
        const table = await newTable();
        await sync(table);
        await source.sql(`INSERT INTO DB.PUBLIC.${table.name} VALUES (NULL, 'nowhere', 1)`);
        await unchanged(table, 'source.nullKey');
      });

      it('where the source is empty or has shrunk', async () => {
        const table = await newTable();
        await sync(table);
        await source.sql(`DELETE FROM DB.PUBLIC.${table.name} WHERE ID >= 300`);
        await unchanged(table, 'guard.shrunk');
        await source.sql(`DELETE FROM DB.PUBLIC.${table.name}`);
        await unchanged(table, 'guard.empty');
        const { mode, finalCount, changes } = await sync(table, { force: true });
        assert.deepEqual(
          [mode.choice, finalCount, changes],
          ['row-diff', 0, { inserted: 0, updated: 0, deleted: 1_000 }],
        );
      });
    });

    it('is planned without anything being written', async () => {
      const table = await newTable();
      await sync(table);
      const session = await PostgresSession.open(target.options, { applicationName: 'test' });
      const snowflake = await SnowflakeSession.open(source.connection, { queryTag: 'test' });
      try {
        const ledger = await Ledger.find(session, target.schema);
        const plan = await planTable(table, snowflake, session, ledger);
        assert.deepEqual(
          [plan.mode.choice, plan.strategy.choice, plan.strategy.reason],
          ['row-diff', 'merge', 'only the rows that differ are changed'],
        );
      } finally {
        await session.close();
        await snowflake.close();
      }
    });

    it('is how a repair works, which leaves the table fresh', async () => {
      const table = await newTable();
      await sync(table);
      await source.sql(`UPDATE DB.PUBLIC.${table.name} SET NAME = 'renamed' WHERE ID = 77`);
      await target.client.query(`UPDATE ${relation(table)} SET name = 'damaged' WHERE id = 5`);
      assert.equal((await status(table)).changed, true);
      assert.equal(await repairTable(syncEnvironment(target.options, source.connection), table), 2);
      assert.equal((await status(table)).changed, false);
      const [run] = await history(table);
      assert.deepEqual(
        [run?.strategy, run?.mode, run?.changes],
        ['repair', 'row-diff', { inserted: 0, updated: 2, deleted: 0 }],
      );
    });
  });
}
