import * as vscode from 'vscode';
import { back, type StepPosition, type StepResult } from './steps.ts';

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

interface PickOptions<T> extends StepPosition {
  readonly title: string;
  readonly placeholder: string;
  /** May take a while: the box is there meanwhile, and says why where it fails. */
  readonly choices: (token: vscode.CancellationToken) => Promise<readonly (Choice<T> | Separator)[]>;
}

type Separator = vscode.QuickPickItem & { readonly kind: vscode.QuickPickItemKind.Separator };

/** One of several. What cannot be listed is said in the box, which then offers to try again. */
export async function pickOne<T>(options: PickOptions<T>): Promise<StepResult<T>> {
  const picked = await show<T>(options, false);
  return Array.isArray(picked) ? (picked as readonly Choice<T>[])[0]?.value : (picked as typeof back | undefined);
}

/** Any number of several; those that have `picked` are chosen already. */
export async function pickSeveral<T>(options: PickOptions<T>): Promise<StepResult<readonly T[]>> {
  const picked = await show<T>(options, true);
  return Array.isArray(picked)
    ? (picked as readonly Choice<T>[]).map(({ value }) => value)
    : (picked as typeof back | undefined);
}

const tryAgain = { label: '$(refresh) Try again', alwaysShow: true } as const;

function show<T>(options: PickOptions<T>, several: boolean): Promise<StepResult<readonly Choice<T>[]>> {
  const { title, placeholder, choices } = options;
  const input = vscode.window.createQuickPick<vscode.QuickPickItem>();
  const token = new vscode.CancellationTokenSource();
  Object.assign(input, { ...shared(options), title, placeholder, canSelectMany: several, matchOnDescription: true });
  const load = async (): Promise<void> => {
    input.busy = true;
    input.items = [];
    try {
      const items = await choices(token.token);
      input.canSelectMany = several;
      input.items = items;
      if (several) input.selectedItems = items.filter(({ picked }) => picked === true);
    } catch (error) {
      if (token.token.isCancellationRequested) return;
      input.canSelectMany = false;
      input.items = [{ ...tryAgain, detail: error instanceof Error ? error.message : String(error) }];
    } finally {
      input.busy = false;
    }
  };
  return new Promise((resolve) => {
    const done = (result: StepResult<readonly Choice<T>[]>): void => {
      token.cancel();
      resolve(result);
      input.dispose();
      token.dispose();
    };
    input.onDidTriggerButton((button) => {
      if (button === vscode.QuickInputButtons.Back) done(back);
    });
    input.onDidAccept(() => {
      if (input.busy) return;
      const selected = input.selectedItems;
      if (selected.some(({ label }) => label === tryAgain.label)) void load();
      else if (several || selected.length > 0) done(selected as readonly Choice<T>[]);
    });
    input.onDidHide(() => {
      done(undefined);
    });
    input.show();
    void load();
  });
}

interface InputOptions extends StepPosition {
  readonly title: string;
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  /** What is wrong with an answer; undefined where nothing is. */
  readonly problem: (value: string) => string | undefined;
}

/** A line of text, without spaces around it. */
export function askText({
  title,
  prompt,
  placeholder,
  value,
  problem,
  ...position
}: InputOptions): Promise<StepResult<string>> {
  const input = vscode.window.createInputBox();
  Object.assign(input, { ...shared(position), title, prompt, placeholder: placeholder ?? '', value: value ?? '' });
  return new Promise((resolve) => {
    const done = (result: StepResult<string>): void => {
      resolve(result);
      input.dispose();
    };
    input.onDidTriggerButton((button) => {
      if (button === vscode.QuickInputButtons.Back) done(back);
    });
    // While it is typed it cannot be right yet; it is looked at when it is said to be ready, and then until it is right.
    input.onDidChangeValue((text) => {
      if (input.validationMessage !== undefined) input.validationMessage = problem(text.trim());
    });
    input.onDidAccept(() => {
      input.validationMessage = problem(input.value.trim());
      if (input.validationMessage === undefined) done(input.value.trim());
    });
    input.onDidHide(() => {
      done(undefined);
    });
    input.show();
  });
}

/** Another window or a look at the browser must not throw the answers away. */
function shared({
  step,
  totalSteps,
  canGoBack,
}: StepPosition): Partial<vscode.QuickInput> & { buttons: vscode.QuickInputButton[] } {
  return { step, totalSteps, ignoreFocusOut: true, buttons: canGoBack ? [vscode.QuickInputButtons.Back] : [] };
}
