import * as vscode from 'vscode';

type Answer = (
  items: readonly vscode.QuickPickItem[],
  options: vscode.QuickPickOptions,
) => vscode.QuickPickItem | undefined;

/** A quick pick that is answered as soon as it is shown; undefined dismisses it. */
export function scriptedQuickPick(answer: Answer): vscode.QuickPick<vscode.QuickPickItem> {
  const accepted = new vscode.EventEmitter<void>();
  const hidden = new vscode.EventEmitter<void>();
  const silent = new vscode.EventEmitter<never>().event;
  const box = {
    items: [] as readonly vscode.QuickPickItem[],
    activeItems: [] as readonly vscode.QuickPickItem[],
    selectedItems: [] as readonly vscode.QuickPickItem[],
    buttons: [] as readonly vscode.QuickInputButton[],
    title: undefined as string | undefined,
    placeholder: undefined as string | undefined,
    value: '',
    busy: false,
    enabled: true,
    canSelectMany: false,
    onDidAccept: accepted.event,
    onDidHide: hidden.event,
    onDidChangeActive: silent,
    onDidChangeSelection: silent,
    onDidChangeValue: silent,
    onDidTriggerButton: silent,
    onDidTriggerItemButton: silent,
    show: (): void => {
      const options = {
        ...(box.title !== undefined && { title: box.title }),
        ...(box.placeholder !== undefined && { placeHolder: box.placeholder }),
      };
      const chosen = answer(box.items, options);
      if (chosen === undefined) {
        box.hide();
        return;
      }
      box.activeItems = [chosen];
      box.selectedItems = [chosen];
      accepted.fire();
    },
    hide: (): void => {
      hidden.fire();
    },
    dispose: (): void => {
      accepted.dispose();
      hidden.dispose();
    },
  };
  return box as unknown as vscode.QuickPick<vscode.QuickPickItem>;
}
