import * as vscode from 'vscode';
import { back } from './scripted-quick-pick.ts';

/** An input box that is answered as soon as it is shown; undefined dismisses it. What is said to be wrong is answered again. */
export function scriptedInputBox(answer: (options: vscode.InputBoxOptions) => string | undefined): vscode.InputBox {
  const accepted = new vscode.EventEmitter<void>();
  const hidden = new vscode.EventEmitter<void>();
  const pressed = new vscode.EventEmitter<vscode.QuickInputButton>();
  const silent = new vscode.EventEmitter<never>().event;
  let isShown = false;
  let rejected: string | undefined;
  const box = {
    title: undefined as string | undefined,
    prompt: undefined as string | undefined,
    value: '',
    validationMessage: undefined as string | undefined,
    onDidAccept: accepted.event,
    onDidHide: hidden.event,
    onDidChangeValue: silent,
    onDidTriggerButton: pressed.event,
    show: (): void => {
      isShown = true;
      answerNow();
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
  function answerAgain(): void {
    if (isShown) answerNow();
  }
  function answerNow(): void {
    const text = answer({
      value: box.value,
      ...(box.prompt !== undefined && { prompt: box.prompt }),
      ...(box.validationMessage !== undefined && { title: box.validationMessage }),
    });
    // Whoever insists on what is wrong would be asked for ever.
    if (text === undefined || text === rejected) box.hide();
    else if (text === back) pressed.fire(vscode.QuickInputButtons.Back);
    else {
      box.value = text;
      accepted.fire();
      rejected = text;
      answerAgain();
    }
  }
  return box as unknown as vscode.InputBox;
}
