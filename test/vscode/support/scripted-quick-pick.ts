import * as vscode from 'vscode';

/** What goes back to the question before, where a question has such a button. */
export const back = 'back';

export type PickAnswer = vscode.QuickPickItem | readonly vscode.QuickPickItem[] | typeof back | undefined;

type Answer = (items: readonly vscode.QuickPickItem[], options: vscode.QuickPickOptions) => PickAnswer;

/** A quick pick that is answered as soon as there is something to choose from; undefined dismisses it. */
export function scriptedQuickPick(answer: Answer): vscode.QuickPick<vscode.QuickPickItem> {
  const accepted = new vscode.EventEmitter<void>();
  const hidden = new vscode.EventEmitter<void>();
  const pressed = new vscode.EventEmitter<vscode.QuickInputButton>();
  const silent = new vscode.EventEmitter<never>().event;
  let isBusy = false;
  let isShown = false;
  const box = {
    items: [] as readonly vscode.QuickPickItem[],
    activeItems: [] as readonly vscode.QuickPickItem[],
    selectedItems: [] as readonly vscode.QuickPickItem[],
    buttons: [] as readonly vscode.QuickInputButton[],
    title: undefined as string | undefined,
    placeholder: undefined as string | undefined,
    value: '',
    get busy(): boolean {
      return isBusy;
    },
    set busy(busy: boolean) {
      isBusy = busy;
      answerSoon();
    },
    enabled: true,
    canSelectMany: false,
    onDidAccept: accepted.event,
    onDidHide: hidden.event,
    onDidChangeActive: silent,
    onDidChangeSelection: silent,
    onDidChangeValue: silent,
    onDidTriggerButton: pressed.event,
    onDidTriggerItemButton: silent,
    show: (): void => {
      isShown = true;
      answerSoon();
    },
    hide: (): void => {
      isShown = false;
      hidden.fire();
    },
    dispose: (): void => {
      isShown = false;
      for (const emitter of [accepted, hidden, pressed]) emitter.dispose();
    },
  };
  /** Whoever has shown the box may go on to fill it. */
  function answerSoon(): void {
    queueMicrotask(() => {
      if (isShown && !isBusy) answerNow();
    });
  }
  function answerNow(): void {
    const options = {
      ...(box.title !== undefined && { title: box.title }),
      ...(box.placeholder !== undefined && { placeHolder: box.placeholder }),
    };
    const chosen = answer(box.items, options);
    if (chosen === undefined) box.hide();
    else if (chosen === back) pressed.fire(vscode.QuickInputButtons.Back);
    else {
      box.selectedItems = Array.isArray(chosen) ? chosen : [chosen];
      box.activeItems = box.selectedItems;
      accepted.fire();
    }
  }
  return box as unknown as vscode.QuickPick<vscode.QuickPickItem>;
}
