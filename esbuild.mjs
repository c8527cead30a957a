import { chmod, cp, mkdir, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { register } from 'tsx/esm/api';

/**
 * Builds `dist/`: everything that Snowmelt runs, in a folder that needs no node_modules. Each program is an ES module of
 * its own; what they share, and what is loaded only when it is needed (the Snowflake driver above all), is in chunks beside them.
 *
 * `node esbuild.mjs [--sizes]`
 */
const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');

/** Programs by the name of their file in `dist/`, which other parts of the code look for. */
const programs = {
  snowmelt: 'src/worker/main.ts',
  postgis: 'src/local/postgis/main.ts',
  'postgis-backend': 'src/local/postgis/backend-thread.ts',
};

/** Packages that the driver and pg look for and do without: native add-ons, and what exists in other runtimes. */
const absent = ['pg-native', 'cloudflare:sockets'];

/** CommonJS packages in an ES module call `require`, and a few look at their own place. */
const banner = [
  `import { createRequire as $createRequire } from 'node:module';`,
  `import { fileURLToPath as $fileURLToPath } from 'node:url';`,
  `const require = $createRequire(import.meta.url);`,
  `const __filename = $fileURLToPath(import.meta.url);`,
  `const __dirname = $fileURLToPath(new URL('.', import.meta.url));`,
].join('');

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: programs,
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  // Beside the programs, so that `import.meta.url` means the same folder in all of them.
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  // Names of classes are in messages and stacks.
  keepNames: true,
  legalComments: 'linked',
  external: absent,
  // Its CommonJS form requires its own parts in a way that bundlers cannot follow.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  banner: { js: banner },
  metafile: true,
  logLevel: 'warning',
});
await chmod(join(dist, 'snowmelt.mjs'), 0o755);

const unregister = register();
const { assetFolder } = await import('./src/local/postgis/assets.ts');
const { cachedPgliteAssets } = await import('./src/local/postgis/prepare-assets.ts');
await cp(await cachedPgliteAssets(), join(dist, assetFolder), { recursive: true });
await unregister();

if (process.argv.includes('--sizes')) {
  for (const [file, { bytes }] of Object.entries(metafile.outputs)) report(file, bytes);
  for (const name of ['pglite.wasm', 'initdb.wasm', 'pglite.data', 'postgis.tar.gz', 'vector.tar.gz', 'template.tar.br']) {
    const path = join(dist, assetFolder, name);
    if (existsSync(path)) report(relative(root, path), (await stat(path)).size);
  }
}

function report(file, bytes) {
  console.log(`${(bytes / 1e6).toFixed(2).padStart(8)} MB  ${file}`);
}
