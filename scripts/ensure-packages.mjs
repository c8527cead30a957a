import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Installs the packages of package-lock.json where that has not been done, or was cut short. Its output goes to stderr, so
 * that stdout stays the caller's. Ends the process when it fails.
 */
export function ensurePackages(root) {
  // npm writes this file when everything else is in its place.
  if (existsSync(join(root, 'node_modules', '.package-lock.json'))) return;
  console.error('Installing packages …');
  // npm is a shell script on Windows, which only a shell finds.
  // `npm run -s` makes every npm below it silent, its errors included.
  const env = { ...process.env, npm_config_loglevel: 'warn' };
  run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, env, shell: process.platform === 'win32' });
}

/** Builds `dist/` where it is missing or older than what it is made of. Ends the process when the build fails. */
export function ensureBuild(root) {
  const built = modifiedAt(join(root, 'dist', 'snowmelt.mjs'));
  const sources = ['src', 'examples', 'esbuild.mjs', 'package.json', 'package-lock.json'];
  if (built > Math.max(...sources.map((source) => newestIn(join(root, source))))) return;
  console.error('Building …');
  run(process.execPath, [join(root, 'esbuild.mjs')], { cwd: root });
}

function run(program, args, options) {
  const { status, signal, error } = spawnSync(program, args, { ...options, stdio: ['inherit', 2, 2] });
  if (status === 0) return;
  console.error(`${program} ${args.join(' ')} failed: ${error?.message ?? signal ?? `exit code ${status}`}`);
  process.exit(1);
}

/** Milliseconds since the epoch of the newest file in a folder, or of the file itself. */
function newestIn(path) {
  if (!statSync(path).isDirectory()) return modifiedAt(path);
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

function modifiedAt(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}
