import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalPostgisError } from './local-postgis-error.ts';
import { identifyProcess, isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What a running server leaves in its data folder for whoever wants to reach it. */
export interface ServerState {
  readonly process: ProcessIdentity;
  /** Told by the server on its port too, so that a stranger on that port is not mistaken for it. */
  readonly instance: string;
  readonly port: number;
  readonly url: string;
  readonly version: string;
  readonly postgisVersion: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** The folder that a user names for an embedded PostGIS, and the files in it. */
export class DataFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** PostgreSQL's own data directory. */
  get pgData(): string {
    return join(this.path, 'pgdata');
  }

  get log(): string {
    return join(this.path, 'postgis.log');
  }

  get #stateFile(): string {
    return join(this.path, 'postmaster.json');
  }

  get #lockFile(): string {
    return join(this.path, 'postmaster.lock');
  }

  get #portFile(): string {
    return join(this.path, 'port');
  }

  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true });
  }

  /** What the last server wrote; it may have died since. Undefined where there is nothing, or nothing legible. */
  async readState(): Promise<ServerState | undefined> {
    return readJson<ServerState>(this.#stateFile);
  }

  /** Replaces the state in one step: a reader never sees half of it. */
  async writeState(state: ServerState): Promise<void> {
    const temporary = `${this.#stateFile}.${process.pid}`;
    await writeFile(temporary, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
    await rename(temporary, this.#stateFile);
    await writeFile(this.#portFile, `${state.port}\n`);
  }

  async removeState(): Promise<void> {
    await rm(this.#stateFile, { force: true });
  }

  /** The port of the last server, so that a restart keeps the address; 0 where there was none. */
  async lastPort(): Promise<number> {
    const text = await readFile(this.#portFile, 'utf8').catch(() => '0');
    const port = Number(text.trim());
    return Number.isInteger(port) && port > 0 && port < 65536 ? port : 0;
  }

  /** The living process that has the folder open. */
  async lockHolder(): Promise<ProcessIdentity | undefined> {
    const holder = await readJson<ProcessIdentity>(this.#lockFile);
    return holder && (await isAlive(holder)) ? holder : undefined;
  }

  /**
   * Takes the folder for this process; returns the release. PGlite itself does not notice a second process on its
   * folder, and the two destroy it. Throws {@link LocalPostgisError} `data-folder-in-use`.
   *
   * A lock whose process has died is replaced under a second, short one (a directory), so that of two processes that
   * find the same dead lock only one gets the folder.
   */
  async lock(): Promise<() => Promise<void>> {
    const self = await identifyProcess(process.pid);
    while (!(await this.#createLock(self))) {
      const holder = await this.lockHolder();
      if (holder) {
        throw new LocalPostgisError(
          'data-folder-in-use',
          `${this.path} is open in process ${holder.pid} already; stop that one first, or name another folder`,
        );
      }
      await this.#removeDeadLock();
    }
    return () => rm(this.#lockFile, { force: true });
  }

  /** By a hard link, so that the lock has its contents from its first moment on. */
  async #createLock(self: ProcessIdentity): Promise<boolean> {
    const own = `${this.#lockFile}.${randomUUID()}`;
    await writeFile(own, JSON.stringify(self), { mode: 0o600 });
    try {
      await link(own, this.#lockFile);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(own, { force: true });
    }
  }

  async #removeDeadLock(): Promise<void> {
    const guard = `${this.#lockFile}.replace`;
    try {
      await mkdir(guard);
    } catch {
      const abandoned = await stat(guard).then(
        ({ mtimeMs }) => Date.now() - mtimeMs > abandonedGuardMs,
        () => false,
      );
      if (abandoned) await rmdir(guard).catch(() => undefined);
      else await delay(20);
      return;
    }
    try {
      if (!(await this.lockHolder())) await rm(this.#lockFile, { force: true });
    } finally {
      await rmdir(guard).catch(() => undefined);
    }
  }
}

/** The guard is held for a few file operations; one this old was left by a process that was killed among them. */
const abandonedGuardMs = 10_000;

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
