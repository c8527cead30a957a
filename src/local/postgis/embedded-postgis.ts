import { randomUUID } from 'node:crypto';
import { findPgliteAssets } from './assets.ts';
import { Backend } from './backend.ts';
import type { OpenBackendOptions } from './backend.ts';
import type { StartStep } from './backend-thread-protocol.ts';
import { DataFolder } from './data-folder.ts';
import { LocalPostgisError } from './local-postgis-error.ts';
import { LoopbackPort } from './loopback-port.ts';
import { PostgisServer, databaseName } from './server.ts';
import type { ServerIdentity } from './server.ts';

export interface EmbeddedPostgisOptions {
  /** Where the data is kept; without it the database lives in memory and ends with this object. */
  readonly dataDir?: string | undefined;
  /** Keeps the database in memory although there is a folder, which is locked all the same. */
  readonly inMemory?: boolean | undefined;
  /** Nothing: the port that the folder had last, or any free one if that is taken. 0: any free one. */
  readonly port?: number | undefined;
  readonly onStep?: ((step: StartStep) => void) | undefined;
  /** Told each time that PostgreSQL crashed and is started again. */
  readonly onRestart?: ((reason: Error) => void) | undefined;
}

export interface EmbeddedPostgis {
  /** `postgresql://postgres@127.0.0.1:PORT/postgres` */
  readonly url: string;
  readonly port: number;
  /** Tells this server from any other; the server says it to who asks on its port. */
  readonly instance: string;
  /** PostgreSQL's, for example `18.3`. */
  readonly version: string;
  readonly postgisVersion: string;
  /** Resolves with the reason when PostgreSQL has ended and cannot be started again. */
  readonly crashed: Promise<Error>;
  /** Disconnects the clients, rolls back what they had not committed, shuts PostgreSQL down and frees the folder. */
  close(): Promise<void>;
}

/** A backend that crashes more often than this within the period is not started again. */
const mostCrashes = 3;
const crashPeriodMs = 60_000;

/**
 * Opens a PostGIS inside this process (PostgreSQL runs in a thread), reachable over TCP on 127.0.0.1 once this resolves.
 * Should PostgreSQL crash, its clients are disconnected and it starts again from its write-ahead log, as under a
 * postmaster; one in memory has nothing to start from. Throws {@link LocalPostgisError}.
 */
export async function openEmbeddedPostgis(options: EmbeddedPostgisOptions = {}): Promise<EmbeddedPostgis> {
  const folder = options.dataDir === undefined ? undefined : new DataFolder(options.dataDir);
  await folder?.create();
  const unlock = await folder?.lock();
  try {
    const port = await openPort(options.port, folder);
    try {
      const pgData = options.inMemory ? undefined : folder?.pgData;
      const identity = { server: 'snowmelt-postgis', instance: randomUUID(), pid: process.pid } as const;
      const backend = { assets: await findPgliteAssets(), pgData, onStep: options.onStep };
      const supervisor = await Supervisor.start(port, identity, backend, options.onRestart);
      return {
        url: `postgresql://postgres@127.0.0.1:${port.number}/${databaseName}`,
        port: port.number,
        instance: identity.instance,
        version: supervisor.backend.facts.version,
        postgisVersion: supervisor.backend.facts.postgisVersion,
        crashed: supervisor.crashed,
        close: async () => {
          await supervisor.close();
          await port.close();
          await unlock?.();
        },
      };
    } catch (error) {
      await port.close();
      throw error;
    }
  } catch (error) {
    await unlock?.();
    throw error;
  }
}

async function openPort(asked: number | undefined, folder: DataFolder | undefined): Promise<LoopbackPort> {
  const last = asked === undefined ? await folder?.lastPort() : undefined;
  if (last === undefined) return LoopbackPort.open(asked ?? 0);
  try {
    return await LoopbackPort.open(last);
  } catch (error) {
    if (error instanceof LocalPostgisError && error.code === 'port-in-use') return LoopbackPort.open(0);
    throw error;
  }
}

/** Keeps a backend and the server on top of it going. */
class Supervisor {
  backend: Backend;
  readonly crashed: Promise<Error>;
  readonly #port: LoopbackPort;
  readonly #identity: ServerIdentity;
  readonly #options: OpenBackendOptions;
  readonly #onRestart: ((reason: Error) => void) | undefined;
  #server: PostgisServer;
  #restarting: Promise<void> = Promise.resolve();
  #crashes: number[] = [];
  #closing = false;
  #giveUp: (reason: Error) => void = () => undefined;

  private constructor(
    port: LoopbackPort,
    identity: ServerIdentity,
    options: OpenBackendOptions,
    onRestart: ((reason: Error) => void) | undefined,
    backend: Backend,
  ) {
    this.#port = port;
    this.#identity = identity;
    this.#options = options;
    this.#onRestart = onRestart;
    this.backend = backend;
    this.crashed = new Promise((resolve) => (this.#giveUp = resolve));
    this.#server = this.#serve(backend);
  }

  static async start(
    port: LoopbackPort,
    identity: ServerIdentity,
    options: OpenBackendOptions,
    onRestart: ((reason: Error) => void) | undefined,
  ): Promise<Supervisor> {
    return new Supervisor(port, identity, options, onRestart, await Backend.open(options));
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#restarting;
    await this.#server.close('57P01');
    await this.backend.close();
  }

  #serve(backend: Backend): PostgisServer {
    void backend.crashed.then((reason) => {
      this.#restarting = this.#restart(reason);
    });
    return new PostgisServer(this.#port, backend, this.#identity);
  }

  async #restart(reason: Error): Promise<void> {
    await this.#server.close('57P02');
    await this.backend.close();
    if (this.#closing) return;
    const now = Date.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < crashPeriodMs), now];
    if (this.#options.pgData === undefined || this.#crashes.length > mostCrashes) {
      this.#giveUp(reason);
      return;
    }
    this.#onRestart?.(reason);
    try {
      this.backend = await Backend.open(this.#options);
      this.#server = this.#serve(this.backend);
    } catch (error) {
      this.#giveUp(error instanceof Error ? error : reason);
    }
  }
}
