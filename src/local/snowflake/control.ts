import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ProcessEntry } from '../postgis/assets.ts';
import { isAlive } from '../postgis/process-identity.ts';
import type { SampleProgress, SampleRequest } from '../sample/fill-sample.ts';
import type { SampleSize } from '../sample/grid-plan.ts';
import { identifyStandIn } from './identity.ts';
import { LocalSnowflakeError } from './local-snowflake-error.ts';
import { ENGINE_URL_VARIABLE, type StandInReport } from './process-protocol.ts';
import { StandInFolder, type StandInState } from './stand-in-folder.ts';

export interface StartLocalSnowflakeOptions {
  /** The folder of this stand-in; its files are in `snowflake/` there. Made where missing. May be the embedded PostGIS's. */
  readonly dataDir: string;
  /** The Postgres (with PostGIS) that it executes on; it must be running. */
  readonly engineUrl: string;
  /** Nothing: the port of the last time, or any free one if that is taken. 0: any free one. */
  readonly port?: number | undefined;
  /** A file to append a JSON line to for every statement. */
  readonly statementLog?: string | undefined;
  /** Fills it with sample data before it takes log-ins, where that is not there yet. */
  readonly sample?: SampleRequest | undefined;
  /** Called before each table of the sample is loaded. */
  readonly onSampleTable?: ((table: SampleProgress) => void) | undefined;
  /** Opens the door for injected faults: for tests. */
  readonly faults?: boolean | undefined;
  /** Aborting ends a start under way; a server that was running already is left alone. */
  readonly signal?: AbortSignal | undefined;
  /** What the server's process runs; by default `snowflake.mjs` beside the bundle, in a checkout the source. */
  readonly entry?: ProcessEntry | undefined;
}

export interface LocalSnowflake {
  /** The driver's `accessUrl`. */
  readonly accessUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly account: string;
  readonly user: string;
  readonly password: string;
  readonly faultToken?: string;
  /** The sample data that it is filled with; absent where it was started without. */
  readonly sample?: SampleSize;
  /** ISO 8601. */
  readonly startedAt: string;
}

export type LocalSnowflakeStatus =
  | ({ readonly state: 'running' } & LocalSnowflake)
  /** A process has the folder open and takes no connections yet. */
  | { readonly state: 'busy'; readonly pid: number }
  | { readonly state: 'stopped' };

/** How often a process that is no child of this one is looked at. */
const pollMs = 50;
/** The longest that the stand-in may take to close its sessions before its process is killed. */
const stopPatienceMs = 10_000;

/**
 * Starts a folder's stand-in in a process of its own, which goes on when this one ends, or finds the one that runs
 * already (whatever engine and sample data that one has). Resolves when it takes log-ins. Of several starts at once one starts it and
 * the others wait. Throws {@link LocalSnowflakeError}, or the signal's reason.
 */
export async function startLocalSnowflake(
  options: StartLocalSnowflakeOptions,
): Promise<LocalSnowflake & { readonly alreadyRunning: boolean }> {
  const folder = new StandInFolder(options.dataDir);
  await folder.create();
  for (;;) {
    options.signal?.throwIfAborted();
    const running = await runningState(folder);
    if (running) return { ...fromState(running), alreadyRunning: true };
    if (!(await folder.lockHolder()) && (await launch(folder, options))) {
      const state = await folder.readState();
      if (state) return { ...fromState(state), alreadyRunning: false };
      throw new LocalSnowflakeError('start-failed', `the stand-in ended as soon as it was ready: see ${folder.log}`);
    }
    await delay(pollMs, undefined, options.signal && { signal: options.signal });
  }
}

/** Stops the folder's stand-in: its sessions are closed. Resolves when its process has ended; false when none was running. */
export async function stopLocalSnowflake(dataDir: string): Promise<boolean> {
  const state = await runningState(new StandInFolder(dataDir));
  if (!state) return false;
  process.kill(state.process.pid, 'SIGTERM');
  const deadline = Date.now() + stopPatienceMs;
  let killed = false;
  while (await isAlive(state.process)) {
    if (!killed && Date.now() > deadline) {
      process.kill(state.process.pid, 'SIGKILL');
      killed = true;
    }
    await delay(pollMs);
  }
  return true;
}

/** Whether the folder's stand-in runs. What a killed one left behind does not count. */
export async function localSnowflakeStatus(dataDir: string): Promise<LocalSnowflakeStatus> {
  const folder = new StandInFolder(dataDir);
  const state = await runningState(folder);
  if (state) return { state: 'running', ...fromState(state) };
  const holder = await folder.lockHolder();
  return holder ? { state: 'busy', pid: holder.pid } : { state: 'stopped' };
}

async function runningState(folder: StandInFolder): Promise<StandInState | undefined> {
  const state = await folder.readState();
  if (!state || !(await isAlive(state.process))) return undefined;
  return (await identifyStandIn(state.port)) === state.instance ? state : undefined;
}

function fromState(state: StandInState): LocalSnowflake {
  const { accessUrl, port, account, user, password, faultToken, sample, startedAt } = state;
  const pid = state.process.pid;
  return {
    accessUrl,
    port,
    pid,
    account,
    user,
    password,
    startedAt,
    ...(faultToken === undefined ? {} : { faultToken }),
    ...(sample === undefined ? {} : { sample }),
  };
}

/** `import.meta.resolve` is missing where a test runner loads this as CommonJS. */
const require = createRequire(import.meta.url);

function locateEntry(): ProcessEntry {
  const here = dirname(fileURLToPath(import.meta.url));
  const bundled = join(here, 'snowflake.mjs');
  if (existsSync(bundled)) return { module: bundled, execArgv: [] };
  return { module: join(here, 'main.ts'), execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href] };
}

/** True when the new process is ready, false when another one took the folder first. */
async function launch(folder: StandInFolder, options: StartLocalSnowflakeOptions): Promise<boolean> {
  const entry = options.entry ?? locateEntry();
  const flags = ['--data-dir', dirname(folder.path)];
  if (options.port !== undefined) flags.push('--port', String(options.port));
  if (options.statementLog !== undefined) flags.push('--statement-log', resolve(options.statementLog));
  if (options.sample !== undefined) flags.push('--sample', JSON.stringify(options.sample));
  if (options.faults) flags.push('--faults');

  const log = await open(folder.log, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [...entry.execArgv, entry.module, ...flags], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      cwd: folder.path,
      windowsHide: true,
      env: {
        ...process.env,
        [ENGINE_URL_VARIABLE]: options.engineUrl,
        ...('electron' in process.versions ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
      },
    });
  } finally {
    await log.close();
  }
  try {
    return await awaitReady(child, folder, options);
  } catch (error) {
    child.kill('SIGTERM');
    throw error;
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function awaitReady(child: ChildProcess, folder: StandInFolder, options: StartLocalSnowflakeOptions): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const { signal, onSampleTable } = options;
    const abort = (): void => {
      reject(signal?.reason as Error);
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (act: () => void): void => {
      signal?.removeEventListener('abort', abort);
      act();
    };
    child.on('message', (report: StandInReport) => {
      if (report.kind === 'sample-table') {
        onSampleTable?.(report.table);
        return;
      }
      settle(() => {
        if (report.kind === 'ready') resolve(true);
        else if (report.code === 'data-folder-in-use') resolve(false);
        else reject(new LocalSnowflakeError(report.code, report.message));
      });
    });
    child.once('error', (error) => {
      settle(() => {
        reject(new LocalSnowflakeError('start-failed', `cannot run ${process.execPath}: ${error.message}`));
      });
    });
    child.once('exit', (code, by) => {
      settle(() => {
        reject(new LocalSnowflakeError('start-failed', `the stand-in ended (${by ?? code ?? '?'}): see ${folder.log}`));
      });
    });
  });
}
