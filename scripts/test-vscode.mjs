#!/usr/bin/env node
/** Builds what has changed and runs the in-host suites: see test/vscode/README.md for its arguments. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { ensureBuild, ensurePackages } from './ensure-packages.mjs';

const root = resolve(import.meta.dirname, '..');
ensurePackages(root);
ensureBuild(root);
const args = ['--import', 'tsx', join(root, 'test/vscode/run.ts'), ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
