import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { locatePgliteAssets } from './assets.ts';
import { Backend } from './backend.ts';
import type { StartStep } from './backend-thread-protocol.ts';
import { PostgisServer, databaseName } from './server.ts';

export interface EmbeddedPostgisOptions {
  /** Where the data is kept; without it the database lives in memory and ends with this object. */
  readonly dataDir?: string | undefined;
  /** 0 or nothing: any free port. */
  readonly port?: number | undefined;
  readonly onStep?: ((step: StartStep) => void) | undefined;
}

export interface EmbeddedPostgis {
  /** `postgresql://postgres@127.0.0.1:PORT/postgres` */
  readonly url: string;
  readonly port: number;
  readonly version: string;
  readonly postgisVersion: string;
  /** Resolves with the reason if the backend ends by itself. */
  readonly crashed: Promise<Error>;
  /** Disconnects the clients, rolls back what they had not committed and shuts PostgreSQL down. */
  close(): Promise<void>;
}

/** Opens a PostGIS inside this process (in a thread), reachable over TCP on 127.0.0.1 once this resolves. */
export async function openEmbeddedPostgis(options: EmbeddedPostgisOptions = {}): Promise<EmbeddedPostgis> {
  const pgData = options.dataDir === undefined ? undefined : join(options.dataDir, 'pgdata');
  if (options.dataDir !== undefined) await mkdir(options.dataDir, { recursive: true });
  const backend = await Backend.open({ assets: locatePgliteAssets(), pgData, onStep: options.onStep });
  try {
    const identity = { server: 'snowmelt-postgis', instance: randomUUID(), pid: process.pid } as const;
    const server = await PostgisServer.listen(backend, options.port ?? 0, identity);
    return {
      url: `postgresql://postgres@127.0.0.1:${server.port}/${databaseName}`,
      port: server.port,
      version: backend.facts.version,
      postgisVersion: backend.facts.postgisVersion,
      crashed: backend.crashed,
      close: async () => {
        await server.close();
        await backend.close();
      },
    };
  } catch (error) {
    await backend.close();
    throw error;
  }
}
