import type * as vscode from 'vscode';
import type { ErrorDocument, ProjectDocument } from '../../worker/protocol/protocol.ts';

/** A `snowmelt.json` of the workspace. */
export interface Project {
  readonly uri: vscode.Uri;
  /** The file's absolute path: what the worker calls it. */
  readonly config: string;
  /** How it is told from others in this window: `maps/snowmelt.json`. */
  readonly label: string;
  /** What is in it; with problems of severity `error`, its lists are empty. Undefined until it was read. */
  readonly document: ProjectDocument | undefined;
  /** Why it could not be read. */
  readonly error: ErrorDocument | undefined;
  /** The target that the views show and that commands take: chosen by the user, otherwise the default one. */
  readonly target: string | undefined;
}

/** Every `snowmelt.json` of the workspace, kept up to date with the files. */
export interface Projects {
  /** By path. Empty before {@link Projects.load}. */
  readonly all: readonly Project[];
  readonly onDidChange: vscode.Event<void>;
  /** Resolves when every configuration has been looked for and read once. */
  load(): Promise<readonly Project[]>;
  find(uri: vscode.Uri): Project | undefined;
  /** Remembered for this workspace. */
  chooseTarget(project: Project, target: string): Promise<void>;
}
