import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { register } from 'tsx/esm/api';

/**
 * Builds `dist/`: everything that Snowmelt runs, in a folder that needs no node_modules. Each program is an ES module of
 * its own; what they share, and what is loaded only when it is needed (the Snowflake driver above all), is in chunks beside them.
 * The extension is a single CommonJS file, which is what VS Code's extension host loads fastest. Its panels' scripts are in
 * `webview/`.
 *
 * `node esbuild.mjs [--sizes]`
 */
const root = import.meta.dirname;
const dist = join(root, 'dist');
const startedAt = new Date();

/** Programs by the name of their file in `dist/`, which other parts of the code look for. */
const programs = {
  snowmelt: 'src/worker/main.ts',
  postgis: 'src/local/postgis/main.ts',
  'postgis-backend': 'src/local/postgis/backend-thread.ts',
  snowflake: 'src/local/snowflake/main.ts',
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

// Beside the old one first: a program that runs from it, or a build at the same time, finds a whole folder at any moment.
const cache = join(root, 'node_modules', '.cache', 'snowmelt');
await mkdir(cache, { recursive: true });
const folder = await mkdtemp(join(cache, 'dist-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  outdir: folder,
  bundle: true,
  platform: 'node',
  minify: true,
  // Names of classes are in messages and stacks.
  keepNames: true,
  legalComments: 'linked',
  // Its CommonJS form requires its own parts in a way that bundlers cannot follow.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  logLevel: 'warning',
};

/**
 * Gives all files of the extension one and the same `vscode`. An `import *` from a CommonJS module is a copy of it, property by
 * property: a copy for each of a hundred files took longer than the whole rest of the extension's activation.
 *
 * @type {import('esbuild').Plugin}
 */
const oneVscode = {
  name: 'one-vscode',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
      namespace === 'vscode' ? { path: 'vscode', external: true } : { path: 'vscode', namespace: 'vscode' },
    );
    onLoad({ filter: /.*/, namespace: 'vscode' }, async () => {
      const types = await readFile(join(root, 'node_modules/@types/vscode/index.d.ts'), 'utf8');
      const names = types.matchAll(/^\texport (?:abstract )?(?:class|const|enum|function|namespace) (\w+)/gm);
      const exports = [...new Set([...names].map(([, name]) => name))].map(
        (name) => `export const ${name} = /* @__PURE__ */ of('${name}');`,
      );
      return { contents: [`const api = require('vscode');`, `const of = (name) => api[name];`, ...exports].join('\n') };
    });
  },
};

const unregister = register();
const { assetFolder } = await import('./src/local/postgis/assets.ts');
const { cachedPgliteAssets } = await import('./src/local/postgis/prepare-assets.ts');

const [assets] = await Promise.all([
  // Far the longest where they are not made yet; the bundler is a process of its own.
  cachedPgliteAssets(),
  build({
    ...common,
    entryPoints: programs,
    outExtension: { '.js': '.mjs' },
    // Beside the programs, so that `import.meta.url` means the same folder in all of them.
    chunkNames: 'chunk-[hash]',
    splitting: true,
    format: 'esm',
    target: 'node20.19',
    external: absent,
    banner: { js: banner },
  }),
  build({
    ...common,
    entryPoints: { extension: 'src/extension/extension.ts' },
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    // The oldest VS Code of package.json runs extensions on Node 20.18.
    target: 'node20.18',
    plugins: [oneVscode],
  }),
  build({
    ...common,
    entryPoints: { run: 'src/extension/webview/run.ts', report: 'src/extension/webview/report.ts' },
    outdir: join(folder, 'webview'),
    platform: 'browser',
    format: 'iife',
    // Of the oldest VS Code of package.json.
    target: 'chrome128',
  }),
]).catch((error) => {
  // What is wrong with a bundle has been printed.
  if (error.errors === undefined) console.error(error);
  process.exit(1);
});
await unregister();
await chmod(join(folder, 'snowmelt.mjs'), 0o755);

for (const name of ['examples/flux-ops-center/snowmelt.json']) await cp(join(root, name), join(folder, name));

await cp(assets, join(folder, assetFolder), { recursive: true });

// What changes while this runs is newer than what came of it.
await utimes(join(folder, 'snowmelt.mjs'), startedAt, startedAt);
await chmod(folder, 0o755);
await publish(folder);

if (process.argv.includes('--sizes')) {
  for (const name of readdirSync(dist, { recursive: true })) {
    const { size } = await stat(join(dist, name));
    console.log(`${(size / 1e6).toFixed(2).padStart(8)} MB  dist/${name}`);
  }
}

/** Puts a folder in the place of `dist/`; the last of several builds that do so at once stays. */
async function publish(built) {
  for (let attempt = 1; ; attempt += 1) {
    const old = `${built}.old`;
    await rename(dist, old).catch(() => undefined);
    await rm(old, { recursive: true, force: true });
    try {
      await rename(built, dist);
      return;
    } catch (error) {
      if (attempt === 5 || !['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) throw error;
    }
  }
}
