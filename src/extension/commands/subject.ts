import * as vscode from 'vscode';

/**
 * What a command is about. Tree items have it as their property `subject`; CodeLenses, links and other extensions hand it
 * over itself, as plain JSON. `config` is the absolute path of the configuration.
 */
export type Subject =
  | { readonly kind: 'project'; readonly config: string }
  | { readonly kind: 'source'; readonly config: string }
  | { readonly kind: 'target'; readonly config: string; readonly target: string }
  | TableSubject
  | {
      readonly kind: 'generation';
      readonly config: string;
      readonly target: string;
      readonly table: string;
      readonly generation: number;
    }
  /** `run` is the run's id in the ledger, or in this window. */
  | {
      readonly kind: 'run';
      readonly config: string;
      readonly target: string;
      readonly table: string;
      readonly run: string;
    };

export interface TableSubject {
  readonly kind: 'table';
  readonly config: string;
  /** The chosen target where it is left out. */
  readonly target?: string;
  readonly table: string;
}

/** What every tree item is or has, so that commands know what they were called on. */
export interface HasSubject {
  readonly subject: Subject | undefined;
}

/**
 * What a command was called on: of its two arguments, VS Code hands over the item that was clicked and, in trees where
 * several can be selected, the selection. The file is the subject for menus of editors. Empty for a call from the palette.
 */
export function subjectsOf(clicked: unknown, selected: unknown): readonly Subject[] {
  const several = Array.isArray(selected) ? selected.map(subjectOf).filter((subject) => subject !== undefined) : [];
  if (several.length > 0) return several;
  const one = subjectOf(clicked);
  return one === undefined ? [] : [one];
}

function subjectOf(value: unknown): Subject | undefined {
  if (value instanceof vscode.Uri) return { kind: 'project', config: value.fsPath };
  if (typeof value !== 'object' || value === null) return undefined;
  if ('subject' in value) return subjectOf(value.subject);
  if (!('kind' in value) || !('config' in value) || typeof value.config !== 'string') return undefined;
  return kinds.some((kind) => kind === value.kind) ? (value as Subject) : undefined;
}

const kinds: readonly Subject['kind'][] = ['project', 'source', 'target', 'table', 'generation', 'run'];
