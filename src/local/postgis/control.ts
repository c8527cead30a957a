import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { locateServerEntry } from './assets.ts';
import type { ProcessEntry } from './assets.ts';
import type { StartStep } from './backend-thread-protocol.ts';
import { DataFolder } from './data-folder.ts';
import type { ServerState } from './data-folder.ts';
import { identifyServer } from './identify.ts';
import { LocalPostgisError } from './local-postgis-error.ts';
import type { LocalPostgisErrorCode } from './local-postgis-error.ts';
import { isAlive } from './process-identity.ts';

export interface StartLocalPostgisOptions {
  /** The folder of this PostGIS: its data, its log and what tells other processes how to reach it. Made where missing. */
  readonly dataDir: string;
  /** Nothing: the port of the last time, or any free one if that is taken. 0: any free one. */
  readonly port?: number | undefined;
  /** The database lives in memory and is gone when the process ends; the folder only says how to reach it. */
  readonly inMemory?: boolean | undefined;
  readonly onProgress?: ((step: StartStep) => void) | undefined;
  /** Aborting ends a start under way; a server that was running already is left alone. */
  readonly signal?: AbortSignal | undefined;
  /** What the server's process runs; by default what {@link locateServerEntry} finds. */
  readonly entry?: ProcessEntry | undefined;
}

export interface LocalPostgis {
  /** `postgresql://postgres@127.0.0.1:PORT/postgres` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** PostgreSQL's, for example `18.3`. */
  readonly version: string;
  readonly postgisVersion: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export type LocalPostgisStatus =
  | ({ readonly state: 'running' } & LocalPostgis)
  /** A process has the folder open and takes no connections yet, or takes them only from inside its own program. */
  | { readonly state: 'busy'; readonly pid: number }
  | { readonly state: 'stopped' };

/** What the server's process tells the one that started it. */
export type ServerReport =
  | { readonly kind: 'step'; readonly step: StartStep }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly code: LocalPostgisErrorCode; readonly message: string };

/** How often a process that is no child of this one is looked at. */
const pollMs = 50;
/** The longest that PostgreSQL may take to shut down before its process is killed; its data survives that too. */
const stopPatienceMs = 15_000;

/**
 * Starts the embedded PostGIS of a folder in a process of its own, which goes on when this one ends, or finds the one
 * that runs already. Resolves when it takes connections and PostGIS is created in it. Of several starts at once one
 * starts it and the others wait. Throws {@link LocalPostgisError}, or the signal's reason.
 */
export async function startLocalPostgis(
  options: StartLocalPostgisOptions,
): Promise<LocalPostgis & { readonly alreadyRunning: boolean }> {
  const folder = new DataFolder(options.dataDir);
  await folder.create();
  for (;;) {
    options.signal?.throwIfAborted();
    const status = await localPostgisStatus(options.dataDir);
    if (status.state === 'running') return { ...summary(status), alreadyRunning: true };
    if (status.state === 'stopped' && (await launch(folder, options))) {
      const state = await folder.readState();
      if (state) return { ...fromState(state), alreadyRunning: false };
      throw new LocalPostgisError(
        'start-failed',
        `the embedded PostGIS ended as soon as it was ready: see ${folder.log}`,
      );
    }
    await delay(pollMs, undefined, options.signal && { signal: options.signal });
  }
}

/**
 * Stops the folder's server: clients are disconnected, what they had not committed is rolled back, the rest is on disk.
 * Resolves when its process has ended; false when none was running.
 */
export async function stopLocalPostgis(dataDir: string): Promise<boolean> {
  const folder = new DataFolder(dataDir);
  const state = await runningState(folder);
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

/** Whether the folder's server runs. What a killed server left behind does not count. */
export async function localPostgisStatus(dataDir: string): Promise<LocalPostgisStatus> {
  const folder = new DataFolder(dataDir);
  const state = await runningState(folder);
  if (state) return { state: 'running', ...fromState(state) };
  const holder = await folder.lockHolder();
  return holder ? { state: 'busy', pid: holder.pid } : { state: 'stopped' };
}

async function runningState(folder: DataFolder): Promise<ServerState | undefined> {
  const state = await folder.readState();
  if (!state || !(await isAlive(state.process))) return undefined;
  const identity = await identifyServer(state.port);
  return identity?.instance === state.instance ? state : undefined;
}

function fromState(state: ServerState): LocalPostgis {
  const { url, port, version, postgisVersion, startedAt } = state;
  return { url, port, pid: state.process.pid, version, postgisVersion, startedAt };
}

function summary({ state: _state, ...rest }: { state: 'running' } & LocalPostgis): LocalPostgis {
  return rest;
}

/** True when the new process is ready, false when another one took the folder first. */
async function launch(folder: DataFolder, options: StartLocalPostgisOptions): Promise<boolean> {
  const entry = options.entry ?? locateServerEntry();
  const log = await open(folder.log, 'a', 0o600);
  let child: ChildProcess;
  try {
    const flags = ['--data-dir', folder.path, ...(options.inMemory ? ['--in-memory'] : [])];
    if (options.port !== undefined) flags.push('--port', String(options.port));
    child = spawn(process.execPath, [...entry.execArgv, entry.module, ...flags], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      cwd: folder.path,
      windowsHide: true,
      env: 'electron' in process.versions ? { ...process.env, ELECTRON_RUN_AS_NODE: '1' } : process.env,
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

function awaitReady(child: ChildProcess, folder: DataFolder, options: StartLocalPostgisOptions): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const { signal, onProgress } = options;
    const abort = () => {
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (act: () => void) => {
      signal?.removeEventListener('abort', abort);
      act();
    };
    child.on('message', (report: ServerReport) => {
      if (report.kind === 'step') {
        onProgress?.(report.step);
      } else if (report.kind === 'ready') {
        settle(() => {
          resolve(true);
        });
      } else {
        settle(() => {
          if (report.code === 'data-folder-in-use') resolve(false);
          else reject(new LocalPostgisError(report.code, report.message));
        });
      }
    });
    child.once('error', (error) => {
      settle(() => {
        reject(new LocalPostgisError('start-failed', `cannot run ${process.execPath}: ${error.message}`));
      });
    });
    child.once('exit', (code, by) => {
      settle(() => {
        reject(
          new LocalPostgisError('start-failed', `the embedded PostGIS ended (${by ?? code ?? '?'}): see ${folder.log}`),
        );
      });
    });
  });
}
