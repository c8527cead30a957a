import assert from 'node:assert/strict';
import type pg from 'pg';
import { Prng } from '../../src/local/sample/prng.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { repairTable } from '../../src/sync-core/verify/repair-table.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { printSeed, rounds } from '../support/random.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

describe('a repair after random damage', () => {
  const rows = 2_000;
  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'damaged');
    client = await connect(cluster, 'damaged', 'application');
    await source.sql(
      `CREATE TABLE DB.PUBLIC.T AS
         SELECT SEQ4() AS ID, 'name ' || SEQ4() AS NAME, SEQ4() / 7::FLOAT AS VALUE, TO_GEOGRAPHY('POINT(' || SEQ4() / 100 || ' 1)') AS AT
           FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
    );
  });

  after(async () => {
    await client.end();
    await source.close();
    await cluster.stop();
  });

  it('leaves the table as it was, and the physical versions of undamaged rows', async function () {
    this.timeout(60 * 60_000);
    const prng = Prng.stream(printSeed('random damage'));
    const environment = syncEnvironment(connectionTo(cluster, 'damaged', 'application'), source.connection);
    const table = tableOf('t', { source: 'DB.PUBLIC.T', target: 'application.t', key: ['id'] });
    await syncTable(environment, table, { force: false });
    interface Version {
      readonly id: string;
      readonly values: string;
      readonly version: string;
    }
    const look = async (): Promise<readonly Version[]> =>
      (
        await client.query<Version & Record<string, unknown>>(
          `SELECT id::text, concat_ws('|', name, encode(float8send(value), 'hex'), ST_AsEWKB(at)) AS values, concat(xmin, ' ', ctid) AS version
             FROM application.t ORDER BY t.id`,
        )
      ).rows;
    const damages: readonly [(id: number) => string, ...((id: number) => string)[]] = [
      (id) => `UPDATE application.t SET name = upper(name) || ' ' WHERE id = ${id}`,
      (id) => `UPDATE application.t SET value = value + 1e-13 * (1 + abs(value)) WHERE id = ${id}`,
      (id) => `UPDATE application.t SET at = ST_Translate(at, 1e-9, 0) WHERE id = ${id}`,
      (id) => `UPDATE application.t SET name = NULL, value = NULL WHERE id = ${id}`,
      (id) => `DELETE FROM application.t WHERE id = ${id}`,
      (id) => `UPDATE application.t SET id = ${rows} + id WHERE id = ${id}`,
      (id) => `INSERT INTO application.t VALUES (${2 * rows} + ${id}, 'extra', 0, NULL)`,
    ];
    for (let round = 0; round < rounds({ ci: 4, soak: 100 }); round += 1) {
      const before = await look();
      const touched = new Set<string>();
      const extra = new Set<number>();
      for (let count = 1 + prng.integer(60); count > 0; count -= 1) {
        const id = prng.integer(rows);
        const damage = prng.pick(damages);
        if (touched.has(String(id)) || extra.has(id)) continue;
        if (damage === damages[6]) extra.add(id);
        else touched.add(String(id));
        await client.query(damage(id));
      }
      const repaired = await repairTable(environment, table);
      assert.ok(repaired >= touched.size + extra.size, `${repaired} rows were repaired`);
      const after = await look();
      assert.deepEqual(
        after.map(({ id, values }) => [id, values]),
        before.map(({ id, values }) => [id, values]),
      );
      const undamaged = (versions: readonly Version[]): readonly Version[] =>
        versions.filter(({ id }) => !touched.has(id));
      assert.deepEqual(undamaged(after), undamaged(before));
    }
  });
});
