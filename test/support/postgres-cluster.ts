import { execFile, spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { PostgresConnectionOptions } from '../../src/sync-core/postgres/connection-options.ts';

const run = promisify(execFile);

/** A private PostgreSQL server in a temporary folder, for one test process. */
export interface PostgresCluster {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly dataDir: string;
  /** `bin` folder of the installation: pg_dump, psql, … */
  readonly bin: string;
  /** An empty folder outside of the data folder that the server may write to; it goes with the cluster. */
  createFolder(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** The newest installation in Debian's place, or the one that PG_BIN names. */
export async function findPostgresBin(): Promise<string | undefined> {
  if (process.env.PG_BIN !== undefined) return process.env.PG_BIN;
  const root = '/usr/lib/postgresql';
  const versions = await readdir(root).catch(() => []);
  const newest = versions
    .map(Number)
    .filter((version) => version >= 15)
    .toSorted((a, b) => b - a)[0];
  return newest === undefined ? undefined : join(root, String(newest), 'bin');
}

/**
 * Starts a cluster that trusts local connections. As root it runs as the user postgres, which the server insists on.
 * @param settings more server settings.
 * @param files texts of files to put into the data folder first, such as a server certificate and its key.
 */
export async function startPostgresCluster(
  settings: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<PostgresCluster> {
  const bin = await findPostgresBin();
  if (bin === undefined)
    throw new Error('PostgreSQL 15 or later is not installed (apt-get install postgresql-15-postgis-3)');
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-pg-'));
  const identity: { uid?: number; gid?: number } = process.getuid?.() === 0 ? await userIdentity('postgres') : {};
  if (identity.uid !== undefined && identity.gid !== undefined) await chown(folder, identity.uid, identity.gid);
  const dataDir = join(folder, 'data');
  await run(
    join(bin, 'initdb'),
    ['-D', dataDir, '-A', 'trust', '-U', 'postgres', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    {
      ...identity,
      cwd: folder,
    },
  );
  for (const [name, text] of Object.entries(files)) {
    const path = join(dataDir, name);
    await writeFile(path, text, { mode: 0o600 });
    if (identity.uid !== undefined && identity.gid !== undefined) await chown(path, identity.uid, identity.gid);
  }
  const port = await freePort();
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    fsync: 'off',
    wal_level: 'logical',
    max_connections: '100',
    ...settings,
  };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(bin, 'postgres'), ['-D', dataDir, ...options], {
    ...identity,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => {
    server.once('exit', () => {
      resolve();
    });
  });
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => {
      log.push(chunk.toString());
      if (log.join('').includes('database system is ready to accept connections')) resolve();
      if (log.length > 200) log.splice(0, 100);
    });
    server.once('exit', (code) => {
      reject(new Error(`postgres ended with ${String(code)}:\n${log.join('')}`));
    });
  });
  const stopNow = (): void => {
    server.kill('SIGQUIT');
  };
  process.once('exit', stopNow);
  return {
    host: '127.0.0.1',
    port,
    dataDir,
    bin,
    createFolder: async (name) => {
      const path = join(folder, name);
      await mkdir(path);
      if (identity.uid !== undefined && identity.gid !== undefined) await chown(path, identity.uid, identity.gid);
      return path;
    },
    stop: async () => {
      process.off('exit', stopNow);
      // Immediate: nothing of it is kept.
      server.kill('SIGQUIT');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A connection of the given user, as the product takes it. */
export function connectionTo(
  cluster: Pick<PostgresCluster, 'host' | 'port'>,
  database: string,
  user: string,
): PostgresConnectionOptions {
  return {
    host: cluster.host,
    port: cluster.port,
    database,
    user,
    password: undefined,
    connectTimeoutMs: 10_000,
    applicationName: undefined,
    options: undefined,
    ssl: {
      mode: 'disable',
      verify: false,
      checkHostname: false,
      host: cluster.host,
      servername: undefined,
      ca: undefined,
      cert: undefined,
      key: undefined,
      crl: undefined,
      passphrase: undefined,
      minVersion: undefined,
    },
    attempts: ['plain'],
    warnings: [],
  };
}

/** A connected client of the plain driver, for tests that look at what the product did. */
export async function connect(
  cluster: Pick<PostgresCluster, 'host' | 'port'>,
  database: string,
  user: string,
): Promise<pg.Client> {
  const client = new pg.Client({ host: cluster.host, port: cluster.port, database, user });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A database with PostGIS, owned by the administrator, in which the role `application` owns the schema of its name and nothing else. */
export async function createApplicationDatabase(cluster: PostgresCluster, name: string): Promise<void> {
  const admin = await connect(cluster, 'postgres', 'postgres');
  try {
    await admin.query(`DO $$ BEGIN CREATE ROLE application LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    await admin.query(`CREATE DATABASE ${name}`);
  } finally {
    await admin.end();
  }
  const owner = await connect(cluster, name, 'postgres');
  try {
    await owner.query(
      'CREATE EXTENSION postgis; REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE SCHEMA application AUTHORIZATION application',
    );
  } finally {
    await owner.end();
  }
}

async function userIdentity(name: string): Promise<{ uid: number; gid: number }> {
  const number = async (flag: string): Promise<number> => Number((await run('id', [flag, name])).stdout);
  const [uid, gid] = [await number('-u'), await number('-g')];
  return { uid, gid };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
