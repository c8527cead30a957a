#!/usr/bin/env node
/** Takes the README's pictures anew, by the journey that clicks through the packaged extension: `npm run screenshots`. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensurePackages } from './ensure-packages.mjs';

const root = resolve(import.meta.dirname, '..');
ensurePackages(root);
const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
const { status } = spawnSync(process.execPath, [mocha, join(root, 'test/vscode/journey/journey.test.ts')], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);

const [taken, kept] = ['test/vscode/artifacts/journey', 'media/screenshots'].map((path) => join(root, path));
rmSync(kept, { recursive: true, force: true });
mkdirSync(kept, { recursive: true });
for (const name of readdirSync(taken)) copyFileSync(join(taken, name), join(kept, name));
