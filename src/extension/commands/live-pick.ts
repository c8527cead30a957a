import * as vscode from 'vscode';

export interface LivePickItem<T> extends vscode.QuickPickItem {
  readonly value: T;
}

export interface LivePick<T> {
  readonly title: string;
  readonly placeholder: string;
  /** What there is to choose from, now. */
  items(): readonly LivePickItem<T>[];
  /** When that has changed. */
  readonly onDidChange?: vscode.Event<unknown>;
}

/** Lets a person choose one of what goes on changing while they look at it. Undefined where they chose none. */
export function pickLive<T>(pick: LivePick<T>): Promise<T | undefined> {
  const box = vscode.window.createQuickPick<LivePickItem<T>>();
  box.title = pick.title;
  box.placeholder = pick.placeholder;
  box.matchOnDescription = true;
  const show = (): void => {
    const active = box.activeItems[0]?.label;
    box.items = pick.items();
    const same = box.items.find(({ label }) => label === active);
    if (same !== undefined) box.activeItems = [same];
  };
  show();
  const changes = pick.onDidChange?.(show);
  return new Promise((resolve) => {
    box.onDidAccept(() => {
      resolve(box.selectedItems[0]?.value);
      box.hide();
    });
    box.onDidHide(() => {
      resolve(undefined);
      changes?.dispose();
      box.dispose();
    });
    box.show();
  });
}
