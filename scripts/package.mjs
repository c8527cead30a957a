#!/usr/bin/env node
/**
 * Builds `snowmelt-VERSION.vsix`, one for all platforms, and looks into it: it must have what the extension needs, nothing
 * else, and be no larger than 30 MB. `npm run package [-- --out FILE]`
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePackages } from './ensure-packages.mjs';
import { zipEntries } from './zip-entries.mjs';

/** Bytes. */
const largest = 30_000_000;

/** What must be in it, as vsce names it there. */
const needed = [
  'extension.vsixmanifest',
  'extension/package.json',
  'extension/package.nls.json',
  'extension/readme.md',
  'extension/changelog.md',
  'extension/LICENSE.txt',
  // Diagnostics of snowmelt.json lead to it.
  'extension/docs/configuration.md',
  'extension/media/icon.png',
  'extension/media/activity-bar.svg',
  'extension/media/snowmelt.vscode.schema.json',
  'extension/dist/extension.cjs',
  'extension/dist/snowmelt.mjs',
  'extension/dist/postgis.mjs',
  'extension/dist/postgis-backend.mjs',
  'extension/dist/snowflake.mjs',
  'extension/dist/pglite/pglite.wasm',
  'extension/dist/pglite/pglite.data',
  'extension/dist/pglite/postgis.tar.gz',
  'extension/dist/pglite/template.tar.br',
  'extension/dist/examples/flux-ops-center/snowmelt.json',
];

/** What may be. */
const allowed = /^(\[Content_Types\]\.xml|extension\/(dist|media)\/.+|extension\/docs\/configuration\.md)$/;
const forbidden = /node_modules|\.map$|\.ts$/;

const root = resolve(import.meta.dirname, '..');
ensurePackages(root);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const file = resolve(values.out ?? join(root, `${manifest.name}-${manifest.version}.vsix`));

run(join(root, 'esbuild.mjs'));
run(
  join(root, 'node_modules/@vscode/vsce/vsce'),
  'package',
  '--no-dependencies',
  '--out',
  file,
  // Only who knows where the repository is can make the README's relative links absolute: the publish workflow sets it.
  ...(manifest.repository === undefined ? ['--allow-missing-repository', '--no-rewrite-relative-links'] : []),
);

const names = zipEntries(file).map(({ name }) => name);
const { size } = statSync(file);
const problems = [
  ...needed.filter((name) => !names.includes(name)).map((name) => `${name} is missing`),
  ...names
    .filter((name) => !needed.includes(name) && (!allowed.test(name) || forbidden.test(name)))
    .map((name) => `${name} has no business in it`),
  ...(size > largest ? [`it has ${megabytes(size)}, of at most ${megabytes(largest)}`] : []),
];
if (problems.length > 0) {
  rmSync(file);
  console.error(`No ${relative(process.cwd(), file)} was made:\n  ${problems.join('\n  ')}`);
  process.exit(1);
}
console.log(`${relative(process.cwd(), file)}: ${names.length} files, ${megabytes(size)}`);

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
