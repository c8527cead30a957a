import { randomUUID } from 'node:crypto';
import { findPgliteAssets } from './assets.ts';
import { Backend } from './backend.ts';
import type { StartStep } from './backend-thread-protocol.ts';
import { DataFolder } from './data-folder.ts';
import { LocalPostgisError } from './local-postgis-error.ts';
import { LoopbackPort } from './loopback-port.ts';
import { PostgisServer, databaseName } from './server.ts';

export interface EmbeddedPostgisOptions {
  /** Where the data is kept; without it the database lives in memory and ends with this object. */
  readonly dataDir?: string | undefined;
  /** Keeps the database in memory although there is a folder, which is locked all the same. */
  readonly inMemory?: boolean | undefined;
  /** Nothing: the port that the folder had last, or any free one if that is taken. 0: any free one. */
  readonly port?: number | undefined;
  readonly onStep?: ((step: StartStep) => void) | undefined;
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
  /** Resolves with the reason if the backend ends by itself. */
  readonly crashed: Promise<Error>;
  /** Disconnects the clients, rolls back what they had not committed, shuts PostgreSQL down and frees the folder. */
  close(): Promise<void>;
}

/**
 * Opens a PostGIS inside this process (PostgreSQL runs in a thread), reachable over TCP on 127.0.0.1 once this resolves.
 * Throws {@link LocalPostgisError}.
 */
export async function openEmbeddedPostgis(options: EmbeddedPostgisOptions = {}): Promise<EmbeddedPostgis> {
  const folder = options.dataDir === undefined ? undefined : new DataFolder(options.dataDir);
  await folder?.create();
  const opened: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (let close; (close = opened.pop());) await close();
  };
  try {
    if (folder) opened.push(await folder.lock());
    const port = await openPort(options.port, folder);
    opened.push(() => port.close());
    const pgData = options.inMemory ? undefined : folder?.pgData;
    const backend = await Backend.open({ assets: await findPgliteAssets(), pgData, onStep: options.onStep });
    opened.push(() => backend.close());
    const instance = randomUUID();
    const server = new PostgisServer(port, backend, { server: 'snowmelt-postgis', instance, pid: process.pid });
    opened.push(() => server.close());
    return {
      url: `postgresql://postgres@127.0.0.1:${port.number}/${databaseName}`,
      port: port.number,
      instance,
      version: backend.facts.version,
      postgisVersion: backend.facts.postgisVersion,
      crashed: backend.crashed,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
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
