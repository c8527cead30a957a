import * as vscode from 'vscode';

/** Shows a section of the reference; an inner command, for links. */
const showReference = '_snowmelt.showReference';

/** A link to a section of the reference, which the extension brings along. */
export function referenceLink(anchor: string): vscode.Uri {
  return vscode.Uri.parse(`command:${showReference}?${encodeURIComponent(JSON.stringify([anchor]))}`);
}

/** Makes the links work. The file is named here and not in the link: a link does not know on which machine it is. */
export function registerReferenceLinks(extensionUri: vscode.Uri): vscode.Disposable {
  return vscode.commands.registerCommand(showReference, async (anchor: unknown) => {
    const file = vscode.Uri.joinPath(extensionUri, 'docs', 'configuration.md');
    await vscode.commands.executeCommand(
      'markdown.showPreview',
      file.with({ fragment: typeof anchor === 'string' ? anchor : '' }),
    );
  });
}
