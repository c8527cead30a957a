import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessEntry } from './postgis/assets.ts';
import type { StartStep } from './postgis/backend-thread-protocol.ts';
import { localPostgisStatus, startLocalPostgis, stopLocalPostgis } from './postgis/control.ts';
import type { LocalPostgis, LocalPostgisStatus } from './postgis/control.ts';
import type { BenchmarkTable } from './sample/benchmark-tables.ts';
import { refuseAnother, SampleConflictError } from './sample/fill-sample.ts';
import { checkSampleSize, defaultSampleSize } from './sample/grid-plan.ts';
import { sampleDatabase } from './sample/sample-table.ts';
import { localSnowflakeStatus, startLocalSnowflake, stopLocalSnowflake } from './snowflake/control.ts';
import type { LocalSnowflake, LocalSnowflakeStatus } from './snowflake/control.ts';
import { LocalSnowflakeError } from './snowflake/local-snowflake-error.ts';

export interface StartLocalOptions {
  /** The folder that everything is kept in; the embedded PostGIS is in `postgis/` there. */
  readonly home: string;
  /** The Snowflake stand-in too, on a PostGIS of its own. */
  readonly withSnowflake?: boolean | undefined;
  /** Of the sample data. Nothing: what the stand-in is filled with already, else 1. */
  readonly scale?: number | undefined;
  /** Of the sample data. Nothing: what the stand-in is filled with already, else 42. */
  readonly seed?: number | undefined;
  /** Larger tables beside the sample's own. */
  readonly benchmarks?: readonly BenchmarkTable[] | undefined;
  /** Fills the stand-in with nothing; what it holds already stays. */
  readonly empty?: boolean | undefined;
  /** Deletes everything that the stand-in holds, first. */
  readonly reset?: boolean | undefined;
  /** The PostGIS's. Nothing: the port of the last time, or any free one if that is taken. 0: any free one. */
  readonly port?: number | undefined;
  /** The stand-in's, with the same meaning. */
  readonly snowflakePort?: number | undefined;
  /** A file to which the stand-in appends every statement as a JSON line. */
  readonly statementLog?: string | undefined;
  readonly onProgress?: ((step: LocalStep) => void) | undefined;
  /** Aborting stops what this start has started. */
  readonly signal?: AbortSignal | undefined;
  /** What the processes run; by default the programs beside the bundle, in a checkout the sources. */
  readonly launch?: { readonly postgis?: ProcessEntry; readonly snowflake?: ProcessEntry } | undefined;
}

export type LocalStep =
  /** Either part's PostGIS is being started. */
  | { readonly part: 'postgres' | 'snowflake'; readonly step: StartStep | 'ready' }
  | { readonly part: 'snowflake'; readonly step: 'starting-server' }
  | { readonly part: 'snowflake'; readonly step: 'filling-table'; readonly table: string; readonly rows: number };

/** How clients reach the stand-in, and what it is filled with. */
export interface LocalSource extends LocalSnowflake {
  /** The sample's; absent where the stand-in was started empty. */
  readonly database?: string;
}

export interface LocalEnvironment {
  readonly postgres: LocalPostgis;
  readonly snowflake?: LocalSource;
  /** Nothing had to be started. */
  readonly alreadyRunning: boolean;
}

export interface LocalStatus {
  readonly postgres: LocalPostgisStatus;
  readonly snowflake: LocalSnowflakeStatus;
  /** The PostGIS that the stand-in executes on. */
  readonly snowflakeEngine: LocalPostgisStatus;
}

/** How long the process of a start that failed may take to end before it is no longer waited for. */
const endPatienceMs = 10_000;

/**
 * Starts the embedded PostGIS and, where asked for, the Snowflake stand-in with sample data, at the same time; each is a process
 * of its own and goes on when this one ends. What runs already is taken as it is, with its ports and statement log. When a part
 * cannot be started, what this call had started is stopped again.
 *
 * Measured on two busy cores with the sample of scale 1: 15 s the first time, 5 s later (docs/sample-data.md).
 *
 * Throws RangeError for an impossible scale or seed, LocalPostgisError, {@link LocalSnowflakeError} (`sample-conflict` where the
 * stand-in holds other data than asked for), or the signal's reason.
 */
export async function startLocal(options: StartLocalOptions): Promise<LocalEnvironment> {
  const { scale = defaultSampleSize.scale, seed = defaultSampleSize.seed } = options;
  if (options.withSnowflake && !options.empty) checkSampleSize({ scale, seed });
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const started: (() => Promise<unknown>)[] = [];
  const orAbort = async <T>(part: Promise<T>): Promise<T> => {
    try {
      return await part;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const parts = await Promise.allSettled([
    orAbort(startTarget(options, signal, started)),
    options.withSnowflake ? orAbort(startSource(options, signal, started)) : undefined,
  ]);
  const [target, source] = parts;
  if (target.status === 'fulfilled' && source.status === 'fulfilled') {
    const { alreadyRunning, ...postgres } = target.value;
    if (!source.value) return { postgres, alreadyRunning };
    const { alreadyRunning: sourceRan, ...snowflake } = source.value;
    return { postgres, snowflake, alreadyRunning: alreadyRunning && sourceRan };
  }
  /** What is told is why the start failed, not that something could not be stopped after it. */
  for (let stop; (stop = started.pop());) await stop().catch(() => undefined);
  throw signal.reason;
}

/** Stops whatever of it runs; its data stays. Resolves when the processes have ended; tells which were running. */
export async function stopLocal(home: string): Promise<{ readonly postgres: boolean; readonly snowflake: boolean }> {
  const stopSource = async () => {
    const ran = await stopLocalSnowflake(home);
    const engineRan = await stopLocalPostgis(engineFolder(home));
    return ran || engineRan;
  };
  const [postgres, snowflake] = await Promise.all([stopLocalPostgis(postgisFolder(home)), stopSource()]);
  return { postgres, snowflake };
}

export async function localStatus(home: string): Promise<LocalStatus> {
  const [postgres, snowflake, snowflakeEngine] = await Promise.all([
    localPostgisStatus(postgisFolder(home)),
    localSnowflakeStatus(home),
    localPostgisStatus(engineFolder(home)),
  ]);
  return { postgres, snowflake, snowflakeEngine };
}

function postgisFolder(home: string): string {
  return join(home, 'postgis');
}

function engineFolder(home: string): string {
  return join(home, 'snowflake-engine');
}

async function startTarget(options: StartLocalOptions, signal: AbortSignal, started: (() => Promise<unknown>)[]) {
  return startPostgis('postgres', postgisFolder(options.home), options.port, options, signal, started);
}

async function startSource(
  options: StartLocalOptions,
  signal: AbortSignal,
  started: (() => Promise<unknown>)[],
): Promise<LocalSource & { readonly alreadyRunning: boolean }> {
  const { home, empty, scale, seed, benchmarks } = options;
  const engineDir = engineFolder(home);
  const engineRuns = (await localPostgisStatus(engineDir)).state === 'running';
  /** One whose engine has gone answers nothing, and does not find a new one. */
  if (options.reset || !engineRuns) await stopLocalSnowflake(home);
  if (options.reset) {
    await stopLocalPostgis(engineDir);
    await rm(engineDir, { recursive: true, force: true });
  }

  const engine = await startPostgis('snowflake', engineDir, undefined, options, signal, started);
  options.onProgress?.({ part: 'snowflake', step: 'starting-server' });
  const standIn = await startLocalSnowflake({
    dataDir: home,
    engineUrl: engine.url,
    port: options.snowflakePort,
    statementLog: options.statementLog,
    sample: empty ? undefined : { scale, seed, benchmarks },
    onSampleTable: ({ table, rows }) => {
      options.onProgress?.({ part: 'snowflake', step: 'filling-table', table, rows });
    },
    signal,
    entry: options.launch?.snowflake,
  }).catch(async (error: unknown) => {
    await whileBusy(() => localSnowflakeStatus(home));
    throw error;
  });
  if (standIn.alreadyRunning) checkRunning(standIn, options);
  else started.push(() => stopLocalSnowflake(home));
  options.onProgress?.({ part: 'snowflake', step: 'ready' });
  return { ...standIn, ...(standIn.sample ? { database: sampleDatabase } : {}) };
}

/** It is filled when it starts: what it was not filled with then, it has not. */
function checkRunning(running: LocalSnowflake, { empty, scale, seed, benchmarks = [] }: StartLocalOptions): void {
  if (empty) return;
  const asked = benchmarks.length > 0 ? 'benchmark tables' : 'sample data';
  const demanding = benchmarks.length > 0 || scale !== undefined || seed !== undefined;
  if (demanding && (benchmarks.length > 0 || !running.sample)) {
    throw new LocalSnowflakeError(
      'sample-conflict',
      `the stand-in runs without ${asked}: stop it and start it with them`,
    );
  }
  if (!running.sample) return;
  try {
    refuseAnother(running.sample, { scale, seed });
  } catch (error) {
    if (!(error instanceof SampleConflictError)) throw error;
    throw new LocalSnowflakeError('sample-conflict', error.message, { cause: error });
  }
}

async function startPostgis(
  part: 'postgres' | 'snowflake',
  dataDir: string,
  port: number | undefined,
  options: StartLocalOptions,
  signal: AbortSignal,
  started: (() => Promise<unknown>)[],
): Promise<LocalPostgis & { readonly alreadyRunning: boolean }> {
  const postgis = await startLocalPostgis({
    dataDir,
    port,
    signal,
    entry: options.launch?.postgis,
    onProgress: (step) => {
      options.onProgress?.({ part, step });
    },
  }).catch(async (error: unknown) => {
    await whileBusy(() => localPostgisStatus(dataDir));
    throw error;
  });
  if (!postgis.alreadyRunning) started.push(() => stopLocalPostgis(dataDir));
  if (part === 'postgres') options.onProgress?.({ part, step: 'ready' });
  return postgis;
}

/** The process of a start that failed has been told to end; it has the folder until it has. */
async function whileBusy(status: () => Promise<{ readonly state: string }>): Promise<void> {
  const deadline = Date.now() + endPatienceMs;
  while ((await status()).state === 'busy' && Date.now() < deadline) await delay(50);
}
