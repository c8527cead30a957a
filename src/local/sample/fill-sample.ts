import { randomUUID } from 'node:crypto';
import { SnowflakeSqlError } from '../snowflake/engine.ts';
import type { Engine, EngineSession, WireRow } from '../snowflake/engine.ts';
import { baseTables } from './base-tables.ts';
import { benchmarkTable } from './benchmark-tables.ts';
import type { BenchmarkTable } from './benchmark-tables.ts';
import { defaultSampleSize, planGrid } from './grid-plan.ts';
import type { SampleSize } from './grid-plan.ts';
import { readAhead } from './read-ahead.ts';
import { sampleDatabase } from './sample-table.ts';
import type { SampleTable } from './sample-table.ts';
import { sampleViews } from './sample-views.ts';

/** The stand-in's engine with its door for many rows at once. */
export interface SampleEngine extends Engine {
  /** Adds rows in COPY text, in the form in which the table holds them; returns how many. */
  loadTable(database: string, schema: string, table: string, chunks: Iterable<string>): Promise<number>;
}

/** What to fill with. It travels as JSON from who starts a stand-in to its process. */
export interface SampleRequest {
  /** Nothing: what is there already, else {@link defaultSampleSize}'s. */
  readonly scale?: number | undefined;
  readonly seed?: number | undefined;
  readonly benchmarks?: readonly BenchmarkTable[] | undefined;
}

export interface FillSampleOptions extends SampleRequest {
  /** Called before each table is loaded. */
  readonly onTable?: ((table: SampleProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SampleProgress {
  /** `SCHEMA.TABLE` */
  readonly table: string;
  readonly rows: number;
}

/** The database holds something else than the sample that was asked for, which is left as it is. */
export class SampleConflictError extends Error {
  override readonly name = 'SampleConflictError';
}

/** About 4 MB. */
const chunksAhead = 16;
const comment = 'Sample data made by Snowmelt';
/** Written last: a database without it was not filled to the end. */
const marker = `${sampleDatabase}.PUBLIC.SAMPLE_DATA`;
const objectDoesNotExist = 2003;

/**
 * Makes FLUX_DB with its tables, views and rows where there is none, or one that was not filled to the end. What clients changed in a
 * filled one since stays. Returns what it is filled with. Throws {@link SampleConflictError} for a database of another size or
 * seed than asked for, or that somebody else made, and RangeError for an impossible size.
 */
export async function fillSample(engine: SampleEngine, options: FillSampleOptions): Promise<SampleSize> {
  const session = await engine.openSession({
    database: null,
    schema: null,
    warehouse: null,
    role: 'SYSADMIN',
    user: 'SNOWMELT',
    account: 'STANDIN',
    parameters: new Map(),
  });
  const { signal = new AbortController().signal, onTable } = options;
  const execute = (statement: string) => executeStatement(session, statement, signal);
  const load = async (table: SampleTable): Promise<void> => {
    signal.throwIfAborted();
    onTable?.({ table: `${table.schema}.${table.name}`, rows: table.rows });
    await execute(
      `CREATE OR REPLACE TABLE ${sampleDatabase}.${table.schema}.${table.name} (\n  ${table.columns.join(',\n  ')}\n)` +
        (table.changeTracking ? ' CHANGE_TRACKING = TRUE' : ''),
    );
    await engine.loadTable(sampleDatabase, table.schema, table.name, readAhead(table.chunks(), chunksAhead));
  };

  try {
    const found = await findSample(execute);
    const size = found ?? {
      scale: options.scale ?? defaultSampleSize.scale,
      seed: options.seed ?? defaultSampleSize.seed,
    };
    if (found) refuseAnother(found, options);
    else await fill(execute, load, size);
    for (const benchmark of options.benchmarks ?? []) {
      const table = benchmarkTable(benchmark, size.seed);
      if ((await rowsOf(execute, table)) !== table.rows) await load(table);
    }
    return size;
  } finally {
    await session.close();
  }
}

/** Throws {@link SampleConflictError} where the size or seed that is asked for is not the one that is there. */
export function refuseAnother(found: SampleSize, asked: SampleRequest): void {
  const { scale = found.scale, seed = found.seed } = asked;
  if (scale === found.scale && seed === found.seed) return;
  throw new SampleConflictError(
    `the stand-in holds sample data of scale ${found.scale} and seed ${found.seed}, not of scale ${scale} and seed ${seed}: ` +
      'ask for those, or have it reset, which deletes what is there',
  );
}

async function fill(execute: Execute, load: (table: SampleTable) => Promise<void>, size: SampleSize): Promise<void> {
  const plan = planGrid(size);
  await execute(`CREATE OR REPLACE DATABASE ${sampleDatabase} COMMENT = '${comment}'`);
  await execute(`CREATE SCHEMA ${sampleDatabase}.APPLICATIONS`);
  await execute(`CREATE SCHEMA ${sampleDatabase}.PRODUCTION`);
  for (const table of baseTables(plan)) await load(table);
  for (const { schema, name, query } of sampleViews) {
    await execute(`CREATE VIEW ${sampleDatabase}.${schema}.${name} AS\n${query}`);
  }
  await execute(`CREATE TABLE ${marker} (SCALE FLOAT, SEED NUMBER(38,0))`);
  await execute(`INSERT INTO ${marker} VALUES (${size.scale}::FLOAT, ${size.seed})`);
}

interface Rows {
  /** In lower case. */
  readonly columns: readonly string[];
  readonly rows: readonly WireRow[];
}
type Execute = (statement: string) => Promise<Rows>;

async function executeStatement(session: EngineSession, statement: string, signal: AbortSignal): Promise<Rows> {
  const result = await session.execute(statement, { queryId: randomUUID(), signal });
  try {
    const rows = await result.read(0, Math.min(result.rowCount, 100));
    return { columns: result.columns.map(({ name }) => name.toLowerCase()), rows };
  } finally {
    await result.dispose();
  }
}

/** The size of the sample that is there, if it is there to the end. */
async function findSample(execute: Execute): Promise<SampleSize | undefined> {
  const remembered = await ifExists(() => execute(`SELECT SCALE, SEED FROM ${marker}`));
  const [row] = remembered?.rows ?? [];
  if (row) return { scale: Number(row[0]), seed: Number(row[1]) };
  const databases = await execute(`SHOW DATABASES LIKE '${sampleDatabase}'`);
  const [database] = databases.rows;
  if (!database || database[databases.columns.indexOf('comment')] === comment) return undefined;
  throw new SampleConflictError(
    `the stand-in has a database ${sampleDatabase} that is not sample data: ` +
      'start it empty, or have it reset, which deletes what is there',
  );
}

async function rowsOf(execute: Execute, table: SampleTable): Promise<number | undefined> {
  const name = `${sampleDatabase}.${table.schema}.${table.name}`;
  const counted = await ifExists(() => execute(`SELECT COUNT(*) FROM ${name}`));
  return counted && Number(counted.rows[0]?.[0]);
}

async function ifExists<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SnowflakeSqlError && error.code === objectDoesNotExist) return undefined;
    throw error;
  }
}
