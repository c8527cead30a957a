import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../../src/extension/ids.ts';
import type { Project } from '../../../../src/extension/model/project.ts';
import { answering } from '../../support/answers.ts';
import { extensionParts } from '../../support/extension.ts';
import { sourceConfig, writeConfig } from '../../support/fixture.ts';
import { offeredCommands, welcome } from '../../support/offered.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('a workspace that is not trusted', () => {
  let project: Project;

  before(async () => {
    const source = sourceConfig();
    const config = await writeConfig({ source, targets: { local: { embedded: true } }, tables: {} });
    const { projects } = await extensionParts();
    await projects.load();
    project = await untilSeen('the configuration', () => projects.all.find((known) => known.config === config));
  });

  it('has its configurations found, but starts no worker, whatever is called', async () => {
    const { worker } = await extensionParts();
    assert.equal(project.document, undefined);
    let buttons: readonly string[] = [];
    const message = (_text: string, offered: readonly string[]): undefined => void (buttons = offered);
    const asked = await answering({ message }, () => vscode.commands.executeCommand(commands.syncAll));
    assert.deepEqual(asked, ['Snowmelt waits until this workspace is trusted.']);
    assert.equal(buttons[0], 'Manage Workspace Trust');
    await assert.rejects(worker.request('local/status', {}), /not trusted/);
    assert.equal(worker.running, undefined);
  });

  it('is offered nothing but to read, and each view says what it waits for', async () => {
    const { views } = await extensionParts();
    assert.deepEqual(offeredCommands(), ['openConfiguration', 'showLog', 'openWalkthrough']);
    for (const [name, { tree }] of Object.entries(views)) {
      assert.equal(welcome(`snowmelt.${name}`).length, 1, name);
      assert.match(welcome(`snowmelt.${name}`)[0] ?? '', /until you trust this workspace|once you trust/);
      assert.deepEqual(await tree.getChildren(), [], name);
    }
    assert.match(welcome('snowmelt.cacheTables')[0] ?? '', /\(command:workbench\.trust\.manage\)/);
  });

  it('has its configuration opened, completed by its schema and checked for its syntax, and nothing more', async () => {
    await vscode.commands.executeCommand(commands.openConfiguration);
    const { document } = await untilSeen('the editor', () => vscode.window.activeTextEditor);
    assert.equal(document.uri.fsPath, project.config);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    assert.deepEqual(lenses, []);
    const change = new vscode.WorkspaceEdit();
    change.replace(document.uri, document.lineAt(1).range, '  "tabels": {}, "');
    assert.ok(await vscode.workspace.applyEdit(change));
    const found = await untilSeen('what is wrong with the syntax', () => {
      const all = vscode.languages.getDiagnostics(document.uri);
      return all.length > 0 ? all : undefined;
    });
    assert.ok(
      found.every(({ source }) => source !== 'snowmelt'),
      found.map(({ source, message }) => `${source ?? ''}: ${message}`).join('\n'),
    );
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      document.lineAt(1).range.end,
    );
    assert.ok(
      items.some(({ label }) => label === 'defaultTarget'),
      JSON.stringify(items.map(({ label }) => label)),
    );
    assert.equal((await extensionParts()).worker.running, undefined);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
