import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The files that PGlite reads while it starts, as absolute paths. Every one is passed to PGlite explicitly: its own
 * look-up is relative to `import.meta.url`, which a bundler changes.
 */
export interface PgliteAssets {
  readonly postgresWasm: string;
  readonly initdbWasm: string;
  readonly fileSystem: string;
  readonly postgis: string;
  readonly vector: string;
  /** A data folder with PostGIS already created in it (gzipped tar); a checkout that was never built has none. */
  readonly template: string | undefined;
}

/** The folder beside a bundle that holds PGlite's files, and the name that each has there. */
export const assetFolder = 'pglite';
const assetNames = {
  postgresWasm: 'pglite.wasm',
  initdbWasm: 'initdb.wasm',
  fileSystem: 'pglite.data',
  postgis: 'postgis.tar.gz',
  vector: 'vector.tar.gz',
  template: 'template.tar.gz',
} as const satisfies Record<keyof PgliteAssets, string>;

/** Where the files are for the code that runs now: in `pglite/` beside the bundle, else in the packages. */
export function locatePgliteAssets(): PgliteAssets {
  const beside = join(dirname(fileURLToPath(import.meta.url)), assetFolder);
  if (existsSync(join(beside, assetNames.postgresWasm))) {
    const template = join(beside, assetNames.template);
    return { ...inFolders(beside, beside, beside), template: existsSync(template) ? template : undefined };
  }
  return packagedPgliteAssets();
}

/** Where the installed packages have the files: what a build copies into {@link assetFolder}, under the same names. */
export function packagedPgliteAssets(): PgliteAssets {
  const folderOf = (name: string) => dirname(fileURLToPath(import.meta.resolve(name)));
  return inFolders(
    folderOf('@electric-sql/pglite'),
    folderOf('@electric-sql/pglite-postgis'),
    folderOf('@electric-sql/pglite-pgvector'),
  );
}

function inFolders(pglite: string, postgis: string, vector: string): PgliteAssets {
  return {
    postgresWasm: join(pglite, assetNames.postgresWasm),
    initdbWasm: join(pglite, assetNames.initdbWasm),
    fileSystem: join(pglite, assetNames.fileSystem),
    postgis: join(postgis, assetNames.postgis),
    vector: join(vector, assetNames.vector),
    template: undefined,
  };
}

/** A thread's first code: a module, or source text that `eval` says to run as it is. */
export interface ThreadEntry {
  readonly code: URL | string;
  readonly eval: boolean;
}

/**
 * The code that runs PGlite in a thread of its own: `postgis-backend.mjs` beside the bundle, in a checkout the
 * TypeScript source, for which the thread first registers the `tsx` loader (threads do not inherit it).
 */
export function locateBackendThread(): ThreadEntry {
  const bundled = new URL('./postgis-backend.mjs', import.meta.url);
  if (existsSync(bundled)) return { code: bundled, eval: false };
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const source = JSON.stringify(new URL('./backend-thread.ts', import.meta.url).href);
  return { code: `import(${loader}).then(({ register }) => { register(); return import(${source}); })`, eval: true };
}

/** A program for Node to run in a process of its own. */
export interface ProcessEntry {
  readonly module: string;
  /** Node's own arguments, before the module. */
  readonly execArgv: readonly string[];
}

/** The server's process: `postgis.mjs` beside the bundle, in a checkout the TypeScript source under `tsx`. */
export function locateServerEntry(): ProcessEntry {
  const folder = dirname(fileURLToPath(import.meta.url));
  const bundled = join(folder, 'postgis.mjs');
  if (existsSync(bundled)) return { module: bundled, execArgv: [] };
  return { module: join(folder, 'main.ts'), execArgv: ['--import', import.meta.resolve('tsx')] };
}
