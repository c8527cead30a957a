#!/usr/bin/env node
/**
 * Runs every suite that this machine can run, says plainly what it could not run and why, and ends with one line of totals.
 * With CI=true nothing may be left out. `--soak` runs the long random and fault suites at their full numbers.
 * `npm test -- test/unit/x.test.ts` runs single files.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative, resolve } from 'node:path';
import { ensureBuild, ensurePackages } from './ensure-packages.mjs';

const root = resolve(import.meta.dirname, '..');
const soak = process.argv.includes('--soak');
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const strict = process.env.CI === 'true';

ensurePackages(root);
ensureBuild(root);

/** What some test files need besides Node, and the module by whose import they are known. */
const needs = [
  {
    module: 'support/postgres-cluster',
    name: 'PostgreSQL 15 or later with PostGIS',
    remedy: 'apt-get install postgresql-15-postgis-3, or set PG_BIN',
    present: postgresPresent,
  },
  {
    module: 'support/webview-page',
    name: 'Chromium',
    remedy: 'apt-get install chromium, or set CHROMIUM_PATH',
    present: () => existsSync(process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'),
  },
  {
    module: 'support/small-disk',
    name: 'the right to mount a file system',
    remedy: 'run as root on Linux',
    present: () => process.getuid?.() === 0,
  },
  {
    module: 'host/chromium',
    name: 'Chromium',
    remedy: 'apt-get install chromium, or set CHROMIUM',
    present: chromiumPresent,
  },
];

const suites = ['test/unit', 'test/integration', 'test/fault', 'test/vscode/journey'];
/** What VS Code's extension host runs; a runner of their own starts it. */
const inHost = { folder: 'test/vscode/suite', runner: 'test/vscode/run.ts' };
const totals = { passed: 0, failed: 0, skipped: 0 };
const leftOut = [];
const reports = mkdtempSync(join(tmpdir(), 'snowmelt-test-'));

const [chosenInHost, chosenElse] = [chosen.filter(isInHost), chosen.filter((file) => !isInHost(file))];
for (const suite of chosen.length > 0 ? ['chosen files'] : suites) {
  const files = (chosen.length > 0 ? chosenElse : testFiles(join(root, suite))).filter(
    (file) => (!soak || isLong(file)) && runnable(file),
  );
  if (files.length === 0) continue;
  const mocha = [
    join(root, 'node_modules/mocha/bin/mocha.js'),
    '--reporter',
    join(root, 'scripts/totals-reporter.cjs'),
  ];
  runSuite(suite, files.length, [...mocha, ...files]);
}
if (!soak && (chosen.length === 0 || chosenInHost.length > 0) && runnable(inHost.runner)) {
  const count = chosenInHost.length > 0 ? chosenInHost.length : testFiles(join(root, inHost.folder)).length;
  runSuite(inHost.folder, count, ['--import', 'tsx', join(root, inHost.runner), ...chosenInHost]);
}
rmSync(reports, { recursive: true, force: true });

for (const { file, name, remedy } of leftOut) {
  console.log(`${strict ? 'FAILED' : 'left out'}: ${relative(root, file)} needs ${name} (${remedy})`);
}
if (strict) totals.failed += leftOut.length;
else totals.skipped += leftOut.length;
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

/** Runs a suite in a process of its own, and adds what it writes into TOTALS_FILE. */
function runSuite(suite, count, args) {
  console.log(`\n=== ${suite} (${count} files)`);
  const report = join(reports, `${suite.replaceAll('/', '-')}.json`);
  const run = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TOTALS_FILE: report, ...(soak && { SNOWMELT_SOAK: '1' }) },
  });
  if (!existsSync(report)) {
    console.log(`${suite}: the runner ended without a result (${run.signal ?? `exit code ${run.status}`})`);
    totals.failed += 1;
    return;
  }
  const { passed, failed, skipped } = JSON.parse(readFileSync(report, 'utf8'));
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  if (run.status !== 0 && failed === 0) {
    console.log(`${suite}: the runner failed although no test did (${run.signal ?? `exit code ${run.status}`})`);
    totals.failed += 1;
  }
}

function isInHost(file) {
  return !relative(join(root, inHost.folder), resolve(file)).startsWith('..');
}

function testFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(folder, name));
}

/** Has numbers of its own for a soak. */
function isLong(file) {
  return /import \{[^}]*\b(?:rounds|soak)\b[^}]*\} from '[./]*support\/random\.ts'/.test(sourceOf(file));
}

function sourceOf(file) {
  return readFileSync(resolve(root, file), 'utf8');
}

function runnable(file) {
  const source = sourceOf(file);
  const missing = needs.find(({ module, present }) => source.includes(module) && !present());
  if (missing !== undefined) leftOut.push({ file: resolve(root, file), ...missing });
  return missing === undefined;
}

function chromiumPresent() {
  if (process.env.CHROMIUM !== undefined) return existsSync(process.env.CHROMIUM);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => names.some((name) => existsSync(join(folder, name))));
}

function postgresPresent() {
  const debian = '/usr/lib/postgresql';
  const bin =
    process.env.PG_BIN ??
    (existsSync(debian)
      ? readdirSync(debian)
          .filter((version) => Number(version) >= 15)
          .map((version) => join(debian, version, 'bin'))
          .at(-1)
      : undefined);
  if (bin === undefined || !existsSync(join(bin, 'initdb'))) return false;
  const share = spawnSync(join(bin, 'pg_config'), ['--sharedir'], { encoding: 'utf8' }).stdout.trim();
  return existsSync(join(share, 'extension', 'postgis.control'));
}
