import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..', '..');
const suites = join(root, 'test/vscode/suite');

/** Test files of a launch, absolute. @param chosen only these; all where it is empty. */
export async function suiteFiles(launch: string, chosen: readonly string[]): Promise<readonly string[]> {
  const folder = join(suites, launch);
  if (!existsSync(folder)) return [];
  const files = (await readdir(folder)).filter((name) => name.endsWith('.test.ts')).map((name) => join(folder, name));
  return files.filter((file) => chosen.length === 0 || chosen.includes(file)).toSorted();
}

/**
 * Bundles test files with mocha into one file that the extension host loads.
 * @returns the file, absolute. Its `run` resolves when all tests have passed.
 */
export async function bundleSuite(launch: string, files: readonly string[]): Promise<string> {
  const name = (file: string): string => `./${relative(root, file).replaceAll('\\', '/')}`;
  const contents = [
    `import { runSuite } from './test/vscode/support/run-suite.ts';`,
    `export const run = () => runSuite([`,
    ...files.map((file) => `[${JSON.stringify(basename(file))}, () => require(${JSON.stringify(name(file))})],`),
    `]);`,
  ];
  return bundleForHost(launch, contents.join('\n'));
}

/**
 * Bundles code that the extension host loads.
 *
 * The bundle lies within the project, because VS Code gives each extension an API object of its own, by the folder that the
 * code is in: only so do tests have the same as the extension, and can answer what it asks.
 * @param contents of a module in the project's folder; its export `run` is what the host calls.
 * @returns the file, absolute.
 */
export async function bundleForHost(name: string, contents: string): Promise<string> {
  const outfile = join(root, 'test/vscode/out', name, 'index.cjs');
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.18',
    keepNames: true,
    sourcemap: 'inline',
    // mocha looks for the worker of its parallel mode, which is not used.
    external: ['vscode', 'pg-native', './worker.cjs', './reporters/parallel-buffered.cjs'],
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    logLevel: 'warning',
    logOverride: { 'require-resolve-not-external': 'silent', 'empty-import-meta': 'silent' },
  });
  return outfile;
}
