import assert from 'node:assert/strict';
import type { TableConfig } from '../../src/sync-core/config/resolved.ts';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { rollbackTable } from '../../src/sync-core/rollback.ts';
import { syncTable, type SyncOptions, type SyncResult } from '../../src/sync-core/sync.ts';
import { repairTable } from '../../src/sync-core/verify/repair-table.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { rowVersions, type RowVersions } from '../support/row-versions.ts';
import type { TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';
import { openSyncTargets, syncTargetNames, type SyncTarget, type SyncTargets } from '../support/sync-targets.ts';

for (const name of syncTargetNames) {
  describe(`changes on the ${name}`, function () {
    this.timeout(120_000);
    const clock = new MovableClock();
    let targets: SyncTargets;
    let source: TestSource;
    let target: SyncTarget;

    before(async () => {
      targets = await openSyncTargets([name], { clock: clock.now });
      source = targets.source;
      target = targets.target(name);
    });

    after(() => targets.close());

    let count = 0;
    const rows = `AS SELECT SEQ4() AS ID, 'road ' || SEQ4() AS NAME, SEQ4() / 8::FLOAT AS LENGTH FROM TABLE(GENERATOR(ROWCOUNT => 1000))`;
    /** A table of its own for each case, with 1,000 rows at the source, whose changes Snowflake keeps. */
    const newTable = async (more: Readonly<Record<string, unknown>> = {}): Promise<TableConfig> => {
      count += 1;
      const table = `roads_${count}`;
      await source.sql(
        `CREATE TABLE DB.PUBLIC.${table} ${rows}`,
        `ALTER TABLE DB.PUBLIC.${table} SET CHANGE_TRACKING = TRUE`,
      );
      return tableOf(table, {
        source: `DB.PUBLIC.${table}`,
        target: `${target.schema}.${table}`,
        key: ['id'],
        incremental: 'changes',
        ...more,
      });
    };

    const sync = (table: TableConfig, options: Partial<SyncOptions> = {}): Promise<SyncResult> =>
      syncTable(syncEnvironment(target.options, source.connection), table, { force: false, ...options });

    const versions = (table: TableConfig): Promise<RowVersions> => rowVersions(target.client, table);

    /** Fails unless the table has the rows of the source; asks neither by hashes nor by changes. */
    const assertEqual = async (table: TableConfig): Promise<void> => {
      const at = table.source.kind === 'object' ? table.source.name : '';
      const there = await source.sql(`SELECT ID, NAME, LENGTH FROM ${at} ORDER BY ID`);
      const here = await target.client.query<{ id: string; name: string | null; length: number | null }>(
        `SELECT id, name, length FROM ${table.target.schema}.${table.target.name} ORDER BY id`,
      );
      assert.deepEqual(
        here.rows.map((row) => [Number(row.id), row.name, row.length]),
        there.rows.map(([id, label, length]) => [Number(id), label, length === null ? null : Number(length)]),
      );
    };

    const isFull = async (table: TableConfig, reason: RegExp, options: Partial<SyncOptions> = {}): Promise<void> => {
      const { mode } = await sync(table, options);
      assert.equal(mode.choice, 'full');
      assert.match(mode.reason, reason);
      await assertEqual(table);
    };

    it('brings all rows over first, and then what has changed; the others stay the very same versions', async () => {
      const table = await newTable();
      assert.equal((await sync(table)).mode.reason, 'the table does not exist yet');
      const before = await versions(table);
      await source.sql(
        `UPDATE DB.PUBLIC.${table.name} SET NAME = 'new name' WHERE ID BETWEEN 100 AND 109`,
        `UPDATE DB.PUBLIC.${table.name} SET LENGTH = -1 WHERE ID = 105`,
        `DELETE FROM DB.PUBLIC.${table.name} WHERE ID IN (3, 500)`,
        `INSERT INTO DB.PUBLIC.${table.name} VALUES (2000, 'tab\\there', NULL), (2001, NULL, '-0'::FLOAT), (2002, '', 'NaN'::FLOAT)`,
        `DELETE FROM DB.PUBLIC.${table.name} WHERE ID = 2002`,
        `UPDATE DB.PUBLIC.${table.name} SET ID = 5000 WHERE ID = 7`,
        // One takes the key of another that goes.
        `DELETE FROM DB.PUBLIC.${table.name} WHERE ID = 8`,
        `UPDATE DB.PUBLIC.${table.name} SET ID = 8 WHERE ID = 9`,
      );
      const result = await sync(table);
      assert.deepEqual(
        [result.mode.choice, result.strategy, result.rowsSynced, result.finalCount, result.changes, result.generation],
        ['changes', 'merge', 3 + 11, 999, { inserted: 3, updated: 11, deleted: 4 }, 2],
      );
      await assertEqual(table);
      const after = await versions(table);
      const untouched = [...before].filter(([key]) => {
        const id = Number(key);
        return ![3, 500, 7, 8, 9].includes(id) && !(id >= 100 && id <= 109);
      });
      for (const [key, version] of untouched) assert.deepEqual(after.get(key), version);
      assert.equal((await sync(table)).changes?.updated, 0);
    });

    it('changes nothing where nothing has changed, or what has is as it was, and follows the source from then on', async () => {
      const table = await newTable();
      await sync(table);
      const before = await versions(table);
      await source.sql(
        `UPDATE DB.PUBLIC.${table.name} SET NAME = 'x' WHERE ID = 1`,
        `UPDATE DB.PUBLIC.${table.name} SET NAME = 'road 1' WHERE ID = 1`,
      );
      for (let again = 0; again < 2; again += 1) {
        const result = await sync(table);
        assert.deepEqual(
          [result.mode.choice, result.finalCount, result.changes],
          ['changes', 1_000, { inserted: 0, updated: 0, deleted: 0 }],
        );
      }
      assert.deepEqual(await versions(table), before);
      await source.sql(`DELETE FROM DB.PUBLIC.${table.name} WHERE ID = 1`);
      assert.deepEqual((await sync(table)).changes, { inserted: 0, updated: 0, deleted: 1 });
    });

    it('refuses a source that was emptied, and empties the table where that is insisted on', async () => {
      const table = await newTable();
      await sync(table);
      await source.sql(`TRUNCATE TABLE DB.PUBLIC.${table.name}`);
      await assert.rejects(sync(table), (error) => isSyncError(error, 'guard.empty'));
      assert.equal((await versions(table)).size, 1_000);
      const { mode, changes } = await sync(table, { force: true });
      assert.deepEqual([mode.choice, changes?.deleted], ['changes', 1_000]);
      assert.equal((await versions(table)).size, 0);
    });

    it('follows a view', async () => {
      const table = await newTable();
      const view = `${table.name}_view`;
      await source.sql(
        `CREATE VIEW DB.PUBLIC.${view} CHANGE_TRACKING = TRUE AS SELECT ID, NAME, LENGTH FROM DB.PUBLIC.${table.name} WHERE ID < 900`,
      );
      const follower = tableOf(view, {
        source: `DB.PUBLIC.${view}`,
        target: `${target.schema}.${view}`,
        key: ['id'],
        incremental: 'changes',
      });
      await sync(follower);
      await source.sql(
        `UPDATE DB.PUBLIC.${table.name} SET ID = 901 WHERE ID = 1`,
        `UPDATE DB.PUBLIC.${table.name} SET ID = 1, NAME = 'moved in' WHERE ID = 950`,
        `UPDATE DB.PUBLIC.${table.name} SET NAME = 'unseen' WHERE ID = 960`,
        `DELETE FROM DB.PUBLIC.${table.name} WHERE ID = 2`,
      );
      const { mode, changes } = await sync(follower);
      assert.deepEqual([mode.choice, changes], ['changes', { inserted: 0, updated: 1, deleted: 1 }], mode.reason);
      await assertEqual(follower);
    });

    it('goes back with a rollback, and brings the same changes over again', async () => {
      const table = await newTable();
      await sync(table);
      const first = await versions(table);
      await source.sql(`UPDATE DB.PUBLIC.${table.name} SET NAME = 'changed' WHERE ID < 5`);
      await sync(table);
      await rollbackTable(syncEnvironment(target.options, source.connection), table, undefined);
      const texts = (of: RowVersions): string[] => [...of.values()].map(({ row }) => row).toSorted();
      assert.deepEqual(texts(await versions(table)), texts(first));
      const again = await sync(table);
      assert.deepEqual([again.mode.choice, again.changes?.updated], ['changes', 5]);
      await assertEqual(table);
    });

    it('goes on from a repair, which has brought over what was changed back since', async () => {
      const table = await newTable();
      await sync(table);
      await source.sql(`UPDATE DB.PUBLIC.${table.name} SET NAME = 'for a while' WHERE ID = 4`);
      assert.equal(await repairTable(syncEnvironment(target.options, source.connection), table), 1);
      await source.sql(
        `UPDATE DB.PUBLIC.${table.name} SET NAME = 'road 4' WHERE ID = 4`,
        `UPDATE DB.PUBLIC.${table.name} SET NAME = 'another' WHERE ID = 5`,
      );
      const { mode, changes } = await sync(table);
      assert.deepEqual([mode.choice, changes?.updated], ['changes', 2]);
      await assertEqual(table);
    });

    it('refuses rows of the same key before anything is changed', async () => {
      const table = await newTable();
      await sync(table);
      await source.sql(
        `INSERT INTO DB.PUBLIC.${table.name} VALUES (3000, 'one', 1), (3000, 'other', 2), (3001, 'single', 3)`,
      );
      await assert.rejects(sync(table), (error) => isSyncError(error, 'source.duplicateKey'));
      assert.equal((await versions(table)).size, 1_000);
      await source.sql(`DELETE FROM DB.PUBLIC.${table.name} WHERE NAME = 'other'`);
      assert.deepEqual((await sync(table)).changes, { inserted: 2, updated: 0, deleted: 0 });
      await assertEqual(table);
    });

    describe('refreshes all rows, and says why,', () => {
      it('where the changes are not kept, from then on too', async () => {
        const table = await newTable();
        await source.sql(`ALTER TABLE DB.PUBLIC.${table.name} SET CHANGE_TRACKING = FALSE`);
        await sync(table);
        await isFull(table, /^Snowflake has no changes since .*Change tracking is not enabled/);
        await source.sql(
          `DELETE FROM DB.PUBLIC.${table.name} WHERE ID = 1`,
          `ALTER TABLE DB.PUBLIC.${table.name} SET CHANGE_TRACKING = TRUE`,
        );
        await isFull(table, /has been missing for the time range/);
        assert.equal((await sync(table)).mode.choice, 'changes');
      });

      it('past the retention', async () => {
        const table = await newTable();
        await sync(table);
        await source.sql(`DELETE FROM DB.PUBLIC.${table.name} WHERE ID = 1`);
        clock.advance({ days: 2 });
        await isFull(table, /^Snowflake has no changes since /);
        assert.equal((await sync(table)).mode.choice, 'changes');
      });

      it('of a source that was made anew', async () => {
        const table = await newTable();
        await sync(table);
        await source.sql(
          `CREATE OR REPLACE TABLE DB.PUBLIC.${table.name} ${rows}`,
          `DELETE FROM DB.PUBLIC.${table.name} WHERE ID = 10`,
          `ALTER TABLE DB.PUBLIC.${table.name} SET CHANGE_TRACKING = TRUE`,
        );
        await isFull(table, /^Snowflake has no changes since /);
        assert.equal((await sync(table)).mode.choice, 'changes');
      });

      it('of a source whose columns have changed', async () => {
        const table = await newTable();
        await sync(table);
        await source.sql(
          `UPDATE DB.PUBLIC.${table.name} SET NAME = 'x' WHERE ID = 1`,
          `ALTER TABLE DB.PUBLIC.${table.name} ADD COLUMN MORE NUMBER(3,0)`,
        );
        await isFull(table, /columns of the source have changed/);
        assert.equal((await sync(table)).mode.choice, 'changes');
      });

      it('with geospatial columns, of which Snowflake keeps no changes', async () => {
        const table = await newTable();
        await source.sql(`ALTER TABLE DB.PUBLIC.${table.name} ADD COLUMN AT GEOGRAPHY`);
        await sync(table);
        await isFull(table, /^Snowflake keeps no changes of rows with a GEOGRAPHY column \(AT\)/);
      });

      it('of a table that somebody else has changed', async () => {
        const table = await newTable();
        await sync(table);
        await target.client.query(`DELETE FROM ${target.schema}.${table.name} WHERE id = 77`);
        await source.sql(`UPDATE DB.PUBLIC.${table.name} SET NAME = 'x' WHERE ID = 1`);
        await isFull(table, /would have 999 rows, and the source has 1000/);
      });

      it('where most rows have changed', async () => {
        const table = await newTable();
        await source.sql(
          `INSERT INTO DB.PUBLIC.${table.name} SELECT 1000 + SEQ4(), 'more', 0 FROM TABLE(GENERATOR(ROWCOUNT => 1000))`,
        );
        await sync(table);
        await source.sql(`UPDATE DB.PUBLIC.${table.name} SET NAME = 'every one'`);
        await isFull(table, /^more than 1000 rows have changed/);
        assert.equal((await sync(table)).mode.choice, 'changes');
      });

      it('when it is asked to, or the configuration is another one', async () => {
        const table = await newTable();
        await sync(table);
        await isFull(table, /^asked for$/, { full: true });
        await isFull({ ...table, onUnrepresentable: 'strip' }, /^the configuration has changed/);
      });
    });
  });
}
