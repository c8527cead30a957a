#!/usr/bin/env node
/**
 * Runs every suite that this machine can run, says plainly what it could not run and why, and ends with one line of totals.
 * With CI=true nothing may be left out. `--soak` runs the long random and fault suites at their full numbers.
 * `npm test -- test/unit/x.test.ts` runs single files.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
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
    module: 'support/small-disk',
    name: 'the right to mount a file system',
    remedy: 'run as root on Linux',
    present: () => process.getuid?.() === 0,
  },
];

const suites = ['test/unit', 'test/integration', 'test/fault'];
const totals = { passed: 0, failed: 0, skipped: 0 };
const leftOut = [];
const reports = mkdtempSync(join(tmpdir(), 'snowmelt-test-'));

for (const suite of chosen.length > 0 ? ['chosen files'] : suites) {
  const files = (chosen.length > 0 ? chosen : testFiles(join(root, suite))).filter(
    (file) => (!soak || isLong(file)) && runnable(file),
  );
  if (files.length === 0) continue;
  console.log(`\n=== ${suite} (${files.length} files)`);
  const report = join(reports, `${totals.passed}-${files.length}.json`);
  const run = spawnSync(
    process.execPath,
    [join(root, 'node_modules/mocha/bin/mocha.js'), '--reporter', join(root, 'scripts/totals-reporter.cjs'), ...files],
    { cwd: root, stdio: 'inherit', env: { ...process.env, TOTALS_FILE: report, ...(soak && { SNOWMELT_SOAK: '1' }) } },
  );
  if (!existsSync(report)) {
    console.log(`${suite}: the runner ended without a result (${run.signal ?? `exit code ${run.status}`})`);
    totals.failed += 1;
    continue;
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
rmSync(reports, { recursive: true, force: true });

for (const { file, name, remedy } of leftOut) {
  console.log(`${strict ? 'FAILED' : 'left out'}: ${relative(root, file)} needs ${name} (${remedy})`);
}
if (strict) totals.failed += leftOut.length;
else totals.skipped += leftOut.length;
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

function testFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(folder, name));
}

/** Has numbers of its own for a soak. */
function isLong(file) {
  return sourceOf(file).includes('rounds({');
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
