import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as PrepareAssets from './prepare-assets.ts';

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
  /** A data directory with PostGIS already created in it, as a tar compressed by brotli. Without it initdb makes one. */
  readonly template: string | undefined;
}

/** The folder beside a bundle that holds PGlite's files, and the name that each has there. */
export const assetFolder = 'pglite';
export const assetNames = {
  postgresWasm: 'pglite.wasm',
  initdbWasm: 'initdb.wasm',
  fileSystem: 'pglite.data',
  postgis: 'postgis.tar.gz',
  vector: 'vector.tar.gz',
  template: 'template.tar.br',
} as const satisfies Record<keyof PgliteAssets, string>;

/**
 * Where the files are for the code that runs now: in `pglite/` beside the bundle. A checkout has them made once, under
 * `node_modules/.cache`, which takes some 15 s.
 */
export async function findPgliteAssets(): Promise<PgliteAssets> {
  const beside = join(dirname(fileURLToPath(import.meta.url)), assetFolder);
  if (existsSync(join(beside, assetNames.postgresWasm))) return assetsIn(beside);
  /** Not a literal, so that a bundler leaves it, and with it all of PGlite, out of the bundle. */
  const module = new URL('./prepare-assets.ts', import.meta.url).href;
  const { cachedPgliteAssets } = (await import(module)) as typeof PrepareAssets;
  return assetsIn(await cachedPgliteAssets());
}

/** The files in one folder, under the names that {@link assetNames} gives them. */
export function assetsIn(folder: string): PgliteAssets {
  const template = join(folder, assetNames.template);
  return {
    postgresWasm: join(folder, assetNames.postgresWasm),
    initdbWasm: join(folder, assetNames.initdbWasm),
    fileSystem: join(folder, assetNames.fileSystem),
    postgis: join(folder, assetNames.postgis),
    vector: join(folder, assetNames.vector),
    template: existsSync(template) ? template : undefined,
  };
}

/** `import.meta.resolve` is missing where a test runner loads this as CommonJS; this finds a package's CommonJS half. */
const require = createRequire(import.meta.url);

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
  const loader = JSON.stringify(pathToFileURL(require.resolve('tsx/esm/api').replace(/\.cjs$/, '.mjs')).href);
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
  return { module: join(folder, 'main.ts'), execArgv: ['--import', pathToFileURL(require.resolve('tsx')).href] };
}
