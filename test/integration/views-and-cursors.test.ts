import assert from 'node:assert/strict';
import type pg from 'pg';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { rounds } from '../support/random.ts';
import { startSource, type TestSource } from '../support/source.ts';
import { syncEnvironment, tableOf } from '../support/sync-environment.ts';

/** Rows of each generation; few, for it is the swap that matters. */
const rowsPerRound = 50;

interface Row {
  readonly id: string;
  readonly round: number;
}

/** What a reader of the views sees of a generation: its odd rows. */
const expectedRows = (round: number): readonly Row[] =>
  Array.from({ length: rowsPerRound }, (_, id) => ({ id: String(id), round })).filter(({ id }) => Number(id) % 2 === 1);

/** Everything that identifies the views, and what other roles may do with them. */
const viewIdentity = `
  SELECT c.oid, c.relname, c.relowner::regrole::text AS owner, c.relacl::text AS grants, c.reloptions, pg_get_viewdef(c.oid) AS definition,
         (SELECT array_agg(a.attname || ' ' || coalesce(a.attacl::text, '') ORDER BY a.attnum) FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns,
         (SELECT array_agg(pg_get_triggerdef(g.oid)) FROM pg_trigger g WHERE g.tgrelid = c.oid) AS triggers,
         obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace = 'application'::regnamespace AND c.relname ~ $1 ORDER BY c.relname`;

describe('views and cursors of other sessions during syncs', () => {
  let cluster: PostgresCluster;
  let source: TestSource;
  let owner: pg.Client;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'views');
    const admin = await connect(cluster, 'views', 'postgres');
    await admin.query('CREATE ROLE reader LOGIN; CREATE ROLE auditor NOLOGIN');
    await admin.end();
    owner = await connect(cluster, 'views', 'application');
    await owner.query('GRANT USAGE ON SCHEMA application TO reader');
  });

  after(async () => {
    await owner.end();
    await source.close();
    await cluster.stop();
  });

  const counts = { rename: 100, merge: rounds({ ci: 25, soak: 100 }), truncate: rounds({ ci: 25, soak: 100 }) };
  for (const [strategy, syncs] of Object.entries(counts)) {
    it(`keep working across ${syncs} syncs: ${strategy}`, async function () {
      this.timeout(600_000);
      const table = `readings_${strategy}`;
      const outer = `application.${table}_top`;
      const config = tableOf(table, {
        source: `DB.PUBLIC.${table.toUpperCase()}`,
        target: `application.${table}`,
        key: ['id'],
        strategy,
      });
      const fill = (round: number): Promise<unknown> =>
        source.sql(
          `CREATE OR REPLACE TABLE DB.PUBLIC.${table.toUpperCase()} AS
             SELECT SEQ4() AS ID, ${round}::NUMBER(9,0) AS ROUND FROM TABLE(GENERATOR(ROWCOUNT => ${rowsPerRound}))`,
        );
      const options = connectionTo(cluster, 'views', 'application');
      const sync = async (onEvent: (event: SyncEvent) => void = () => undefined): Promise<void> => {
        const { finalCount } = await syncTable(syncEnvironment(options, source.connection, { onEvent }), config, {
          force: false,
        });
        assert.equal(finalCount, rowsPerRound);
      };

      await fill(0);
      await sync();
      await owner.query(`
        CREATE VIEW application.${table}_base WITH (security_barrier = true) AS SELECT id, round FROM application.${table} WHERE id % 2 = 1;
        CREATE VIEW ${outer} AS SELECT b.id, b.round FROM application.${table}_base b;
        COMMENT ON VIEW ${outer} IS 'what the application reads';
        GRANT SELECT ON ${outer} TO reader;
        GRANT SELECT (id) ON application.${table}_base TO auditor WITH GRANT OPTION;
        CREATE FUNCTION application.${table}_ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER ignore_inserts INSTEAD OF INSERT ON ${outer} FOR EACH ROW EXECUTE FUNCTION application.${table}_ignore()`);
      const identity = async (): Promise<unknown> => (await owner.query(viewIdentity, [`^${table}_`])).rows;
      const identityBefore = await identity();
      assert.equal((identityBefore as unknown[]).length, 2);

      // The role may read the outer view and nothing else.
      const [holder, reader] = await Promise.all([
        connect(cluster, 'views', 'reader'),
        connect(cluster, 'views', 'reader'),
      ]);
      try {
        await assert.rejects(reader.query(`SELECT FROM application.${table}`), /permission denied/);
        const readerPid = (await reader.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
        await holder.query(
          `BEGIN; DECLARE held SCROLL CURSOR WITH HOLD FOR SELECT id, round FROM ${outer} ORDER BY id; COMMIT`,
        );
        const openCursor = async (): Promise<readonly Row[]> => {
          await reader.query(`BEGIN; DECLARE plain CURSOR FOR SELECT id, round FROM ${outer} ORDER BY id`);
          return (await reader.query<Row>('FETCH 10 FROM plain')).rows;
        };
        const restOfCursor = async (): Promise<readonly Row[]> => {
          const { rows } = await reader.query<Row>('FETCH ALL FROM plain');
          await reader.query('COMMIT');
          return rows;
        };

        for (let round = 1; round <= syncs; round += 1) {
          await fill(round);
          // Now and then the cursor stays open while the sync runs: it goes on with the rows that it has begun with.
          if (round % 10 === 0) {
            const first = await openCursor();
            const rest = await cursorDuring(sync, strategy, readerPid, restOfCursor);
            assert.deepEqual([...first, ...rest], expectedRows(round - 1), `the cursor of round ${round}`);
          } else {
            await sync();
            assert.deepEqual([...(await openCursor()), ...(await restOfCursor())], expectedRows(round));
          }
          const prepared = await reader.query<Row>({
            name: 'prepared-once',
            text: `SELECT id, round FROM ${outer} ORDER BY id`,
          });
          assert.deepEqual(prepared.rows, expectedRows(round));
          const held = await holder.query<Row>('FETCH 1 FROM held');
          assert.deepEqual(held.rows, expectedRows(0).slice(round - 1, round));
        }
        await holder.query('MOVE ABSOLUTE 0 FROM held');
        assert.deepEqual((await holder.query<Row>('FETCH ALL FROM held')).rows, expectedRows(0));
        await assert.rejects(reader.query(`INSERT INTO ${outer} VALUES (1, 1)`), /permission denied for view/);
      } finally {
        await holder.end();
        await reader.end();
      }
      assert.deepEqual(await identity(), identityBefore);
    });
  }

  /**
   * A sync while a cursor is open, and what the cursor still has. A merge does not mind it; the others need the table for
   * themselves, wait for the cursor's transaction and say so.
   */
  async function cursorDuring(
    sync: (onEvent: (event: SyncEvent) => void) => Promise<void>,
    strategy: string,
    readerPid: number | undefined,
    restOfCursor: () => Promise<readonly Row[]>,
  ): Promise<readonly Row[]> {
    if (strategy === 'merge') {
      await sync(() => undefined);
      return restOfCursor();
    }
    let rest: Promise<readonly Row[]> | undefined;
    await sync((event) => {
      if (event.kind !== 'waiting') return;
      assert.deepEqual(
        event.holders.map(({ pid, user }) => ({ pid, user })),
        [{ pid: readerPid, user: 'reader' }],
      );
      rest ??= restOfCursor();
    });
    assert.ok(rest, 'the swap did not wait for the cursor');
    return rest;
  }
});
