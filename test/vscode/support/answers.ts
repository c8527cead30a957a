import * as vscode from 'vscode';
import { scriptedQuickPick } from './scripted-quick-pick.ts';

/** What a test's person says to what the extension asks; each function sees the question. Whatever is not answered fails. */
export interface Answers {
  /** Chooses from a quick pick; undefined dismisses it. */
  readonly pick?: (items: readonly vscode.QuickPickItem[], options: vscode.QuickPickOptions) => unknown;
  readonly input?: (options: vscode.InputBoxOptions) => string | undefined;
  /** Presses a button of a message, by its title. */
  readonly message?: (
    text: string,
    buttons: readonly string[],
    level: 'information' | 'warning' | 'error',
  ) => string | undefined;
}

type Replaceable = Record<string, (...args: readonly unknown[]) => unknown>;

/**
 * Does something while the questions of the extension (`showQuickPick`, `createQuickPick`, `showInputBox`, `show…Message`) are answered by the
 * test. A message that no answer is given for is dismissed, as by somebody who does not look.
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

  replace('showQuickPick', async (given, options) => {
    const items = await (given as Thenable<readonly (string | vscode.QuickPickItem)[]>);
    const settings = (options ?? {}) as vscode.QuickPickOptions;
    asked.push(settings.placeHolder ?? settings.title ?? '');
    if (answers.pick === undefined) throw new Error(`Nobody chooses from "${settings.placeHolder ?? ''}".`);
    const shown = items.map((item) => (typeof item === 'string' ? { label: item } : item));
    const chosen = answers.pick(shown, settings);
    const index = shown.indexOf(chosen as vscode.QuickPickItem);
    return index < 0 ? chosen : items[index];
  });
  replace('createQuickPick', () =>
    scriptedQuickPick((items, settings) => {
      asked.push(settings.placeHolder ?? settings.title ?? '');
      if (answers.pick === undefined) throw new Error(`Nobody chooses from "${settings.placeHolder ?? ''}".`);
      return answers.pick(items, settings) as vscode.QuickPickItem | undefined;
    }),
  );
  replace('showInputBox', (options) => {
    const settings = (options ?? {}) as vscode.InputBoxOptions;
    asked.push(settings.prompt ?? settings.title ?? '');
    if (answers.input === undefined) throw new Error(`Nobody answers "${settings.prompt ?? ''}".`);
    return Promise.resolve(answers.input(settings));
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
    return asked;
  } finally {
    Object.assign(window, original);
  }
}

function isMessageItem(value: unknown): value is vscode.MessageItem {
  return typeof value === 'object' && value !== null && 'title' in value;
}
