import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { LiveRun } from '../../src/extension/model/live-run.ts';
import { planReport } from '../../src/extension/panels/plan-report.ts';
import type { RunUpdate } from '../../src/extension/panels/messages.ts';
import { runLog } from '../../src/extension/panels/run-log.ts';
import { verifyReport } from '../../src/extension/panels/verify-report.ts';
import { viewOfLiveRun } from '../../src/extension/panels/view-of-live-run.ts';
import { noon } from '../support/extension-states.ts';
import { driftedPlan, failedTable, verified } from '../support/panel-documents.ts';
import { loadingRun, refusedRun, runStart, syncedRun, waitingRun } from '../support/panel-runs.ts';
import { openBrowser, WebviewPage } from '../support/webview-page.ts';
import { webviewThemes, type WebviewTheme } from '../support/webview-themes.ts';

/** Where pictures of every state are put, for people; none are taken without it. */
const pictures = process.env.PANEL_PICTURES;
const themes = Object.keys(webviewThemes) as WebviewTheme[];

const place = {
  kind: 'run',
  config: '/work/snowmelt.json',
  target: 'local',
  table: 'transformers',
  run: 'run-7',
} as const;

function update(run: LiveRun, whole = true): RunUpdate {
  const { statements, lines } = runLog(whole ? run.events : [], runStart);
  return { type: 'run', now: noon, whole, view: viewOfLiveRun(run), statements, log: lines, restore: place };
}

const planned = planReport(
  { status: 'failed', target: 'local', tables: [driftedPlan, failedTable] },
  'maps/snowmelt.json',
  noon,
);
const compared = verifyReport({ status: 'different', target: 'local', tables: [verified] }, 'maps/snowmelt.json', noon);

describe('the panels in a browser', () => {
  let browser: Browser;
  const open: WebviewPage[] = [];

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  afterEach(async () => {
    for (const { page } of open.splice(0)) await page.close();
  });

  async function show(
    ...[script, options]: [script: 'run' | 'report', options?: Parameters<typeof WebviewPage.open>[2]]
  ): Promise<WebviewPage> {
    const shown = await WebviewPage.open(browser, script, options);
    open.push(shown);
    return shown;
  }

  for (const [name, run] of Object.entries({ loadingRun, waitingRun, syncedRun, refusedRun })) {
    for (const theme of themes) {
      for (const width of theme === 'dark' ? [1280, 400] : [1280]) {
        it(`show a ${name} at ${width} px in ${theme} without anything that axe finds wrong`, async () => {
          const panel = await show('run', { theme, width });
          await panel.send(update(run));
          await panel.page.locator('h2', { hasText: 'SQL' }).click();
          await panel.page.locator('.statements summary').nth(1).click();
          await picture(panel, `${name}-${theme}-${width}`);
          assert.deepEqual(await panel.problems(), []);
          assert.equal(await panel.overflows(), false, 'nothing sticks out');
        });
      }
    }
  }

  for (const [name, view] of Object.entries({ plan: planned, comparison: compared })) {
    for (const theme of themes) {
      for (const width of theme === 'dark' ? [1280, 400] : [1280]) {
        it(`show the report of a ${name} at ${width} px in ${theme} without anything that axe finds wrong`, async () => {
          const panel = await show('report', { theme, width });
          await panel.send({ type: 'report', now: noon, view });
          await picture(panel, `${name}-${theme}-${width}`);
          assert.deepEqual(await panel.problems(), []);
          assert.equal(await panel.overflows(), false, 'nothing sticks out');
        });
      }
    }
  }

  it('take what a database returns for text', async () => {
    const panel = await show('report');
    await panel.send({ type: 'report', now: noon, view: compared });
    assert.equal(await panel.page.locator('td b').count(), 0);
    assert.equal(await panel.page.getByText('North <b>17</b>').count(), 1);
    assert.deepEqual(
      (await panel.sent()).filter(({ type }) => type === 'violation'),
      [],
    );
  });

  it('say steps and ends aloud, and no figures', async () => {
    const panel = await show('run');
    const said = panel.page.locator('.announcement');
    await panel.send(update(loadingRun));
    assert.equal(await said.textContent(), '', 'what is there already is no news');
    await panel.send(update({ ...loadingRun, rows: 70_000 }, false));
    assert.equal(await said.textContent(), '');
    await panel.send(update(waitingRun, false));
    assert.equal(await said.textContent(), 'Waiting for a lock');
    await panel.send(update(syncedRun, false));
    assert.equal(await said.textContent(), 'transformers: Synced 91,554 rows in 3.00 s');
    assert.equal(
      await panel.page.locator('[role=status]').count(),
      2,
      'the announcement and the number of statements found',
    );
  });

  it('show progress as a progress bar with a value', async () => {
    const panel = await show('run');
    await panel.send(update(loadingRun));
    const bar = panel.page.getByRole('progressbar', { name: 'Rows loaded' });
    assert.equal(Number(await bar.getAttribute('value')).toFixed(3), (58_700 / 91_554).toFixed(3));
    assert.equal(await panel.page.locator('.share').textContent(), '64 %');
    await panel.send(update(syncedRun, false));
    assert.equal(await bar.isVisible(), false);
  });

  it('can be used with the keyboard alone, and keep the focus while figures change', async () => {
    const panel = await show('run');
    await panel.send(update(loadingRun));
    await panel.page.keyboard.press('Tab');
    const focused = panel.page.locator(':focus');
    assert.equal(await focused.textContent(), 'Cancel');
    await panel.send(update({ ...loadingRun, rows: 80_000 }, false));
    assert.equal(await focused.textContent(), 'Cancel');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual((await panel.sent()).at(-1), { type: 'action', action: 'cancel' });
  });

  it('search statements by their words and by system, copy them and open them in an editor', async () => {
    const panel = await show('run');
    await panel.send(update(syncedRun));
    await panel.page.locator('h2', { hasText: 'SQL (3)' }).click();
    await panel.page.getByLabel('Search statements').fill('like transformers');
    assert.equal(await panel.page.locator('.found').textContent(), '1 of 3 statements');
    await panel.page.getByLabel('Search statements').fill('');
    await panel.page.getByLabel('System').selectOption('snowflake');
    assert.equal(await panel.page.locator('.found').textContent(), '2 of 3 statements');
    await panel.page.locator('.statements summary:visible').first().click();
    await panel.page.getByRole('button', { name: 'Copy: Snowflake statement 1' }).click();
    const text = 'SELECT * FROM FLUX_DB.PRODUCTION.TRANSFORMERS LIMIT 0';
    assert.deepEqual((await panel.sent()).at(-1), { type: 'copy', text });
    await panel.page.getByRole('button', { name: 'Open in editor: Snowflake statement 1' }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'open-sql', title: 'Snowflake statement 1', text });
  });

  it('add statements to those that are there, and begin again where they are told to', async () => {
    const panel = await show('run');
    await panel.send(update(loadingRun));
    const more = [{ system: 'postgres', text: 'ANALYZE transformers', ms: 5 }] as const;
    await panel.send({ ...update(loadingRun, false), statements: more });
    assert.equal(await panel.page.locator('.statements > li').count(), 4);
    await panel.send({ ...update(loadingRun), statements: more });
    assert.equal(await panel.page.locator('.statements > li').count(), 1);
  });

  it('keep how a run is found in the ledger and what was open, and come back with it', async () => {
    const panel = await show('run');
    await panel.send(update(syncedRun));
    await panel.page.locator('h2', { hasText: 'Events' }).click();
    await panel.page.waitForFunction('window.kept?.open?.log === true');
    const kept = await panel.kept();
    assert.deepEqual((kept as { restore: unknown }).restore, place);
    const again = await show('run', { state: kept });
    await again.send(update(syncedRun));
    assert.equal(await again.page.locator('.log li').first().isVisible(), true);
  });

  it('say of the plot what it shows, and show it as a table', async () => {
    const panel = await show('run');
    await panel.send(update(loadingRun));
    const name = await panel.page.locator('.plot svg').getAttribute('aria-label');
    assert.match(name ?? '', /^Rows per second over 2\.36 s: highest 199,4\d\d, last [\d,]+\.$/);
    await panel.page.locator('h3', { hasText: 'Throughput as a table' }).click();
    assert.equal(await panel.page.locator('.throughput tbody tr').count(), 12);
  });

  it('ask for the action of the table whose button was pressed', async () => {
    const panel = await show('report');
    await panel.send({ type: 'report', now: noon, view: compared });
    await panel.page.getByRole('button', { name: 'Repair…: transformers' }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'report-action', action: 'repair', table: 'transformers' });
  });

  it('say why there is nothing to show', async () => {
    const panel = await show('run');
    await panel.send({ type: 'failure', message: 'The target cannot be reached.', remedy: 'Start it.' });
    assert.equal(
      await panel.page.getByRole('alert').innerText(),
      'Nothing to show\n\nThe target cannot be reached.\n\nStart it.',
    );
    await panel.send(update(syncedRun));
    assert.equal(await panel.page.locator('h1').textContent(), 'transformers');
  });

  async function picture({ page }: WebviewPage, name: string): Promise<void> {
    if (pictures === undefined) return;
    if (!existsSync(pictures)) mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }
});
