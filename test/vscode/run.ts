/**
 * Runs the in-host suites: mocha in a real extension host, with the built extension, a private PostGIS and a Snowflake
 * stand-in. `npm run test:vscode -- [--grep REGEX] [--desktop] [FILE…]`
 *
 * By default in VS Code Server with Chromium; `--desktop` takes VS Code itself (see host/in-desktop.ts). Ends with 0 where
 * everything passed. Writes its totals into the file that TOTALS_FILE names.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { bundleSuite, suiteFiles } from './host/bundle-suite.ts';
import { openChromium } from './host/chromium.ts';
import type { HostRun } from './host/host-run.ts';
import { runInBrowser } from './host/in-browser.ts';
import { runInDesktop } from './host/in-desktop.ts';
import { launches, makeWorkspace, type Launch } from './host/launches.ts';
import { OutcomeReport, type Totals } from './host/outcome-report.ts';
import { startServices, type Services } from './host/services.ts';
import type { Surroundings } from './support/surroundings.ts';

const root = resolve(import.meta.dirname, '..', '..');
const artifacts = join(root, 'test/vscode/artifacts');
/** The longest that a suite may take, ms. */
const limitMs = 240_000;

const { values, positionals } = parseArgs({
  options: { grep: { type: 'string' }, desktop: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const totals = { passed: 0, failed: 0, skipped: 0 };
const chosen = positionals.map((file) => resolve(file));
const startedAt = performance.now();
const services = await startServices();
let browser: Browser | undefined;
try {
  if (!values.desktop) browser = await openChromium();
  for (const launch of launches) {
    const files = await suiteFiles(launch.name, chosen);
    if (files.length === 0) continue;
    console.log(`\n  ${launch.name} (${files.length} files)`);
    const { passed, failed, skipped } = await runLaunch(launch, files, services, browser);
    totals.passed += passed;
    totals.failed += failed;
    totals.skipped += skipped;
  }
} finally {
  await browser?.close();
  await services.stop();
}
const host = values.desktop ? 'VS Code' : 'VS Code Server';
const seconds = Math.round((performance.now() - startedAt) / 1_000);
console.log(
  `\n  ${totals.passed + totals.failed} in-host tests in ${host}: ${totals.passed} passed, ${totals.failed} failed (${seconds} s)`,
);
if (process.env.TOTALS_FILE !== undefined) await writeFile(process.env.TOTALS_FILE, JSON.stringify(totals));
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

async function runLaunch(
  launch: Launch,
  files: readonly string[],
  { surroundings }: Services,
  browser: Browser | undefined,
): Promise<Totals> {
  const home = await mkdtemp(join(tmpdir(), `snowmelt-host-`));
  try {
    const workspace = await makeWorkspace(launch, home);
    const prepared: Surroundings = {
      ...surroundings,
      launch: launch.name,
      folders: workspace.folders,
      dataDir: join(home, 'local'),
      snowflakeHome: join(home, 'snowflake'),
      outcomes: join(home, 'outcomes.jsonl'),
      grep: values.grep ?? null,
    };
    const file = join(home, 'surroundings.json');
    await writeFile(file, JSON.stringify(prepared));
    const run: HostRun = {
      launch,
      workspace,
      home,
      extension: root,
      suite: await bundleSuite(launch.name, files),
      settings: { 'snowmelt.dataDir': prepared.dataDir },
      env: { SNOWMELT_SURROUNDINGS: file, SNOWFLAKE_HOME: prepared.snowflakeHome },
      artifacts: join(artifacts, launch.name),
      limitMs,
    };
    const report = new OutcomeReport(prepared.outcomes);
    const code = await (browser === undefined ? runInDesktop(run) : runInBrowser(browser, run)).catch(
      (error: unknown) => {
        console.log(`  ${error instanceof Error ? error.message : String(error)}`);
        return 1;
      },
    );
    const result = report.finish(code);
    if (result.failed > 0) await keepLogs(home, run.artifacts);
    return result;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function keepLogs(home: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of ['data/logs', 'code-server.log'])
    await cp(join(home, name), join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  console.log(`\n  Logs of the host and a picture of the window: ${relative(process.cwd(), folder)}`);
}
