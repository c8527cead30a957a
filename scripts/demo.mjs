#!/usr/bin/env node
/**
 * `npm run demo`: `snowmelt demo` on a fresh clone. Installs the packages and builds where that has not been done; both say so
 * on stderr, so that `npm run -s demo -- --json` prints nothing but the document.
 */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { ensureBuild, ensurePackages } from './ensure-packages.mjs';

const root = resolve(import.meta.dirname, '..');
ensurePackages(root);
ensureBuild(root);

const demo = spawn(process.execPath, [join(root, 'dist', 'snowmelt.mjs'), 'demo', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// The terminal sends Ctrl-C to both; the demo cleans up, and this process ends after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT') demo.kill(signal);
  });
}
demo.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
demo.on('exit', (code, signal) => {
  process.exit(code ?? (signal === null ? 1 : 130));
});
