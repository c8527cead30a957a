import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';

/** Of the resources of items that are shown as they were once. */
export const outdatedScheme = 'snowmelt-outdated';

/** Greys the items whose state is not known now: the label of a tree item takes its colour from the decoration of its resource. */
export class OutdatedDecorations extends Disposable implements vscode.FileDecorationProvider {
  constructor() {
    super();
    this.register(vscode.window.registerFileDecorationProvider(this));
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== outdatedScheme) return undefined;
    return new vscode.FileDecoration(undefined, undefined, new vscode.ThemeColor('disabledForeground'));
  }
}
