import * as vscode from 'vscode';
import { scriptedInputBox } from './scripted-input-box.ts';
import { scriptedQuickPick, type PickAnswer } from './scripted-quick-pick.ts';

/** What a test's person says to what the extension asks; each function sees the question. Whatever is not answered fails. */
export interface Answers {
  /** Chooses from a quick pick, several where it takes several; `back` presses that button, undefined dismisses it. */
  readonly pick?: (items: readonly vscode.QuickPickItem[], options: vscode.QuickPickOptions) => unknown;
  /** `title` of the question says what is wrong with the answer before. */
  readonly input?: (options: vscode.InputBoxOptions) => string | undefined;
  /** Chooses a folder. */
  readonly folder?: () => vscode.Uri | undefined;
  /** Presses a button of a message, by its title. */
  readonly message?: (
    text: string,
    buttons: readonly string[],
    level: 'information' | 'warning' | 'error',
  ) => string | undefined;
}

type Replaceable = Record<string, (...args: readonly unknown[]) => unknown>;

/**
 * Does something while the questions of the extension (quick picks, input boxes, folders, messages) are answered by the test.
 * A message that no answer is given for is dismissed, as by somebody who does not look.
 * @returns what was asked, in order: the texts of messages, and placeholders or prompts.
 */
export async function answering(answers: Answers, action: () => Thenable<unknown>): Promise<readonly string[]> {
  const asked: string[] = [];
  const window = vscode.window as unknown as Replaceable;
  const original: Replaceable = {};
  const replace = (name: string, answer: (...args: readonly unknown[]) => unknown): void => {
    const was = window[name];
    if (was === undefined) throw new Error(`vscode.window has no ${name}`);
    original[name] = was;
    window[name] = answer;
  };

  // Thrown into the extension it would only become one more message.
  const unanswered: Error[] = [];
  const ask = <A>(question = '', answer?: () => A): A | undefined => {
    asked.push(question);
    if (answer === undefined) unanswered.push(new Error(`Nobody answers "${question}".`));
    return answer?.();
  };
  const { pick, input, folder } = answers;
  const choose = (items: readonly vscode.QuickPickItem[], options: vscode.QuickPickOptions): unknown =>
    ask(options.placeHolder ?? options.title, pick && (() => pick(items, options)));
  const write = (options: vscode.InputBoxOptions): string | undefined =>
    ask(options.prompt ?? options.title, input && (() => input(options)));

  replace('showQuickPick', async (given, options) => {
    const items = await (given as Thenable<readonly (string | vscode.QuickPickItem)[]>);
    const shown = items.map((item) => (typeof item === 'string' ? { label: item } : item));
    const chosen = choose(shown, options ?? {});
    const index = shown.indexOf(chosen as vscode.QuickPickItem);
    return index < 0 ? chosen : items[index];
  });
  replace('createQuickPick', () => scriptedQuickPick((items, settings) => choose(items, settings) as PickAnswer));
  replace('showInputBox', (options) => Promise.resolve(write((options ?? {}) as vscode.InputBoxOptions)));
  replace('createInputBox', () => scriptedInputBox(write));
  replace('showOpenDialog', (options) => {
    const chosen = ask((options as vscode.OpenDialogOptions | undefined)?.title, folder);
    return Promise.resolve(chosen === undefined ? undefined : [chosen]);
  });
  for (const level of ['information', 'warning', 'error'] as const) {
    const name = `show${level.charAt(0).toUpperCase()}${level.slice(1)}Message`;
    replace(name, (text, ...rest) => {
      asked.push(String(text));
      const items = rest.filter((item) => typeof item === 'string' || isMessageItem(item));
      const titles = items.map((item) => (typeof item === 'string' ? item : item.title));
      const pressed = answers.message?.(String(text), titles, level);
      return Promise.resolve(pressed === undefined ? undefined : items[titles.indexOf(pressed)]);
    });
  }
  try {
    await action();
    const [first] = unanswered;
    if (first !== undefined) throw first;
    return asked;
  } finally {
    Object.assign(window, original);
  }
}

function isMessageItem(value: unknown): value is vscode.MessageItem {
  return typeof value === 'object' && value !== null && 'title' in value;
}
