/**
 * How long the extension takes to activate, and until its tree is filled, in a real extension host with a running local
 * PostGIS: medians of ten windows, each of a VS Code Server of its own. `npm run bench extension-activation`
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundleForHost } from '../test/vscode/host/bundle-suite.ts';
import { openChromium } from '../test/vscode/host/chromium.ts';
import { runInBrowser } from '../test/vscode/host/in-browser.ts';
import { launches, makeWorkspace } from '../test/vscode/host/launches.ts';
import type { ActivationFigures } from '../test/vscode/support/activation-probe.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');
const windows = 10;
/** ms. */
const wanted: ActivationFigures = { activation: 50, firstTree: 1_500 };

const local = await mkdtemp(join(tmpdir(), 'snowmelt-bench-'));
const dataDir = join(local, 'data');
const snowmelt = async (...args: string[]): Promise<void> => {
  await run(process.execPath, [join(root, 'dist/snowmelt.mjs'), ...args], { env: { ...process.env, HOME: local } });
};
const launch = launches.find(({ name }) => name === 'folder');
if (launch === undefined) throw new Error('no launch with one folder');
const browser = await openChromium();
try {
  const config = join(local, 'snowmelt.json');
  // How many rows there are does not matter to the tree, which has their number from the planner's statistics.
  await snowmelt('local', 'start', '--with-snowflake', '--scale', '0.1', '--data-dir', dataDir);
  await snowmelt('init', '--sample', '--data-dir', dataDir, '--config', config);
  await snowmelt('sync', '--config', config);
  const text = await readFile(config, 'utf8');
  const suite = await bundleForHost(
    'activation',
    `import { probeActivation } from './test/vscode/support/activation-probe.ts';
     export const run = () => probeActivation(${JSON.stringify(text)});`,
  );
  const figures: ActivationFigures[] = [];
  for (let window = 0; window < windows; window += 1) figures.push(await measure(suite));
  console.log(`| median of ${windows} windows | ms | at most |\n| --- | --- | --- |`);
  for (const name of ['activation', 'firstTree'] as const) {
    const value = median(figures.map((figure) => figure[name]));
    console.log(`| ${name} | ${value} | ${wanted[name]} |`);
    if (value > wanted[name]) process.exitCode = 1;
  }
} finally {
  await browser.close();
  await snowmelt('local', 'stop', '--data-dir', dataDir).catch(() => undefined);
  await rm(local, { recursive: true, force: true, maxRetries: 5 });
}

async function measure(suite: string): Promise<ActivationFigures> {
  const home = await mkdtemp(join(tmpdir(), 'snowmelt-host-'));
  try {
    const workspace = await makeWorkspace(launch!, home);
    const [file, outcomes] = [join(home, 'surroundings.json'), join(home, 'figures.json')];
    await writeFile(file, JSON.stringify({ launch: 'folder', folders: workspace.folders, outcomes }));
    const code = await runInBrowser(browser, {
      launch: launch!,
      workspace,
      home,
      suite,
      extension: root,
      settings: { 'snowmelt.dataDir': dataDir },
      env: { SNOWMELT_SURROUNDINGS: file },
      artifacts: join(root, 'test/vscode/artifacts/activation'),
      limitMs: 120_000,
    });
    if (code !== 0) throw new Error(`the window ended with ${code}`);
    return JSON.parse(await readFile(outcomes, 'utf8')) as ActivationFigures;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2);
}
