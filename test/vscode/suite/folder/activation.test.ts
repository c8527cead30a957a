import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the extension in a folder', () => {
  it('is there, and activates', async () => {
    const extension = vscode.extensions.getExtension('snowmelt.snowmelt');
    assert(extension, 'the extension is installed');
    await extension.activate();
    assert(extension.isActive);
  });
});
