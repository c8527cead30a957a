import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type pg from 'pg';
import { Prng } from '../../src/local/sample/prng.ts';
import type { SyncEvent } from '../../src/sync-core/events.ts';
import { syncTable } from '../../src/sync-core/sync.ts';
import { processIdentity } from '../../src/worker/host.ts';
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
import { runWorker, writeWorkerConfig, type WorkerConfig } from '../support/worker.ts';

const run = promisify(execFile);

/** What dies: the worker by `kill -9`, all of its sessions on the server at once, or one of them. */
const victims = ['process', 'sessions', 'session'] as const;
type Victim = (typeof victims)[number];

/** `create`: the table is not there yet. */
const strategies = ['rename', 'merge', 'truncate', 'create'] as const;
type Strategy = (typeof strategies)[number];

/** When it dies, in ms after an event of the run. */
interface Moment {
  readonly after: 'run-started' | 'swap';
  readonly ms: number;
}

/** How a run ended, as it says itself; `killed` says nothing. */
type Outcome = 'success' | 'failed' | 'killed';

describe('runs that are killed at random moments', () => {
  const seed = printSeed('random kills');
  const kills = rounds({ ci: 12, soak: 200 });

  let cluster: PostgresCluster;
  let source: TestSource;
  let client: pg.Client;
  let admin: pg.Client;
  let worker: WorkerConfig;

  before(async function () {
    this.timeout(120_000);
    cluster = await startPostgresCluster();
    source = await startSource(cluster);
    await createApplicationDatabase(cluster, 'kills');
    admin = await connect(cluster, 'kills', 'postgres');
    await admin.query('GRANT CREATE ON DATABASE kills TO application; CREATE ROLE reader NOLOGIN');
    client = await connect(cluster, 'kills', 'application');
    const target = { host: cluster.host, port: cluster.port, database: 'kills', user: 'application' };
    worker = await writeWorkerConfig(
      source,
      target,
      Object.fromEntries(strategies.map((strategy) => [tableName(strategy), tableConfig(strategy)])),
    );
  });

  after(async () => {
    await worker.remove();
    await client.end();
    await admin.end();
    await source.close();
    await cluster.stop();
  });

  const tableName = (strategy: Strategy): string => `by_${strategy}`;
  const tableConfig = (strategy: Strategy): Readonly<Record<string, unknown>> => ({
    source: `DB.PUBLIC.${tableName(strategy).toUpperCase()}`,
    target: `application.${tableName(strategy)}`,
    key: ['id'],
    indexes: ['name', 'version'],
    strategy: strategy === 'create' ? 'rename' : strategy,
  });

  /** The rows of a version, in both dialects: a third changes from one to the next, some come and some go. */
  const select = (version: number, id: string, rows: string): string =>
    `SELECT ${id} AS id, CASE WHEN MOD(${id}, 3) = MOD(${version}, 3) THEN ${version} ELSE 0 END AS version,
            REPEAT('x', 100) || MOD(${id} + ${version}, 7) AS name
       FROM ${rows} WHERE MOD(${id}, 11) <> MOD(${version}, 11)`;

  const fill = (strategy: Strategy, version: number, rows: number): Promise<unknown> =>
    source.sql(
      `CREATE OR REPLACE TABLE DB.PUBLIC.${tableName(strategy).toUpperCase()} AS
       ${select(version, 'i', `(SELECT SEQ4() AS i FROM TABLE(GENERATOR(ROWCOUNT => ${rows})))`)}`,
    );

  const hashOf = async (rows: string): Promise<string> => {
    const { rows: hashes } = await client.query<{ hash: string }>(
      `SELECT count(*) || ' ' || md5(coalesce(string_agg(concat_ws(',', id, version, name), E'\\n' ORDER BY id), '')) AS hash FROM (${rows}) t`,
    );
    return hashes[0]?.hash ?? '';
  };
  const expectedHash = (version: number, rows: number): Promise<string> =>
    hashOf(select(version, 'i', `generate_series(0, ${rows - 1}) AS i`));

  const liveHash = async (strategy: Strategy): Promise<string> => {
    const relation = `application.${tableName(strategy)}`;
    const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [relation]);
    return rows[0]?.there === true ? hashOf(`SELECT id, version, name FROM ${relation}`) : 'no table';
  };

  const schemaDump = async (): Promise<string> => {
    const server = ['-h', cluster.host, '-p', String(cluster.port), '-U', 'postgres', '-d', 'kills'];
    // A table that is not there yet is staged in its own schema, until the next run removes that.
    const args = [...server, '--schema-only', '-n', 'application', '-T', 'application.*__????????'];
    const { stdout } = await run(join(cluster.bin, 'pg_dump'), args, { maxBuffer: 1 << 24 });
    // A key of its own in every dump.
    return stdout.replace(/^\\(?:un)?restrict .*$/gm, '');
  };

  const syncHere = (strategy: Strategy, onEvent: (event: SyncEvent) => void = () => undefined): Promise<unknown> =>
    syncTable(
      syncEnvironment(connectionTo(cluster, 'kills', 'application'), source.connection, {
        // As the worker would be known, so that a dead one is found to be dead.
        identity: processIdentity('test'),
        onEvent,
      }),
      tableOf(tableName(strategy), tableConfig(strategy)),
      { force: true },
    );

  /** Runs a sync and kills it at the moment. */
  const killedRun = async (strategy: Strategy, victim: Victim, moment: Moment): Promise<Outcome> => {
    let kill: Promise<unknown> | undefined;
    const onEvent = (event: SyncEvent, child?: { kill: (signal: 'SIGKILL') => unknown }): void => {
      const now = event.kind === 'step-started' ? event.step : event.kind;
      if (now !== moment.after) return;
      kill = delay(moment.ms).then(() =>
        child === undefined
          ? admin.query(
              `SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'snowmelt:by\\_%'
                ORDER BY random() LIMIT $1) s`,
              [victim === 'session' ? 1 : null],
            )
          : child.kill('SIGKILL'),
      );
    };
    let outcome: Outcome;
    if (victim === 'process') {
      const { code } = await runWorker(worker, ['sync', tableName(strategy), '--json', '--force'], onEvent);
      outcome = code === null ? 'killed' : code === 0 ? 'success' : 'failed';
    } else {
      outcome = await syncHere(strategy, onEvent).then(
        () => 'success' as const,
        () => 'failed' as const,
      );
    }
    await kill;
    // What the server still does for a dead client must end before anything is looked at.
    for (;;) {
      const { rows } = await admin.query(`SELECT FROM pg_stat_activity WHERE application_name LIKE 'snowmelt:by\\_%'`);
      if (rows.length === 0) return outcome;
      await delay(10);
    }
  };

  /** What of the ledger's own rules does not hold; more rules for a relation whose last run has ended well. */
  const ledgerFaults = async (settled?: string): Promise<readonly string[]> => {
    const { rows } = await admin.query<{ fault: string }>(`
      SELECT 'table ' || t.relation_name || ' does not have one live generation' AS fault FROM snowmelt.tables t
       WHERE (SELECT array_agg(g.generation) FROM snowmelt.generations g WHERE (g.relation_schema, g.relation_name) = (t.relation_schema, t.relation_name)
                 AND g.retired_at IS NULL) IS DISTINCT FROM ARRAY[t.generation]
      UNION ALL
      SELECT 'generation ' || t.generation || ' of ' || t.relation_name || ' is not that of its run' FROM snowmelt.tables t
       WHERE NOT EXISTS (SELECT FROM snowmelt.generations g JOIN snowmelt.runs r ON r.run_id = g.run_id
              WHERE (g.relation_schema, g.relation_name, g.generation, g.run_id) = (t.relation_schema, t.relation_name, t.generation, t.run_id)
                AND r.status = 'success' AND r.generation = t.generation AND r.row_count = t.row_count AND g.row_count = t.row_count)
      UNION ALL
      SELECT t.relation_name || ': ' || count(*) || ' successful runs, generation ' || t.generation
        FROM snowmelt.tables t JOIN snowmelt.runs r ON (r.relation_schema, r.relation_name) = (t.relation_schema, t.relation_name) AND r.status = 'success'
       GROUP BY t.relation_name, t.generation HAVING count(*) <> t.generation
      UNION ALL
      SELECT 'stored table of generation ' || g.generation || ' of ' || g.relation_name || ' is ' || CASE WHEN g.dropped_at IS NULL THEN 'gone' ELSE 'still there' END
        FROM snowmelt.generations g
       WHERE g.stored_name IS NOT NULL AND (to_regclass(format('%I.%I', g.stored_schema, g.stored_name)) IS NULL) <> (g.dropped_at IS NOT NULL)
      UNION ALL
      SELECT 'relation that nothing names: ' || c.oid::regclass FROM pg_class c
       WHERE c.relkind IN ('r', 'S') AND c.relnamespace IN ('snowmelt'::regnamespace, 'application'::regnamespace)
         AND c.relname NOT IN ('ledger_version', 'runs', 'tables', 'generations', 'claims', 'loaded_files')
         AND NOT EXISTS (SELECT FROM snowmelt.generations g WHERE g.stored_name = c.relname AND g.dropped_at IS NULL)
         AND NOT EXISTS (SELECT FROM snowmelt.tables t WHERE t.relation_name = c.relname)
         AND NOT EXISTS (SELECT FROM snowmelt.runs r WHERE r.staging_name = c.relname)
      UNION ALL
      SELECT 'run ' || r.run_id || ' is ' || r.status || ' without an end' FROM snowmelt.runs r WHERE (r.status = 'running') <> (r.finished_at IS NULL)
      UNION ALL
      SELECT 'successful run ' || r.run_id || ' has a claim or a staging table' FROM snowmelt.runs r
       WHERE r.status = 'success' AND (r.staging_name IS NOT NULL OR EXISTS (SELECT FROM snowmelt.claims c WHERE c.run_id = r.run_id))`);
    const faults = rows.map(({ fault }) => fault);
    if (settled !== undefined) {
      const { rows: left } = await admin.query<{ fault: string }>(
        `SELECT 'its claim is left' AS fault FROM snowmelt.claims WHERE relation_name = $1
          UNION ALL SELECT 'run ' || run_id || ' is running' FROM snowmelt.runs WHERE status = 'running' AND relation_name = $1
          UNION ALL SELECT 'staging table ' || staging_name || ' of ' || status || ' run' FROM snowmelt.runs
                     WHERE staging_name IS NOT NULL AND relation_name = $1
          UNION ALL SELECT count(*) || ' generations are kept' FROM snowmelt.generations
                     WHERE stored_name IS NOT NULL AND dropped_at IS NULL AND relation_name = $1 HAVING count(*) > 1`,
        [settled],
      );
      faults.push(...left.map(({ fault }) => fault));
    }
    return faults;
  };

  for (const [turn, strategy] of strategies.entries()) {
    const count = Math.ceil((kills - turn) / strategies.length);
    it(`${count} kills, ${strategy}: the table is the old or the new one, and the next run leaves nothing behind`, async function () {
      this.timeout(60_000 + count * 60_000);
      const random = Prng.stream(seed, turn);
      const name = tableName(strategy);
      let version = 1;
      await fill(strategy, version, 5_000);
      await syncHere(strategy);
      if (strategy !== 'create') {
        await client.query(`
          CREATE VIEW application.${name}_view AS SELECT id, version FROM application.${name};
          GRANT SELECT ON application.${name}_view TO reader;
          GRANT SELECT (name) ON application.${name} TO reader;
          COMMENT ON TABLE application.${name} IS 'must stay as it is'`);
      }
      const schema = await schemaDump();

      // How long a run and its swap take here.
      const spans = await measure(strategy);
      const outcomes = new Map<string, number>();
      for (let round = 0; round < count; round += 1) {
        if (strategy === 'create') await client.query(`DROP TABLE application.${name}`);
        const schemaBefore = strategy === 'create' ? await schemaDump() : schema;
        const old = await liveHash(strategy);
        version += 1;
        const rows = 4_000 + random.integer(4_000);
        await fill(strategy, version, rows);
        const wanted = await expectedHash(version, rows);
        assert.notEqual(old, wanted);

        const victim = random.pick(victims);
        const moment: Moment = random.chance(0.6)
          ? { after: 'swap', ms: Math.round(random.uniform() * spans.swapMs * 1.2) }
          : { after: 'run-started', ms: Math.round(random.uniform() * spans.runMs) };
        const what = `kill ${round} of ${strategy}: ${victim}, ${moment.ms} ms after ${moment.after}`;
        const outcome = await killedRun(strategy, victim, moment);
        const live = await liveHash(strategy);
        assert.ok(live === old || live === wanted, `${what}: ${live} is neither ${old} nor ${wanted}`);
        const state = live === old ? 'old' : 'new';
        if (outcome !== 'killed')
          assert.equal(state, outcome === 'success' ? 'new' : 'old', `${what}: the run says ${outcome}`);
        outcomes.set(`${victim} ${outcome}, ${state}`, (outcomes.get(`${victim} ${outcome}, ${state}`) ?? 0) + 1);
        assert.equal(await schemaDump(), state === 'old' ? schemaBefore : schema, what);
        assert.deepEqual(await ledgerFaults(), [], what);

        await syncHere(strategy);
        assert.equal(await liveHash(strategy), wanted, what);
        assert.equal(await schemaDump(), schema, what);
        assert.deepEqual(await ledgerFaults(name), [], what);
      }
      console.log(`      ${[...outcomes].map(([outcome, times]) => `${outcome}: ${times}`).join('; ')}`);
    });
  }

  async function measure(strategy: Strategy): Promise<{ readonly runMs: number; readonly swapMs: number }> {
    const startedAt = performance.now();
    let swapMs = 0;
    await syncHere(strategy, (event) => {
      if (event.kind === 'step-finished' && event.step === 'swap') swapMs = event.ms;
    });
    return { runMs: performance.now() - startedAt, swapMs };
  }
});
