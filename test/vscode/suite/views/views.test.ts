import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Parts } from '../../../../src/extension/extension.ts';
import type { Tree } from '../../../../src/extension/views/tree.ts';
import { extensionParts } from '../../support/extension.ts';
import {
  createDatabase,
  cut,
  mend,
  postgres,
  snowflake,
  sourceConfig,
  targetConfig,
  writeConfig,
} from '../../support/fixture.ts';
import { labelOf, shownItems, treeLines } from '../../support/tree-lines.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('the views', () => {
  let parts: Parts;
  let file: string;
  let database: string;
  let config: Readonly<Record<string, unknown>>;

  /** Waits until a tree shows a line that matches, and returns all of its lines. */
  const untilLine = (tree: Tree, line: RegExp, depth = 0): Promise<readonly string[]> =>
    untilSeen(`a line like ${String(line)}`, async () => {
      const lines = await treeLines(tree, depth);
      return lines.some((text) => line.test(text)) ? lines : undefined;
    });

  /** As anybody else would who uses the same database. */
  const sync = async (...tables: readonly string[]): Promise<void> => {
    const { status } = await parts.worker.request('sync', { config: file, target: 'test', tables });
    assert.equal(status, 'success');
    await vscode.commands.executeCommand('snowmelt.refresh');
  };

  before(async () => {
    await snowflake(
      'CREATE SCHEMA IF NOT EXISTS DB.VIEWS',
      'CREATE OR REPLACE TABLE DB.VIEWS.ZEBRAS (ID NUMBER(9,0) NOT NULL, NAME VARCHAR)',
      "INSERT INTO DB.VIEWS.ZEBRAS VALUES (1, 'a'), (2, 'b'), (3, 'c')",
      'CREATE OR REPLACE TABLE DB.VIEWS.APES (ID NUMBER(9,0) NOT NULL, NAME VARCHAR)',
      "INSERT INTO DB.VIEWS.APES VALUES (1, 'a')",
    );
    database = await createDatabase();
    config = {
      source: sourceConfig(),
      targets: { test: targetConfig(database) },
      tables: {
        zebras: { source: 'DB.VIEWS.ZEBRAS', target: 'application.zebras', key: ['id'], indexes: ['name'] },
        apes: { source: 'DB.VIEWS.APES', target: 'application.apes', key: ['id'] },
      },
    };
    parts = await extensionParts();
    file = await writeConfig(config);
    await vscode.commands.executeCommand('snowmelt.cacheTables.focus');
    await untilSeen('the configuration', () =>
      parts.projects.all.find(({ document }) => document?.tables.length === 2),
    );
  });

  it('shows the tables in the order of the file, before their first sync', async () => {
    const lines = await untilLine(parts.views.cacheTables.tree, /apes: not synced yet · 1 row in Snowflake/);
    assert.deepEqual(lines, [
      'zebras: not synced yet · 3 rows in Snowflake',
      'apes: not synced yet · 1 row in Snowflake',
    ]);
    assert.equal(parts.views.cacheTables.tree.view.description, 'test');
  });

  it('says below a table that it is not there yet', async () => {
    const lines = await treeLines(parts.views.cacheTables.tree, 1);
    assert.equal(lines[1], '  The table does not exist yet.: Sync');
  });

  it('shows rows and age after a sync, and keeps the elements', async () => {
    const { tree } = parts.views.cacheTables;
    const before = await tree.getChildren();
    await sync();
    const lines = await untilLine(tree, /apes: ~?1 row · /);
    assert.match(lines[0] ?? '', /^zebras: ~?3 rows · (?:just now|\d+ s ago)$/);
    const after = await tree.getChildren();
    assert.equal(after[0], before[0]);
    assert.equal(tree.getTreeItem(after[0]!).contextValue, 'table');
    assert.equal(tree.view.badge, undefined);
  });

  it('shows what a table consists of', async () => {
    await postgres(database, 'CREATE VIEW application.striped AS SELECT * FROM application.zebras');
    await sync('zebras');
    const { tree } = parts.views.cacheTables;
    const lines = await untilLine(tree, /generation 1/, 3);
    assert.deepEqual(lines.slice(1, 4), [
      '  Columns: 2',
      '    id: integer ← NUMBER(9,0)',
      '    name: text ← VARCHAR(16777216)',
    ]);
    const text = lines.join('\n');
    assert.match(text, /\n {2}Indexes: 2\n(?: {4}.*\n)* {4}zebras_pkey: btree \(id\) · primary key · /);
    assert.match(
      text,
      /\n {2}Generations: 2\n {4}generation 2: live · 3 rows · since .*\n {4}generation 1: 3 rows · until /,
    );
    assert.match(text, /\n {2}Dependents: 1\n {4}application\.striped: view/);
    const [zebras] = await shownItems(tree);
    assert.equal(zebras?.item.contextValue, 'table hasGenerations');
  });

  it('lists the runs, latest first, and opens them by what the ledger calls them', async () => {
    await vscode.commands.executeCommand('snowmelt.runs.focus');
    const { tree } = parts.views.runs;
    const lines = await untilLine(tree, /Today: 3 runs/, 1);
    assert.match(lines[1] ?? '', /^ {2}zebras · success: 3 rows in .* · (?:just now|\d+ s ago)$/);
    const [, run] = await shownItems(tree, 1);
    assert.equal(run?.item.command?.command, 'snowmelt.openRun');
    assert.equal(run.item.contextValue, 'run rerunnable');
    assert.deepEqual(run.item.command.arguments, [run.element.subject]);
  });

  it('marks a table whose source has changed, and counts it in the badge', async () => {
    await snowflake("INSERT INTO DB.VIEWS.APES VALUES (2, 'b')");
    await vscode.commands.executeCommand('snowmelt.refresh');
    const { tree } = parts.views.cacheTables;
    await untilLine(tree, /apes: ~?1 → 2 in Snowflake · /);
    assert.deepEqual(tree.view.badge, { value: 1, tooltip: '1 cache table is stale' });
    const apes = (await shownItems(tree)).find(({ item }) => labelOf(item) === 'apes');
    assert.match(
      apes?.item.accessibilityInformation?.label ?? '',
      /stale, .*The source has changed since the last sync/,
    );
  });

  it('says who answered when a connection is tested', async () => {
    await vscode.commands.executeCommand('snowmelt.connections.focus');
    const { tree } = parts.views.connections;
    void vscode.commands.executeCommand('snowmelt.testConnection', { kind: 'target', config: file, target: 'test' });
    const lines = await untilLine(tree, /^test: .*PostgreSQL 15.*, PostGIS 3.* · /);
    assert.match(lines[0] ?? '', /^Snowflake: /);
  });

  describe('with the database gone', () => {
    afterEach(() => mend('postgres'));

    it('says so in place, keeps what was known, and recovers by itself', async function () {
      // A target that fails is looked at again after a minute at the latest.
      this.timeout(180_000);
      await vscode.commands.executeCommand('snowmelt.cacheTables.focus');
      const { tree } = parts.views.cacheTables;
      await cut('postgres');
      await vscode.commands.executeCommand('snowmelt.refresh');
      const lines = await untilLine(tree, /: Retry$/);
      assert.equal(lines.length, 3);
      assert.match(lines[1] ?? '', /^zebras: ~?3 rows · as of \d\d:\d\d$/);
      const [failure, zebras] = await shownItems(tree);
      assert.equal(failure?.item.command?.command, 'snowmelt.refresh');
      assert.equal(zebras?.item.resourceUri?.scheme, 'snowmelt-outdated');
      await mend('postgres');
      const again = await untilSeen(
        'the tables',
        async () => {
          const shown = await treeLines(tree);
          return shown.length === 2 ? shown : undefined;
        },
        90_000,
      );
      assert.match(again[0] ?? '', /^zebras: ~?3 rows · /);
    });
  });

  it('opens a configuration with problems where the first one is', async () => {
    const { tree } = parts.views.cacheTables;
    await writeConfig(JSON.stringify({ ...config, tabels: {} }, null, 2));
    await untilLine(tree, /snowmelt\.json:\d+/);
    const [problem] = await shownItems(tree);
    const command = problem?.item.command;
    assert.ok(command);
    await vscode.commands.executeCommand(command.command, ...(command.arguments as readonly unknown[]));
    const editor = vscode.window.activeTextEditor;
    assert.match(editor?.document.lineAt(editor.selection.active.line).text ?? '', /tabels/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await writeConfig(config);
    await untilLine(tree, /^zebras/);
  });
});
