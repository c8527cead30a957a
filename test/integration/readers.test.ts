import assert from 'node:assert/strict';
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

describe('readers during syncs', () => {
  let cluster: PostgresCluster;
  let source: TestSource;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'read');
  });

  after(async () => {
    await source.close();
    await cluster.stop();
  });

  for (const strategy of ['rename', 'merge', 'truncate']) {
    it(`see the old rows or the new ones and nothing else: ${strategy}`, async function () {
      this.timeout(300_000);
      const syncs = 20;
      const name = `readings_${strategy}`;
      const config = tableOf(name, {
        source: `DB.PUBLIC.${name.toUpperCase()}`,
        target: `application.${name}`,
        key: ['id'],
        indexes: ['round'],
        strategy,
        keepGenerations: 1,
      });
      const fill = (round: number): Promise<unknown> =>
        source.sql(
          `CREATE OR REPLACE TABLE ${config.source.kind === 'object' ? config.source.name : ''} AS
             SELECT SEQ4() AS ID, ${round} AS ROUND FROM TABLE(GENERATOR(ROWCOUNT => ${1_000 + round}))`,
        );
      const options = connectionTo(cluster, 'read', 'application');
      await fill(0);
      await syncTable(syncEnvironment(options, source.connection), config, { force: false });

      const seen = new Map<string, number>();
      const reading = { on: true };
      const read = async (client: pg.Client): Promise<void> => {
        while (reading.on) {
          const { rows } = await client.query<{ count: string; low: number; high: number }>(
            `SELECT count(*), min(round) AS low, max(round) AS high FROM application.${name}`,
          );
          const row = rows[0];
          assert.ok(row);
          const state = `${row.low}..${row.high}: ${row.count}`;
          seen.set(state, (seen.get(state) ?? 0) + 1);
        }
      };
      const clients = await Promise.all([1, 2, 3, 4].map(() => connect(cluster, 'read', 'application')));
      const readers = clients.map((client) => read(client));
      try {
        for (let round = 1; round <= syncs; round += 1) {
          await fill(round);
          const result = await syncTable(syncEnvironment(options, source.connection), config, { force: false });
          assert.equal(result.finalCount, 1_000 + round);
        }
      } finally {
        reading.on = false;
        await Promise.all(readers);
        await Promise.all(clients.map((client) => client.end()));
      }
      // One round at a time, and as many rows as that round has.
      const allowed = new Set(Array.from({ length: syncs + 1 }, (_, round) => `${round}..${round}: ${1_000 + round}`));
      assert.deepEqual(
        [...seen.keys()].filter((state) => !allowed.has(state)),
        [],
      );
      assert.ok(seen.size > syncs / 2, `the readers saw ${seen.size} of the ${syncs + 1} rounds`);
      const reads = [...seen.values()].reduce((sum, count) => sum + count, 0);
      console.log(`      ${reads} reads during ${syncs} syncs`);
    });
  }
});
