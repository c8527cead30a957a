import * as vscode from 'vscode';

/** Documents that are configurations. The worker reads files, so those of other file systems are none. */
export const configurationSelector: vscode.DocumentSelector = { scheme: 'file', pattern: '**/snowmelt.json' };

export function isConfiguration(document: vscode.TextDocument): boolean {
  return vscode.languages.match(configurationSelector, document) > 0;
}

export function rangeOf(
  document: vscode.TextDocument,
  { offset, length }: { readonly offset: number; readonly length: number },
): vscode.Range {
  return new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
}
