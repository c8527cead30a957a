import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { Parts } from '../../../../src/extension/extension.ts';
import { commands } from '../../../../src/extension/ids.ts';
import type { PanelUpdate, RestorableRun } from '../../../../src/extension/panels/messages.ts';
import { extensionParts } from '../../support/extension.ts';
import { createDatabase, snowflake, sourceConfig, targetConfig, writeConfig } from '../../support/fixture.ts';
import { openedProject } from '../../support/opened-project.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('the panel of a run, in the window after the one that it was opened in', () => {
  let parts: Parts;
  let run: RestorableRun;

  before(async () => {
    await snowflake(
      'CREATE SCHEMA IF NOT EXISTS DB.PANELS',
      'CREATE OR REPLACE TABLE DB.PANELS.DUNES AS SELECT SEQ8() AS ID FROM TABLE(GENERATOR(ROWCOUNT => 100))',
    );
    parts = await extensionParts();
    const config = await writeConfig({
      source: sourceConfig(),
      targets: { test: targetConfig(await createDatabase()) },
      tables: { dunes: { source: 'DB.PANELS.DUNES', target: 'application.dunes', key: ['id'] } },
    });
    await openedProject(config, ['dunes']);
    // As somebody else would, so that this window knows nothing of it but what the ledger tells.
    const { tables } = await parts.worker.request('sync', { config, target: 'test', tables: ['dunes'] });
    const [synced] = tables;
    assert.ok(synced?.status === 'success');
    run = { kind: 'run', config, target: 'test', table: 'dunes', run: synced.run };
  });

  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  /** A panel as VS Code hands it over, with what its script had kept, and all that is said to its script. */
  function restored(state: unknown): {
    readonly panel: vscode.WebviewPanel;
    readonly sent: readonly PanelUpdate[];
    readonly done: Promise<void>;
  } {
    const panel = vscode.window.createWebviewPanel('snowmelt.run', 'dunes', vscode.ViewColumn.Active);
    const sent: PanelUpdate[] = [];
    const { webview } = panel;
    const post = webview.postMessage.bind(webview);
    webview.postMessage = (update: PanelUpdate) => {
      sent.push(update);
      return post(update);
    };
    return { panel, sent, done: parts.panels.restore(panel, state) };
  }

  it('reports what the ledger has of it, once its script asks, and is the one that Open Run goes to', async () => {
    const { panel, sent, done } = restored({ restore: run, scroll: 0, open: {} });
    await done;
    assert.equal(panel.title, 'Synced dunes');
    const update = await untilSeen('the report', () => sent.find((one) => one.type === 'run'));
    const { view, restore } = update;
    assert.match(view.outcome, /^Synced 100 rows in /);
    assert.deepEqual([view.state, view.arrival?.verdict, view.figures?.rows], ['success', 'equal', 100]);
    assert.ok(view.facts.some(({ label, value }) => label === 'Run' && value === run.run));
    assert.deepEqual(restore, run, 'and it can be restored again');

    await vscode.commands.executeCommand(commands.openRun, run);
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    assert.deepEqual(
      tabs.map(({ label }) => label),
      ['Synced dunes'],
    );
  });

  it('says so where the ledger has no such run, and is closed where it cannot know which it was', async () => {
    const gone = randomUUID();
    const { sent, done } = restored({ restore: { ...run, run: gone }, scroll: 0, open: {} });
    await done;
    const failure = await untilSeen('why', () => sent.find((one) => one.type === 'failure'));
    assert.equal(failure.message, `The run ${gone} of dunes is not among the latest 500 in the history of test.`);
    assert.equal(failure.remedy, 'The view Runs shows those that are.');

    const unknown = restored({ scroll: 0 });
    await unknown.done;
    assert.throws(() => unknown.panel.webview, /disposed/);
  });
});
