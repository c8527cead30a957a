import assert from 'node:assert/strict';
import fc from 'fast-check';
import type pg from 'pg';
import { openEmbeddedPostgis, type EmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import type { PostgresConnectionOptions } from '../../src/sync-core/postgres/connection-options.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { verifyTable } from '../../src/sync-core/verify/verify-table.ts';
import { compareEveryType, everyTypeTable, fillStatements } from '../support/every-type-check.ts';
import { everyType, everyTypeRow } from '../support/every-type.ts';
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

const rowsAtOnce = 250;
/** Columns of the types that have no canonical text. */
const unhashed = ['a', 'o', 'v', 've'];

describe('verification of values of every type', () => {
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
    it(`finds no difference where there is none on the ${name}`, async function () {
      this.timeout(60 * 60_000);
      const target = targets.get(name);
      assert.ok(target);
      const table = everyTypeTable('DB.PUBLIC.EVERY_TYPE', target.schema);
      const environment = syncEnvironment(target.options, source.connection);
      const seed = printSeed(`verification of every type on the ${name}`);
      await fc.assert(
        fc.asyncProperty(fc.array(everyTypeRow, { minLength: rowsAtOnce, maxLength: rowsAtOnce }), async (rows) => {
          await source.sql(...fillStatements('DB.PUBLIC.EVERY_TYPE', rows));
          await syncTable(environment, table, { force: true });
          // By a comparison of its own, so that the two sides are known to be equal.
          await compareEveryType(target.client, target.schema, rows);
          const verification = await verifyTable(environment, table, { level: 'diff', limit: 3 });
          const { status, sourceRows, targetRows, rows: differences, buckets } = verification;
          assert.deepEqual(differences, []);
          assert.deepEqual(
            { status, sourceRows, targetRows, different: buckets?.different },
            { status: 'equal', sourceRows: rows.length, targetRows: rows.length, different: 0 },
          );
          assert.deepEqual(verification.otherColumns.map(({ column }) => column).toSorted(), unhashed);
          assert.equal(verification.hashedColumns.length, everyType.length + 1 - unhashed.length);
        }),
        { seed, numRuns: rounds({ ci: 2, soak: 40 }), endOnFailure: true },
      );
    });
  }
});
