import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Parts } from '../../../../src/extension/extension.ts';
import { commands } from '../../../../src/extension/ids.ts';
import { answering } from '../../support/answers.ts';
import { extensionParts } from '../../support/extension.ts';
import { createDatabase, postgres, snowflake, sourceConfig, targetConfig, writeConfig } from '../../support/fixture.ts';
import { openedProject } from '../../support/opened-project.ts';
import { labelOf, shownItems, treeLines } from '../../support/tree-lines.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('several configurations in one folder', () => {
  let parts: Parts;
  let databases: readonly [string, string];
  let north: string;
  let south: string;

  const configOf = (target: string, database: string): Readonly<Record<string, unknown>> => ({
    source: sourceConfig(),
    targets: { [target]: targetConfig(database), spare: targetConfig(database) },
    defaultTarget: target,
    tables: { elks: { source: 'DB.PAIR.ELKS', target: 'application.elks', key: ['id'] } },
  });

  before(async () => {
    await snowflake('CREATE SCHEMA IF NOT EXISTS DB.PAIR', 'CREATE OR REPLACE TABLE DB.PAIR.ELKS AS SELECT 1 AS ID');
    databases = [await createDatabase(), await createDatabase()];
    parts = await extensionParts();
    north = await writeConfig(configOf('east', databases[0]), 0, 'north');
    south = await writeConfig(configOf('west', databases[1]), 0, 'south');
    for (const config of [north, south]) await openedProject(config, ['elks']);
    for (const view of Object.keys(parts.views)) await vscode.commands.executeCommand(`snowmelt.${view}.focus`);
  });

  after(() => rm(dirname(south), { recursive: true, force: true }));

  const untilLines = (
    view: keyof Parts['views'],
    matches: (lines: readonly string[]) => boolean,
  ): Promise<readonly string[]> =>
    untilSeen(`lines of ${view}`, async () => {
      const lines = await treeLines(parts.views[view].tree, 1);
      return matches(lines) ? lines : undefined;
    });

  it('have a level of their own in every view, each with its target', async () => {
    const isRead = (lines: readonly string[]): boolean =>
      lines.filter((line) => line.includes('not synced yet · 1 row in Snowflake')).length === 2;
    assert.deepEqual(await untilLines('cacheTables', isRead), [
      'north/snowmelt.json: east',
      '  elks: not synced yet · 1 row in Snowflake',
      'south/snowmelt.json: west',
      '  elks: not synced yet · 1 row in Snowflake',
    ]);
    assert.equal(parts.views.cacheTables.tree.view.description, '');
    assert.deepEqual(await treeLines(parts.views.runs.tree), [
      'north/snowmelt.json: east',
      'south/snowmelt.json: west',
    ]);
    const connections = await treeLines(parts.views.connections.tree, 1);
    assert.deepEqual(
      connections.slice(0, 8).map((line) => line.split(':')[0]),
      [
        ...['north/snowmelt.json', '  Snowflake', '  east', '  spare'],
        ...['south/snowmelt.json', '  Snowflake', '  west', '  spare'],
      ],
    );
  });

  it('are synced by their own items, or by the one that is chosen, and counted together in the badge', async () => {
    const { tree } = parts.views.cacheTables;
    const [, , , southern] = await shownItems(tree, 1);
    await vscode.commands.executeCommand(commands.syncTable, southern?.element);
    const exists = `SELECT to_regclass('application.elks') IS NOT NULL AS there`;
    assert.deepEqual(await postgres(databases[0], exists), [{ there: false }]);
    assert.deepEqual(await postgres(databases[1], exists), [{ there: true }]);

    await answering({ pick: (items) => items.find(({ description }) => description?.includes('north')) }, () =>
      vscode.commands.executeCommand(commands.syncAll),
    );
    assert.deepEqual(await postgres(databases[0], exists), [{ there: true }]);
    await snowflake('INSERT INTO DB.PAIR.ELKS SELECT 2');
    await vscode.commands.executeCommand(commands.refresh);
    const lines = await untilLines('cacheTables', (all) => all.filter((line) => line.endsWith('1 stale')).length === 2);
    assert.deepEqual(
      lines.filter((line) => !line.startsWith(' ')),
      ['north/snowmelt.json: east · 1 stale', 'south/snowmelt.json: west · 1 stale'],
    );
    assert.deepEqual(tree.view.badge, { value: 2, tooltip: '2 cache tables are stale' });
  });

  it('have their targets chosen each for itself', async () => {
    const items = await shownItems(parts.views.connections.tree, 1);
    const spare = items.findLast(({ item }) => labelOf(item) === 'spare');
    await vscode.commands.executeCommand(commands.chooseTarget, spare?.element);
    await untilLines('runs', (lines) => lines.includes('south/snowmelt.json: spare'));
    assert.ok((await treeLines(parts.views.runs.tree)).includes('north/snowmelt.json: east'));
    assert.deepEqual(
      (await treeLines(parts.views.connections.tree, 1)).filter((line) => line.endsWith('chosen')).length,
      2,
    );
  });

  it('show the problems of one in its place, and the tables of the other', async () => {
    await writeConfig({ ...configOf('east', databases[0]), tabels: {} }, 0, 'north');
    const lines = await untilLines('cacheTables', (all) => all.some((line) => /snowmelt\.json:\d+/.test(line)));
    assert.equal(lines.length, 4, lines.join('\n'));
    assert.match(lines[1] ?? '', /^ {2}Unknown setting "tabels".*: north\/snowmelt\.json:\d+$/);
    assert.match(lines[3] ?? '', /^ {2}elks: /);
  });

  it('are one, without a level of its own, when the other has gone with its folder', async () => {
    await rm(dirname(north), { recursive: true });
    const lines = await untilLines('cacheTables', (all) => !all.some((line) => line.includes('snowmelt.json')));
    assert.match(lines[0] ?? '', /^elks: /);
    assert.equal(parts.views.cacheTables.tree.view.description, 'spare');
  });
});
