import * as vscode from 'vscode';
import type { Parts } from '../../../src/extension/extension.ts';

/** The parts of the running extension; activates it where that has not happened. */
export async function extensionParts(): Promise<Parts> {
  const extension = vscode.extensions.getExtension<Parts>('snowmelt.snowmelt');
  const parts = await extension?.activate();
  if (parts === undefined) throw new Error('The extension is not installed.');
  return parts;
}
