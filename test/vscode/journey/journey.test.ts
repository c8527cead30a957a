import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { openChromium } from '../host/chromium.ts';
import { installExtension, startCodeServer, type CodeServer } from '../host/code-server.ts';
import { Machine } from './machine.ts';
import { Window } from './window.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');
const pictures = join(root, 'test/vscode/artifacts/journey');

/** Rows of the sample data. */
const rows = { topology_connections_cache: '153,592', transformers: '91,554', vegetation_risk: '49,265' };

/**
 * What a person does who has a machine with nothing on it but VS Code: installs the package, opens an empty folder, and clicks.
 * The server, its home and the package are in a temporary folder, with none of the project's node_modules in reach.
 */
describe('the journey from an empty folder to a filled PostGIS', function () {
  this.timeout(180_000);
  // Each step begins where the one before it has ended.
  this.bail(true);

  let machine: Machine;
  let server: CodeServer;
  let browser: Browser;
  let window: Window;

  before(async () => {
    machine = await Machine.create();
    await rm(pictures, { recursive: true, force: true });
    await mkdir(pictures, { recursive: true });
    await run(process.execPath, [join(root, 'scripts/package.mjs'), '--out', machine.vsix]);
    await installExtension(machine.home, machine.vsix, machine.env);
    server = await startCodeServer({ home: machine.home, settings: {}, asksForTrust: false, env: machine.env });
    browser = await openChromium();
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    window = new Window(await context.newPage(), pictures);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.page.screenshot({ path: join(pictures, 'failed.png') });
  });

  after(async () => {
    await browser.close();
    await server.stop();
    await machine.remove();
  });

  it('says how to begin where there is no configuration', async () => {
    await window.open(`${server.url}/?folder=${machine.folder}`);
    await window.showSnowmelt();
    await window.pane('Cache Tables').getByRole('button', { name: 'Try with Sample Data' }).waitFor();
    await window.widenSidebar(120);
    await window.shoot('welcome');
  });

  it('starts a PostGIS and a stand-in with sample data by one click, and writes a configuration for them', async () => {
    await window.pane('Cache Tables').getByRole('button', { name: 'Try with Sample Data' }).click();
    for (const table of Object.keys(rows))
      await window.row('Cache Tables', `${table}: not synced yet`).waitFor({ timeout: 120_000 });
    assert.deepEqual(await readdir(machine.folder), ['snowmelt.json']);
  });

  it('syncs every table, and shows its rows', async () => {
    await window.clickTitle('Cache Tables', 'Sync All');
    for (const [table, count] of Object.entries(rows)) {
      const row = window.row('Cache Tables', `${table}: fresh, about ${count} rows`);
      await row.waitFor({ timeout: 120_000 });
    }
    await window.row('Cache Tables', /^transformers/).click();
    await window.row('Cache Tables', /^Columns/).waitFor();
    await window.shoot('tables');
    await window.row('Cache Tables', /^transformers/).click();
  });

  it('lists the runs, and opens the report of one', async () => {
    await window.row('Runs', /^Run of transformers, success/).click();
    await window.webview().getByText('91,554').first().waitFor();
    await window.shoot('run');
  });

  it('sees that a source has changed, and syncs what has', async () => {
    await machine.changeSource(`DELETE FROM FLUX_DB.PRODUCTION.TRANSFORMERS WHERE TRANSFORMER_ID LIKE '%99'`);
    await window.clickTitle('Cache Tables', 'Refresh');
    await window.row('Cache Tables', /^transformers: stale/).waitFor();
    await window.shoot('stale');
    await window.clickTitle('Cache Tables', 'Sync Changed');
    await window.row('Cache Tables', /^transformers: fresh/).waitFor();
  });

  it('rolls a table back', async () => {
    await window.chooseFor(window.row('Cache Tables', /^transformers/), 'Roll Back…');
    await window.page
      .locator('.quick-input-list')
      .getByRole('option', { name: /91,554 rows/ })
      .click();
    await window.press('Roll Back');
    await window.row('Cache Tables', /^transformers: .*91,554 rows/).waitFor();
  });

  it('has a walkthrough from there to the first map', async () => {
    await window.run('Snowmelt: Open Walkthrough');
    await window.page.getByText('Get Started with Snowmelt').first().waitFor();
    await window.shoot('walkthrough');
  });
});
