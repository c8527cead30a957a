import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Extension, PGliteOptions } from '@electric-sql/pglite';
import { PGlite } from '@electric-sql/pglite';
import type { PgliteAssets } from './assets.ts';
import type { BackendFacts, StartStep } from './backend-thread-protocol.ts';
import { createPgData, extractTemplate, hasDatabase, readTemplate } from './pg-data.ts';

/** TypeScript declares WebAssembly only together with the browser's globals. */
const wasm = (globalThis as unknown as { WebAssembly: { compile(bytes: Uint8Array): Promise<object> } }).WebAssembly;

export interface OpenPgliteOptions {
  readonly assets: PgliteAssets;
  /** The PGDATA folder, made where it is missing; undefined keeps the database in memory. */
  readonly pgData: string | undefined;
  readonly onStep?: (step: StartStep) => void;
}

/**
 * Added to PGlite's own parameters. `wal_level=minimal`, `full_page_writes=off` and larger buffers were measured too, and
 * change nothing: COPY, CREATE INDEX and scans are bound by the processor (153,592 points in 0.55 s, their GiST index
 * in 0.3 s, whatever the setting).
 */
const settings = [
  'timezone=UTC',
  'log_timezone=UTC',
  'search_path="$user", public',
  /** All of it is resident memory, and the pages are in the operating system's cache anyway. The default is 128MB. */
  'shared_buffers=32MB',
  /** Old segments go instead of being kept for later: the folder stays small. */
  'wal_recycle=off',
  'min_wal_size=2MB',
];

/**
 * Opens PGlite with PostGIS created and pgvector available; makes the database where there is none. fsync is off, as
 * PGlite has it: a killed process loses nothing, a machine that loses power may need the cache synced anew. Knows
 * nothing of locks: two processes on one `pgData` destroy it.
 */
export async function openPglite(
  options: OpenPgliteOptions,
): Promise<{ pglite: PGlite; facts: Omit<BackendFacts, 'parameters'> }> {
  const { assets, pgData, onStep } = options;
  onStep?.('loading');
  const open = await pgliteOpener(assets);
  if (pgData !== undefined && !(await hasDatabase(pgData))) {
    await createPgData(pgData, async (directory) => {
      if (assets.template === undefined) await (await create(open, options, directory)).close();
      else await extractTemplate(assets.template, directory);
    });
  }
  let pglite: PGlite;
  if (pgData !== undefined) pglite = await open({ dataDir: pgData });
  else if (assets.template === undefined) pglite = await create(open, options, undefined);
  else pglite = await open({ loadDataDir: new Blob([await readTemplate(assets.template)]) });

  refusePrograms(pglite);
  forgetBundles(pglite);
  try {
    const { rows } = await pglite.query<{ version: string; postgis: string | null }>(
      `SELECT current_setting('server_version') AS version, installed_version AS postgis
         FROM pg_available_extensions WHERE name = 'postgis'`,
    );
    const row = rows[0];
    if (row === undefined) throw new Error('PostGIS is not among the available extensions');
    /** A user may have dropped it; then it is theirs to create again. */
    return { pglite, facts: { version: row.version, postgisVersion: row.postgis ?? '' } };
  } catch (error) {
    await pglite.close();
    throw error;
  }
}

/** Makes a database with PostGIS in an empty folder, and leaves it open. Needs no template. */
export async function createDatabase(assets: PgliteAssets, pgData: string): Promise<PGlite> {
  return create(await pgliteOpener(assets), { assets }, pgData);
}

type OpenDatabase = (database: Partial<PGliteOptions>) => Promise<PGlite>;

async function pgliteOpener(assets: PgliteAssets): Promise<OpenDatabase> {
  const pgliteWasmModule = await wasm.compile(await readFile(assets.postgresWasm));
  return async (database) =>
    PGlite.create({
      pgliteWasmModule,
      fsBundle: await openAsBlob(assets.fileSystem),
      startParams: [...PGlite.defaultStartParams, ...settings.flatMap((setting) => ['-c', setting])],
      extensions: { postgis: postgisExtension(assets.postgis), vector: bundledExtension('vector', assets.vector) },
      ...database,
    });
}

async function create(
  open: OpenDatabase,
  { assets, onStep }: Pick<OpenPgliteOptions, 'assets' | 'onStep'>,
  dataDir: string | undefined,
): Promise<PGlite> {
  onStep?.('creating-database');
  const pglite = await open({
    ...(dataDir === undefined ? {} : { dataDir }),
    initdbWasmModule: await wasm.compile(await readFile(assets.initdbWasm)),
    initDbStartParams: ['--wal-segsize=1'],
  });
  onStep?.('creating-postgis');
  await pglite.exec('CREATE EXTENSION postgis');
  return pglite;
}

/**
 * Makes `COPY … FROM PROGRAM` an error ("could not execute command"): PGlite throws where it finds no program, through
 * PostgreSQL's frames, which is the end of the backend.
 */
function refusePrograms(pglite: PGlite): void {
  const original = pglite.handleExternalCmd.bind(pglite);
  const noStream = 0;
  pglite.handleExternalCmd = (command, mode) => {
    try {
      return original(command, mode);
    } catch {
      return noStream;
    }
  };
}

/** The unpacked bundles (40 MB) are in PGlite's file system by now; it keeps them once more. */
function forgetBundles(pglite: PGlite): void {
  (pglite.Module as unknown as { pg_extensions: object }).pg_extensions = {};
}

interface ModuleOptions {
  readonly PGLITE_ENV: Record<string, unknown>;
}

function bundledExtension(name: string, path: string): Extension {
  return {
    name,
    setup: (_pglite, emscriptenOpts: ModuleOptions) =>
      Promise.resolve({ emscriptenOpts, bundlePath: pathToFileURL(path) }),
  };
}

/** As the package's own definition: PostGIS finds PROJ's data through the environment. */
function postgisExtension(path: string): Extension {
  return {
    name: 'postgis',
    setup: (_pglite, emscriptenOpts: ModuleOptions) => {
      Object.assign(emscriptenOpts.PGLITE_ENV, {
        PROJ_DATA: '/pglite/share/proj',
        POSTGIS_GDAL_ENABLED_DRIVERS: 'ENABLE_ALL',
        POSTGIS_ENABLE_OUTDB_RASTERS: 1,
      });
      return Promise.resolve({ emscriptenOpts, bundlePath: pathToFileURL(path) });
    },
  };
}
