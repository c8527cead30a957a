import type pg from 'pg';
import { openEmbeddedPostgis } from '../../src/local/postgis/embedded-postgis.ts';
import type { PostgresConnectionOptions } from '../../src/sync-core/postgres/connection-options.ts';
import {
  connect,
  connectionTo,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from './postgres-cluster.ts';
import { startSource, type TestSource, type TestSourceOptions } from './source.ts';

/** A database of a server, as a role that owns one schema only; and the PostGIS that comes with the product. */
export const syncTargetNames = ['server', 'embedded'] as const;
export type SyncTargetName = (typeof syncTargetNames)[number];

/** A database that tables are synced into. */
export interface SyncTarget {
  readonly options: PostgresConnectionOptions;
  /** Looks at what a sync did, as the same role. */
  readonly client: pg.Client;
  /** Where the tables go. */
  readonly schema: string;
}

/** A source, and targets that its tables are synced into. */
export interface SyncTargets {
  readonly source: TestSource;
  /** @throws where that target was not asked for. */
  target(name: SyncTargetName): SyncTarget;
  close(): Promise<void>;
}

type Close = () => Promise<void>;

/** Starts them on a cluster of their own, all of which ends with them. */
export async function openSyncTargets(
  names: readonly SyncTargetName[],
  options: TestSourceOptions = {},
): Promise<SyncTargets> {
  const opened: Close[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  try {
    const cluster = await startPostgresCluster();
    opened.push(() => cluster.stop());
    const source = await startSource(cluster, options);
    opened.push(() => source.close());
    const targets = new Map<SyncTargetName, SyncTarget>();
    for (const name of names) {
      targets.set(name, name === 'server' ? await serverTarget(cluster, opened) : await embeddedTarget(opened));
    }
    return {
      source,
      target: (name) => {
        const target = targets.get(name);
        if (target === undefined) throw new Error(`the target ${name} is not open`);
        return target;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serverTarget(cluster: PostgresCluster, opened: Close[]): Promise<SyncTarget> {
  await createApplicationDatabase(cluster, 'target');
  const client = await connect(cluster, 'target', 'application');
  opened.push(() => client.end());
  return { options: connectionTo(cluster, 'target', 'application'), client, schema: 'application' };
}

async function embeddedTarget(opened: Close[]): Promise<SyncTarget> {
  const embedded = await openEmbeddedPostgis({});
  opened.push(() => embedded.close());
  const local = { host: '127.0.0.1', port: embedded.port } as const;
  const client = await connect(local, 'postgres', 'postgres');
  opened.push(() => client.end());
  return { options: connectionTo(local, 'postgres', 'postgres'), client, schema: 'public' };
}
