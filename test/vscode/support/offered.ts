import * as vscode from 'vscode';
import { contextKey } from './context-keys.ts';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly enablement?: string }[];
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string; readonly when?: string }[];
    readonly walkthroughs: readonly {
      readonly id: string;
      readonly steps: readonly { readonly title: string; readonly description: string }[];
    }[];
  };
}

/** package.json of the running extension, in the language of the window. */
export function manifest(): Manifest {
  const extension = vscode.extensions.getExtension('snowmelt.snowmelt');
  if (extension === undefined) throw new Error('The extension is not installed.');
  return extension.packageJSON as Manifest;
}

/** The commands that the palette offers now, by their names alone. */
export function offeredCommands(): readonly string[] {
  return manifest()
    .contributes.commands.filter(({ enablement }) => holds(enablement))
    .map(({ command }) => command.replace('snowmelt.', ''));
}

/** What a view says in place of a tree that is empty. */
export function welcome(view: string): readonly string[] {
  return manifest()
    .contributes.viewsWelcome.filter((one) => one.view === view && holds(one.when))
    .map(({ contents }) => contents);
}

/** Whether a clause holds now. Of their language, what those of commands and welcomes are written in. */
function holds(clause = ''): boolean {
  return clause
    .split(' && ')
    .filter((term) => term !== '')
    .every((term) => {
      const [, not, name, operator, value] = /^(!?)([\w.]+)(?: (==|>) (\d+))?$/.exec(term) ?? [];
      if (name === undefined) throw new Error(`"${term}" is more than is understood here.`);
      const known = contextKey(name);
      if (operator === '==') return known === Number(value);
      if (operator === '>') return Number(known) > Number(value);
      return (known === true) !== (not === '!');
    });
}
