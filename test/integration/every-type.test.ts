import assert from 'node:assert/strict';
import fc from 'fast-check';
import type pg from 'pg';
import { openEmbeddedPostgis, type EmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import type { PostgresConnectionOptions } from '../../src/sync-core/postgres/connection-options.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { everyType, everyTypeRows, type TypedValue } from '../support/every-type.ts';
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

  const table = (schema: string): ReturnType<typeof tableOf> =>
    tableOf('every_type', {
      source: 'DB.PUBLIC.EVERY_TYPE',
      target: `${schema}.every_type`,
      key: ['row_number'],
      maxShrink: 1,
      columns: {
        types: Object.fromEntries(
          everyType.flatMap(({ name, postgresType }) =>
            postgresType === undefined ? [] : [[name.toLowerCase(), postgresType]],
          ),
        ),
      },
    });

  const fill = async (rows: readonly (readonly TypedValue[])[]): Promise<void> => {
    const columns = everyType.map(({ name, type }) => `${name} ${type}`).join(', ');
    await source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.EVERY_TYPE (ROW_NUMBER NUMBER(9,0), ${columns})`,
      `INSERT INTO DB.PUBLIC.EVERY_TYPE ${rows
        .map((row, index) => `SELECT ${[String(index), ...row.map(({ snowflake }) => snowflake)].join(', ')}`)
        .join('\nUNION ALL ')}`,
    );
  };

  const compare = async ({ client, schema }: Target, rows: readonly (readonly TypedValue[])[]): Promise<void> => {
    for (const [position, { name, read }] of everyType.entries()) {
      const column = name.toLowerCase();
      const expected = rows.map((row) => row[position]?.expected ?? null);
      const actual = `SELECT ${column} AS c, row_number AS n FROM ${schema}.every_type`;
      const wanted = `SELECT text, ordinality - 1 AS n FROM unnest($1::text[]) WITH ORDINALITY AS u(text, ordinality)`;
      // JSON and geometry have many texts for one value: Postgres reads the expected text with the type's own input.
      const values =
        read === 'json'
          ? { found: 'c::text', asked: 'text::jsonb::text' }
          : read.startsWith('ST_AsEWKB')
            ? { found: read, asked: 'ST_AsEWKB(ST_GeomFromEWKT(text))::text' }
            : { found: read, asked: 'text' };
      const { rows: found } = await client.query<{ found: string | null; asked: string | null; n: string }>(
        `SELECT a.n, ${values.found} AS found, ${values.asked} AS asked FROM (${actual}) a FULL JOIN (${wanted}) w ON w.n = a.n ORDER BY a.n`,
        [expected],
      );
      assert.deepEqual(
        found.map((row) => row.found),
        found.map((row) => row.asked),
        `column ${name}`,
      );
      assert.equal(found.length, rows.length);
    }
  };

  for (const name of ['server', 'embedded']) {
    it(`arrive exactly on the ${name}`, async function () {
      this.timeout(30 * 60_000);
      const target = targets.get(name);
      assert.ok(target);
      const seed = printSeed(`values of every type on the ${name}`);
      await fc.assert(
        fc.asyncProperty(everyTypeRows, async (rows) => {
          await fill(rows);
          const result = await syncTable(syncEnvironment(target.options, source.connection), table(target.schema), {
            force: true,
          });
          assert.equal(result.rowsSynced, rows.length);
          await compare(target, rows);
        }),
        { seed, numRuns: rounds({ ci: 25, soak: 400 }), interruptAfterTimeLimit: 15 * 60_000 },
      );
    });
  }
});
