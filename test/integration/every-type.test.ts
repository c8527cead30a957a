import assert from 'node:assert/strict';
import fc from 'fast-check';
import type pg from 'pg';
import { openEmbeddedPostgis, type EmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import type { PostgresConnectionOptions } from '../../src/sync-core/postgres/connection-options.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { compareEveryType, everyTypeTable, fillStatements } from '../support/every-type-check.ts';
import { everyTypeRows } from '../support/every-type.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { printSeed, rounds } from '../support/random.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment } from '../support/sync-environment.ts';

interface Target {
  readonly options: PostgresConnectionOptions;
  readonly client: pg.Client;
  readonly schema: string;
}

describe('values of every type', () => {
  let cluster: PostgresCluster;
  let source: TestSource;
  let embedded: EmbeddedPostgis;
  const targets = new Map<string, Target>();

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    [source, embedded] = await Promise.all([startSource(cluster), openEmbeddedPostgis({})]);
    await createApplicationDatabase(cluster, 'typed');
    targets.set('server', {
      options: connectionTo(cluster, 'typed', 'application'),
      client: await connect(cluster, 'typed', 'application'),
      schema: 'application',
    });
    const local = { host: '127.0.0.1', port: embedded.port } as const;
    targets.set('embedded', {
      options: connectionTo(local, 'postgres', 'postgres'),
      client: await connect(local, 'postgres', 'postgres'),
      schema: 'public',
    });
  });

  after(async () => {
    for (const { client } of targets.values()) await client.end();
    await source.close();
    await embedded.close();
    await cluster.stop();
  });

  for (const name of ['server', 'embedded']) {
    it(`arrive exactly on the ${name}`, async function () {
      this.timeout(30 * 60_000);
      const target = targets.get(name);
      assert.ok(target);
      const seed = printSeed(`values of every type on the ${name}`);
      await fc.assert(
        fc.asyncProperty(everyTypeRows, async (rows) => {
          await source.sql(...fillStatements('DB.PUBLIC.EVERY_TYPE', rows));
          const result = await syncTable(
            syncEnvironment(target.options, source.connection),
            everyTypeTable('DB.PUBLIC.EVERY_TYPE', target.schema),
            {
              force: true,
            },
          );
          assert.equal(result.rowsSynced, rows.length);
          await compareEveryType(target.client, target.schema, rows);
        }),
        { seed, numRuns: rounds({ ci: 25, soak: 400 }), interruptAfterTimeLimit: 15 * 60_000 },
      );
    });
  }
});
