import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A window that a suite runs in; its tests are in the folder of its name below `suite/`. */
export interface Launch {
  readonly name: string;
  /** Folders of the workspace; none for an empty window. */
  readonly folders: readonly string[];
  readonly trusted: boolean;
}

export const launches: readonly Launch[] = [
  { name: 'folder', folders: ['grid'], trusted: true },
  // What the trees show is the window's whole past: they begin with one that has none.
  { name: 'views', folders: ['grid'], trusted: true },
  { name: 'two-folders', folders: ['north', 'south'], trusted: true },
  { name: 'untrusted', folders: ['stranger'], trusted: false },
  { name: 'empty-window', folders: [], trusted: true },
];

/** The workspace of a launch on disk. */
export interface Workspace {
  /** Absolute. */
  readonly folders: readonly string[];
  /** What is opened: a folder, a `.code-workspace` file, or nothing. */
  readonly opens: { readonly folder: string } | { readonly workspace: string } | undefined;
}

/** Makes the folders of a launch, empty, below `home`. */
export async function makeWorkspace(launch: Launch, home: string): Promise<Workspace> {
  const folders = launch.folders.map((name) => join(home, 'workspace', name));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  const [first, second] = folders;
  if (first === undefined) return { folders, opens: undefined };
  if (second === undefined) return { folders, opens: { folder: first } };
  const workspace = join(home, 'workspace', 'all.code-workspace');
  await writeFile(workspace, JSON.stringify({ folders: launch.folders.map((path) => ({ path })) }));
  return { folders, opens: { workspace } };
}
