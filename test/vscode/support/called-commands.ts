import * as vscode from 'vscode';

type Executor = (command: string, ...args: readonly unknown[]) => Thenable<unknown>;

/** One use of a command. */
export type Call = readonly [command: string, ...args: unknown[]];

/**
 * Watches which of some commands the extension calls while something is done, `setContext` among them.
 * @param options `instead`: the calls are swallowed, for commands that would end the test, such as `vscode.openFolder`.
 * @returns the calls, in order.
 */
export async function callsOf(
  commands: readonly string[],
  action: () => Thenable<unknown>,
  options: { readonly instead?: boolean } = {},
): Promise<readonly Call[]> {
  const calls: Call[] = [];
  const api = vscode.commands as unknown as { executeCommand: Executor };
  const original = api.executeCommand;
  api.executeCommand = (command, ...args) => {
    const isWatched = commands.includes(command);
    if (isWatched) calls.push([command, ...args]);
    return isWatched && options.instead === true ? Promise.resolve() : original(command, ...args);
  };
  try {
    await action();
    return calls;
  } finally {
    api.executeCommand = original;
  }
}
