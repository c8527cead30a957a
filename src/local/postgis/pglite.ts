import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Extension } from '@electric-sql/pglite';
import { PGlite } from '@electric-sql/pglite';
import type { PgliteAssets } from './assets.ts';
import type { BackendFacts, StartStep } from './backend-thread-protocol.ts';

/** TypeScript declares WebAssembly only together with the browser's globals. */
const wasm = (globalThis as unknown as { WebAssembly: { compile(bytes: Uint8Array): Promise<object> } }).WebAssembly;

export interface OpenPgliteOptions {
  readonly assets: PgliteAssets;
  /** The PGDATA folder, made where it is missing; undefined keeps the database in memory. */
  readonly pgData: string | undefined;
  readonly onStep?: (step: StartStep) => void;
}

/**
 * Opens PGlite with PostGIS created and pgvector available. Knows nothing of locks: two processes on one `pgData`
 * destroy it.
 */
export async function openPglite(
  options: OpenPgliteOptions,
): Promise<{ pglite: PGlite; facts: Omit<BackendFacts, 'parameters'> }> {
  const { assets, onStep } = options;
  onStep?.('loading');
  const pglite = await PGlite.create({
    ...(options.pgData === undefined ? {} : { dataDir: options.pgData }),
    pgliteWasmModule: await wasm.compile(await readFile(assets.postgresWasm)),
    initdbWasmModule: await wasm.compile(await readFile(assets.initdbWasm)),
    fsBundle: await openAsBlob(assets.fileSystem),
    extensions: { postgis: postgisExtension(assets.postgis), vector: bundledExtension('vector', assets.vector) },
  });
  try {
    onStep?.('creating-postgis');
    await pglite.exec('CREATE EXTENSION IF NOT EXISTS postgis');
    const { rows } = await pglite.query<{ version: string; postgis: string }>(
      `SELECT current_setting('server_version') AS version, extversion AS postgis FROM pg_extension WHERE extname = 'postgis'`,
    );
    const row = rows[0];
    if (row === undefined) throw new Error('PostGIS is not in the database after CREATE EXTENSION');
    return { pglite, facts: { version: row.version, postgisVersion: row.postgis } };
  } catch (error) {
    await pglite.close();
    throw error;
  }
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
