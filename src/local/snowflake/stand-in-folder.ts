import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFolder } from '../postgis/data-folder.ts';
import type { ProcessIdentity } from '../postgis/process-identity.ts';
import type { SampleSize } from '../sample/grid-plan.ts';

/** What a running stand-in leaves in its folder for whoever wants to reach it. The file is its owner's alone: it has the password. */
export interface StandInState {
  readonly process: ProcessIdentity;
  /** Told by the server on its port too, so that a stranger on that port is not mistaken for it. */
  readonly instance: string;
  readonly port: number;
  readonly accessUrl: string;
  readonly account: string;
  readonly user: string;
  readonly password: string;
  /** Opens the door for injected faults; absent where the server was started without it. */
  readonly faultToken?: string;
  /** The sample data that it is filled with; absent where it was started without. */
  readonly sample?: SampleSize;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** The files of one stand-in: `snowflake/` in the data folder that a user names, which the embedded PostGIS may share. */
export class StandInFolder {
  readonly #folder: DataFolder;

  constructor(dataDir: string) {
    this.#folder = new DataFolder(join(dataDir, 'snowflake'));
  }

  get path(): string {
    return this.#folder.path;
  }

  get log(): string {
    return join(this.path, 'stand-in.log');
  }

  get #stateFile(): string {
    return join(this.path, 'stand-in.json');
  }

  async create(): Promise<void> {
    await this.#folder.create();
  }

  /** Takes the folder for this process; returns the release. Throws where a living process has it. */
  lock(): Promise<() => Promise<void>> {
    return this.#folder.lock();
  }

  /** The living process that has the folder open. */
  lockHolder(): Promise<ProcessIdentity | undefined> {
    return this.#folder.lockHolder();
  }

  /** The port of the last server, so that a restart keeps the address; 0 where there was none. */
  lastPort(): Promise<number> {
    return this.#folder.lastPort();
  }

  /** What the last server wrote; it may have died since. Undefined where there is nothing, or nothing legible. */
  async readState(): Promise<StandInState | undefined> {
    try {
      return JSON.parse(await readFile(this.#stateFile, 'utf8')) as StandInState;
    } catch {
      return undefined;
    }
  }

  /** Replaces the state in one step: a reader never sees half of it. */
  async writeState(state: StandInState): Promise<void> {
    const temporary = `${this.#stateFile}.${process.pid}`;
    await writeFile(temporary, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
    await rename(temporary, this.#stateFile);
    await writeFile(join(this.path, 'port'), `${state.port}\n`);
  }

  async removeState(): Promise<void> {
    await rm(this.#stateFile, { force: true });
  }

  /** The password of this folder's user: random, made once, kept over restarts so that clients' settings stay good. */
  async password(): Promise<string> {
    const file = join(this.path, 'password');
    try {
      await writeFile(file, randomBytes(18).toString('base64url'), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return readFile(file, 'utf8');
  }
}
