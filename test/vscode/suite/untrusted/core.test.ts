import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../../src/extension/ids.ts';
import { answering } from '../../support/answers.ts';
import { extensionParts } from '../../support/extension.ts';
import { sourceConfig, writeConfig } from '../../support/fixture.ts';
import { untilSeen } from '../../support/waiting.ts';

describe('a workspace that is not trusted', () => {
  it('has its configurations found, but starts no worker, whatever is called', async () => {
    const config = await writeConfig({ source: sourceConfig(), targets: { local: { embedded: true } }, tables: {} });
    const { projects, worker } = await extensionParts();
    const project = await untilSeen('the configuration', () => projects.all.find((known) => known.config === config));
    assert.equal(project.document, undefined);
    let buttons: readonly string[] = [];
    const message = (_text: string, offered: readonly string[]): undefined => void (buttons = offered);
    const asked = await answering({ message }, () => vscode.commands.executeCommand(commands.syncAll));
    assert.deepEqual(asked, ['Snowmelt waits until this workspace is trusted.']);
    assert.equal(buttons[0], 'Manage Workspace Trust');
    await assert.rejects(worker.request('local/status', {}), /not trusted/);
    assert.equal(worker.running, undefined);
  });
});
