import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openEmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import { baseTables } from '../../src/local/sample/base-tables.ts';
import { fillSample, SampleConflictError } from '../../src/local/sample/fill-sample.ts';
import type { SampleProgress } from '../../src/local/sample/fill-sample.ts';
import { planGrid } from '../../src/local/sample/grid-plan.ts';
import type { EngineSession, WireRow } from '../../src/local/snowflake/engine.ts';
import { openPostgresEngine } from '../../src/local/snowflake/sql/postgres-engine.ts';
import type { PostgresEngine } from '../../src/local/snowflake/sql/postgres-engine.ts';

const size = { scale: 0.02, seed: 42 };

describe('sample data in the stand-in', () => {
  const opened: (() => Promise<void>)[] = [];
  let engine: PostgresEngine;
  let session: EngineSession;

  before(async () => {
    const postgis = await openEmbeddedPostgis();
    opened.push(() => postgis.close());
    engine = await openPostgresEngine({ url: postgis.url });
    opened.push(() => engine.close());
    session = await engine.openSession({
      database: null,
      schema: null,
      warehouse: null,
      role: 'SYSADMIN',
      user: 'READER',
      account: 'STANDIN',
      parameters: new Map(),
    });
  });

  after(async () => {
    for (let close; (close = opened.pop());) await close();
  });

  /** Rows by column name in lower case. */
  async function query(statement: string): Promise<Record<string, string | null>[]> {
    const result = await session.execute(statement, { queryId: randomUUID(), signal: new AbortController().signal });
    const rows: WireRow[] = await result.read(0, result.rowCount);
    const named = rows.map((row) =>
      Object.fromEntries(result.columns.map(({ name }, index) => [name.toLowerCase(), row[index] ?? null])),
    );
    await result.dispose();
    return named;
  }

  async function count(from: string): Promise<number> {
    return Number((await query(`SELECT COUNT(*) AS N FROM ${from}`))[0]?.n);
  }

  it('is made where there is none, table by table', async () => {
    const told: SampleProgress[] = [];
    assert.deepEqual(await fillSample(engine, { ...size, onTable: (table) => told.push(table) }), size);
    const { assets } = planGrid(size);
    assert.deepEqual(told, [
      { table: 'PRODUCTION.GRID_ASSETS', rows: assets },
      { table: 'PRODUCTION.GRID_CONNECTIONS', rows: 3072 },
      { table: 'PRODUCTION.TRANSFORMERS', rows: 1831 },
      { table: 'PRODUCTION.VEGETATION_RISK', rows: 985 },
    ]);
    for (const { table, rows } of told) assert.equal(await count(`FLUX_DB.${table}`), rows, table);
    assert.equal(await count('FLUX_DB.APPLICATIONS.FLUX_OPS_CENTER_TOPOLOGY'), 3072);
    assert.equal(await count('FLUX_DB.APPLICATIONS.FLUX_OPS_CENTER_ASSETS'), assets);
  });

  it('shows itself to plain SQL, with the types of the seed system', async () => {
    const names = (rows: Record<string, string | null>[]) => rows.map((row) => row.name);
    assert.deepEqual(names(await query('SHOW TABLES IN SCHEMA FLUX_DB.PRODUCTION')), [
      'GRID_ASSETS',
      'GRID_CONNECTIONS',
      'TRANSFORMERS',
      'VEGETATION_RISK',
    ]);
    assert.deepEqual(names(await query('SHOW VIEWS IN SCHEMA FLUX_DB.APPLICATIONS')), [
      'FLUX_OPS_CENTER_ASSETS',
      'FLUX_OPS_CENTER_TOPOLOGY',
    ]);
    const columns = async (kind: string, name: string) =>
      (await query(`DESCRIBE ${kind} FLUX_DB.${name}`)).map((row) => `${row.name ?? ''} ${row.type ?? ''}`);
    assert.deepEqual(await columns('VIEW', 'APPLICATIONS.FLUX_OPS_CENTER_TOPOLOGY'), [
      'CONNECTION_ID NUMBER(38,0)',
      'FROM_ASSET_ID VARCHAR(32)',
      'TO_ASSET_ID VARCHAR(32)',
      'CONNECTION_TYPE VARCHAR(32)',
      'CIRCUIT_ID VARCHAR(32)',
      'SUBSTATION_ID VARCHAR(32)',
      'FROM_LATITUDE FLOAT',
      'FROM_LONGITUDE FLOAT',
      'TO_LATITUDE FLOAT',
      'TO_LONGITUDE FLOAT',
      'LENGTH_M NUMBER(12,3)',
      'UPDATED_AT TIMESTAMP_NTZ(9)',
    ]);
    assert.deepEqual(await columns('TABLE', 'PRODUCTION.TRANSFORMERS'), [
      'TRANSFORMER_ID VARCHAR(32)',
      'CIRCUIT_ID VARCHAR(32)',
      'SUBSTATION_ID VARCHAR(32)',
      'LATITUDE FLOAT',
      'LONGITUDE FLOAT',
      'KVA_RATING NUMBER(10,2)',
      'PHASES NUMBER(2,0)',
      'MANUFACTURER VARCHAR(64)',
      'INSTALLED_ON DATE',
      'IS_ACTIVE BOOLEAN',
      'ATTRIBUTES VARIANT',
      'LAST_INSPECTED_AT TIMESTAMP_TZ(9)',
    ]);
    assert.deepEqual(await columns('TABLE', 'PRODUCTION.VEGETATION_RISK'), [
      'TREE_ID NUMBER(38,0)',
      'SPECIES VARCHAR(64)',
      'HEIGHT_M FLOAT',
      'DISTANCE_TO_LINE_M FLOAT',
      'RISK_SCORE FLOAT',
      'RISK_LEVEL VARCHAR(16)',
      'CANOPY GEOGRAPHY',
      'OBSERVED_AT TIMESTAMP_LTZ(9)',
      'LATITUDE FLOAT',
      'LONGITUDE FLOAT',
    ]);
  });

  it('holds in Snowflake what was generated, value for value', async () => {
    const expected = generated();
    const transformers = await query(
      `SELECT TRANSFORMER_ID AS ID, TO_VARCHAR(LATITUDE, 'TME') AS LATITUDE, TO_VARCHAR(KVA_RATING) AS KVA, MANUFACTURER,
              TO_VARCHAR(INSTALLED_ON, 'YYYY-MM-DD') AS INSTALLED, TO_VARCHAR(IS_ACTIVE) AS ACTIVE, TO_JSON(ATTRIBUTES) AS ATTRIBUTES,
              TO_VARCHAR(CONVERT_TIMEZONE('UTC', LAST_INSPECTED_AT), 'YYYY-MM-DD HH24:MI:SS.FF9') AS INSPECTED,
              TO_VARCHAR(LAST_INSPECTED_AT, 'TZH:TZM') AS ZONE
         FROM FLUX_DB.PRODUCTION.TRANSFORMERS ORDER BY TRANSFORMER_ID`,
    );
    assert.equal(transformers.length, 1831);
    for (const [index, row] of transformers.entries()) {
      const [id, , , latitude, , kva, , manufacturer, installed, active, attributes, inspected] =
        expected.TRANSFORMERS![index]!;
      const moment = parseMoment(inspected);
      assert.deepEqual(
        { ...row, latitude: row.latitude === null ? null : Number(row.latitude) },
        {
          id,
          latitude: latitude === null ? null : Number(latitude),
          kva,
          manufacturer,
          installed,
          active: active === null ? null : active === 't' ? 'true' : 'false',
          attributes,
          inspected: moment?.utc ?? null,
          zone: moment?.offset ?? null,
        },
      );
    }

    const trees = await query(
      `SELECT TREE_ID AS ID, SPECIES, TO_VARCHAR(RISK_SCORE, 'TME') AS SCORE, HEX_ENCODE(ST_ASEWKB(CANOPY)) AS CANOPY,
              TO_VARCHAR(CONVERT_TIMEZONE('UTC', OBSERVED_AT), 'YYYY-MM-DD HH24:MI:SS.FF9') AS OBSERVED
         FROM FLUX_DB.PRODUCTION.VEGETATION_RISK ORDER BY TREE_ID`,
    );
    assert.equal(trees.length, 985);
    for (const [index, row] of trees.entries()) {
      const [id, species, , , score, , canopy, observed] = expected.VEGETATION_RISK![index]!;
      assert.deepEqual(
        { ...row, score: row.score === null ? null : Number(row.score) },
        {
          id,
          species,
          score: score === null ? null : Number(score),
          canopy: canopy?.toUpperCase() ?? null,
          observed: parseMoment(observed)?.utc,
        },
      );
    }
  });

  it('gives the topology a pair of ends once, each where its asset is', async () => {
    const [pairs] = await query(
      `SELECT COUNT(*) AS N, COUNT(DISTINCT FROM_ASSET_ID || ' ' || TO_ASSET_ID) AS PAIRS
         FROM FLUX_DB.APPLICATIONS.FLUX_OPS_CENTER_TOPOLOGY`,
    );
    assert.deepEqual(pairs, { n: '3072', pairs: '3072' });
    const astray = await count(
      `FLUX_DB.APPLICATIONS.FLUX_OPS_CENTER_TOPOLOGY T JOIN FLUX_DB.PRODUCTION.GRID_ASSETS A ON A.ASSET_ID = T.TO_ASSET_ID
        WHERE A.LATITUDE <> T.TO_LATITUDE OR A.LONGITUDE <> T.TO_LONGITUDE`,
    );
    assert.equal(astray, 0);
  });

  it('is not made again, and keeps what clients changed', async () => {
    await query(
      "UPDATE FLUX_DB.PRODUCTION.TRANSFORMERS SET MANUFACTURER = 'Changed' WHERE TRANSFORMER_ID = 'XFMR-0000001'",
    );
    const told: SampleProgress[] = [];
    assert.deepEqual(await fillSample(engine, { ...size, onTable: (table) => told.push(table) }), size);
    assert.deepEqual(await fillSample(engine, { onTable: (table) => told.push(table) }), size);
    assert.deepEqual(told, []);
    assert.equal(await count("FLUX_DB.PRODUCTION.TRANSFORMERS WHERE MANUFACTURER = 'Changed'"), 1);
  });

  it('refuses to become another sample', async () => {
    for (const asked of [{ scale: 0.03 }, { seed: 43 }]) {
      await assert.rejects(
        fillSample(engine, asked),
        (error) =>
          error instanceof SampleConflictError && error.message.includes('scale 0.02 and seed 42, not of scale'),
      );
    }
    assert.equal(await count('FLUX_DB.APPLICATIONS.FLUX_OPS_CENTER_TOPOLOGY'), 3072);
  });

  it('adds a benchmark table where it is asked for, once', async () => {
    const told: SampleProgress[] = [];
    const onTable = (table: SampleProgress) => told.push(table);
    const benchmarks = [
      { shape: 'grid-assets', rows: 300 },
      { shape: 'buildings', rows: 200 },
      { shape: 'narrow', rows: 100 },
    ] as const;
    await fillSample(engine, { benchmarks, onTable });
    await fillSample(engine, { benchmarks, onTable });
    assert.deepEqual(told, [
      { table: 'PRODUCTION.BENCHMARK_GRID_ASSETS', rows: 300 },
      { table: 'PRODUCTION.BENCHMARK_BUILDINGS', rows: 200 },
      { table: 'PRODUCTION.BENCHMARK_NARROW', rows: 100 },
    ]);
    for (const { table, rows } of told) assert.equal(await count(`FLUX_DB.${table}`), rows, table);
    assert.equal((await query('DESCRIBE TABLE FLUX_DB.PRODUCTION.BENCHMARK_GRID_ASSETS')).length, 22);
    await fillSample(engine, { benchmarks: [{ shape: 'narrow', rows: 150 }], onTable });
    assert.equal(await count('FLUX_DB.PRODUCTION.BENCHMARK_NARROW'), 150);
  });

  it('is made from the start where it was not finished', async () => {
    const aborted = new AbortController();
    await query('DROP DATABASE FLUX_DB');
    await assert.rejects(
      fillSample(engine, {
        ...size,
        signal: aborted.signal,
        onTable: ({ table }) => {
          if (table === 'PRODUCTION.TRANSFORMERS') aborted.abort(new Error('enough'));
        },
      }),
    );
    assert.equal(await count('FLUX_DB.PRODUCTION.GRID_CONNECTIONS'), 3072);
    await fillSample(engine, { scale: 0.01, seed: 7 });
    assert.equal(await count('FLUX_DB.PRODUCTION.GRID_CONNECTIONS'), 1536);
    assert.equal(await count('FLUX_DB.PRODUCTION.VEGETATION_RISK'), 493);
  });

  it('leaves a database of somebody else alone', async () => {
    await query('DROP DATABASE FLUX_DB');
    await query('CREATE DATABASE FLUX_DB');
    await query('CREATE TABLE FLUX_DB.PUBLIC.PRECIOUS (ID NUMBER(38,0))');
    await assert.rejects(fillSample(engine, size), /database FLUX_DB that is not sample data/u);
    assert.equal(await count('FLUX_DB.PUBLIC.PRECIOUS'), 0);
  });
});

/** The rows as they were generated, unescaped, by table and in order. */
function generated(): Record<string, (string | null)[][]> {
  const unescape = (field: string): string | null =>
    field === '\\N'
      ? null
      : field.replace(/\\(.)/gu, (_, escaped: string) => ({ t: '\t', n: '\n', r: '\r' })[escaped] ?? escaped);
  return Object.fromEntries(
    baseTables(planGrid(size)).map((table) => [
      table.name,
      [...table.chunks()]
        .join('')
        .slice(0, -1)
        .split('\n')
        .map((line) => line.split('\t').map(unescape)),
    ]),
  );
}

/** `("2025-03-09 08:05:06.078123",456,-300)` */
function parseMoment(stored: string | null | undefined): { utc: string; offset: string } | null {
  if (stored === null || stored === undefined) return null;
  const [, microseconds = '', nanoseconds = '', offset = '0'] =
    /^\("([^"]+)",(\d+)(?:,(-?\d+))?\)$/u.exec(stored) ?? [];
  const minutes = Math.abs(Number(offset));
  const two = (n: number) => String(n).padStart(2, '0');
  return {
    utc: microseconds + nanoseconds.padStart(3, '0'),
    offset: `${Number(offset) < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`,
  };
}
