import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import * as vscode from 'vscode';
import type { Parts } from '../../../../src/extension/extension.ts';
import { commands } from '../../../../src/extension/ids.ts';
import { answering } from '../../support/answers.ts';
import { callsOf } from '../../support/called-commands.ts';
import { extensionParts } from '../../support/extension.ts';
import { surroundings } from '../../support/here.ts';
import { offeredCommands, welcome } from '../../support/offered.ts';
import { treeLines } from '../../support/tree-lines.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('a window without a folder', () => {
  const { dataDir } = surroundings();
  const folder = join(dataDir, '../chosen');
  let parts: Parts;

  before(async () => {
    parts = await extensionParts();
    await parts.projects.load();
    await vscode.commands.executeCommand('snowmelt.connections.focus');
    await untilSeen('the local parts', () => parts.targets.local);
  });

  after(() => parts.worker.request('local/stop', {}));

  it('is offered what needs no configuration, and each view says what a folder is for', async () => {
    assert.deepEqual(offeredCommands(), [
      ...['startLocal', 'createConfiguration', 'createSample', 'showLog', 'openWalkthrough', 'refresh'],
    ]);
    for (const [name, { tree }] of Object.entries(parts.views)) {
      assert.equal(welcome(`snowmelt.${name}`).length, 1, name);
      assert.match(welcome(`snowmelt.${name}`)[0] ?? '', /snowmelt\.json in an open folder|Open a folder/);
      assert.deepEqual(await tree.getChildren(), [], name);
    }
  });

  it('leads from a command that needs a configuration to the folder that is to have it', async () => {
    let asked: readonly string[] = [];
    const calls = await callsOf(
      ['vscode.openFolder'],
      async () => {
        asked = await answering({ message: (_text, [first]) => first }, () =>
          vscode.commands.executeCommand(commands.syncAll),
        );
      },
      { instead: true },
    );
    assert.deepEqual(asked, [
      'There is no snowmelt.json in this workspace.',
      'Open the folder that is to have the snowmelt.json.',
    ]);
    assert.deepEqual(calls, [['vscode.openFolder']]);
  });

  it('puts the sample into the folder that is chosen, starts what it needs, and opens the folder', async function () {
    this.timeout(180_000);
    await mkdir(folder);
    const uri = vscode.Uri.file(folder);
    const sample = (): Thenable<unknown> => vscode.commands.executeCommand(commands.createSample);
    assert.deepEqual(await answering({ folder: () => undefined }, sample), ['A folder for the sample configuration']);
    assert.equal(parts.targets.local?.postgres.state, 'stopped', 'who chooses no folder has nothing started');

    const calls = await callsOf(['vscode.openFolder'], () => answering({ folder: () => uri }, sample), {
      instead: true,
    });
    assert.deepEqual(
      calls.map(([, opened]) => (opened as vscode.Uri).fsPath),
      [folder],
    );
    const { targets, tables } = parse(await readFile(join(folder, 'snowmelt.json'), 'utf8')) as Record<string, object>;
    assert.deepEqual(targets, { local: { embedded: { dataDir } } });
    assert.deepEqual(Object.keys(tables ?? {}), ['topology_connections_cache', 'transformers', 'vegetation_risk']);
  });

  it('shows what runs on this machine, and stops all of it', async () => {
    await vscode.commands.executeCommand(commands.refresh);
    const { tree } = parts.views.connections;
    const lines = await untilSeen('the local parts', async () => {
      const shown = await treeLines(tree, 1);
      return shown.length > 0 ? shown : undefined;
    });
    assert.equal(lines[0], 'On this machine: PostGIS · Snowflake stand-in');
    assert.match(lines[1] ?? '', /^ {2}PostGIS: running · 127\.0\.0\.1:\d+\/postgres$/);
    assert.match(lines[2] ?? '', /^ {2}Snowflake stand-in: running · 127\.0\.0\.1:\d+$/);
    assert.ok(offeredCommands().includes('stopLocal') && !offeredCommands().includes('startLocal'));
    assert.deepEqual(await answering({}, () => vscode.commands.executeCommand(commands.stopLocal)), []);
    assert.deepEqual(await treeLines(tree), []);
    assert.ok(offeredCommands().includes('startLocal') && !offeredCommands().includes('stopLocal'));
  });
});
