import * as vscode from 'vscode';

const known = new Map<string, unknown>();

/** Listens to every `setContext`, from before the extension is active: VS Code tells nobody what a key is. */
export function watchContextKeys(): void {
  const api = vscode.commands as unknown as {
    executeCommand: (command: string, ...args: readonly unknown[]) => Thenable<unknown>;
  };
  const original = api.executeCommand;
  api.executeCommand = (command, ...args) => {
    if (command === 'setContext') known.set(String(args[0]), args[1]);
    return original(command, ...args);
  };
}

/** What a key of a `when` clause is now: one of the extension's own, or one of the window's that its clauses ask for. */
export function contextKey(name: string): unknown {
  switch (name) {
    case 'isWorkspaceTrusted':
      return vscode.workspace.isTrusted;
    case 'workspaceFolderCount':
      return vscode.workspace.workspaceFolders?.length ?? 0;
    default:
      return known.get(name);
  }
}
