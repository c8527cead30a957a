import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { Log } from '../log.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { errorDocumentOf } from '../process/worker-failure.ts';
import type { Project, Projects } from './project.ts';

const pattern = '**/snowmelt.json';
/** Installed packages may have examples with a configuration in them. */
const excluded = '**/node_modules/**';
/** An editor that saves and a branch that is switched make several events of one change. */
const settleMs = 150;

/** The configurations of all folders of the workspace. */
export class WorkspaceProjects extends Disposable implements Projects {
  readonly #worker: WorkerClient;
  readonly #chosen: vscode.Memento;
  readonly #log: Log;
  readonly #changes = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changes.event;
  #all: readonly Project[] = [];
  #loading: Promise<readonly Project[]> | undefined;
  #isLoaded = false;
  #reading = 0;
  #later: NodeJS.Timeout | undefined;

  constructor(worker: WorkerClient, chosen: vscode.Memento, log: Log) {
    super();
    this.#worker = worker;
    this.#chosen = chosen;
    this.#log = log;
  }

  get all(): readonly Project[] {
    return this.#all;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  load(): Promise<readonly Project[]> {
    this.#loading ??= this.#watchAndRead();
    return this.#loading;
  }

  find(uri: vscode.Uri): Project | undefined {
    return this.#all.find((project) => project.uri.toString() === uri.toString());
  }

  async chooseTarget(project: Project, target: string): Promise<void> {
    await this.#chosen.update(chosenKey(project.config), target);
    this.#all = this.#all.map((known) => (known.config === project.config ? { ...known, target } : known));
    this.#changes.fire();
  }

  /** Looks for the configurations again, and reads them all. */
  async reload(): Promise<readonly Project[]> {
    this.#reading += 1;
    const reading = this.#reading;
    const uris = await vscode.workspace.findFiles(pattern, excluded);
    uris.sort((a, b) => a.path.localeCompare(b.path));
    const read = await Promise.all(uris.filter(({ scheme }) => scheme === 'file').map((uri) => this.#read(uri)));
    // A later look has more recent answers.
    if (this.isDisposed || reading !== this.#reading) return this.#all;
    this.#all = read;
    this.#isLoaded = true;
    this.#changes.fire();
    return read;
  }

  override dispose(): void {
    clearTimeout(this.#later);
    super.dispose();
  }

  async #watchAndRead(): Promise<readonly Project[]> {
    const watcher = this.register(vscode.workspace.createFileSystemWatcher(pattern));
    const onFile = (uri: vscode.Uri): void => {
      if (!uri.path.includes('/node_modules/')) this.#reloadSoon();
    };
    this.register(watcher.onDidCreate(onFile));
    this.register(watcher.onDidChange(onFile));
    this.register(watcher.onDidDelete(onFile));
    // Of a folder that is deleted or moved, no event tells of the files in it.
    const folders = this.register(vscode.workspace.createFileSystemWatcher('**', true, true));
    this.register(
      folders.onDidDelete((uri) => {
        if (this.#all.some((project) => project.uri.path.startsWith(`${uri.path}/`))) this.#reloadSoon();
      }),
    );
    this.register(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.#reloadSoon();
      }),
    );
    this.register(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.#reloadSoon();
      }),
    );
    this.register(
      this.#worker.onDidChangeRunning(() => {
        const wasLost = this.#all.some(({ error }) => error !== undefined);
        if (wasLost && this.#worker.running !== undefined) this.#reloadSoon();
      }),
    );
    return this.reload();
  }

  #reloadSoon(): void {
    clearTimeout(this.#later);
    if (this.isDisposed) return;
    this.#later = setTimeout(() => {
      this.reload().catch((error: unknown) => {
        this.#log.error('The configurations could not be looked for.', error);
      });
    }, settleMs);
  }

  async #read(uri: vscode.Uri): Promise<Project> {
    const config = uri.fsPath;
    const label = vscode.workspace.asRelativePath(uri);
    const base = { uri, config, label, document: undefined, error: undefined, target: undefined };
    if (!vscode.workspace.isTrusted) return base;
    try {
      const document = await this.#worker.request('project/read', { config });
      const chosen = this.#chosen.get<string>(chosenKey(config));
      const target = document.targets.find(({ name }) => name === chosen)?.name ?? document.defaultTarget ?? undefined;
      return { ...base, document, target: target ?? document.targets[0]?.name };
    } catch (error) {
      return { ...base, error: errorDocumentOf(error) };
    }
  }
}

function chosenKey(config: string): string {
  return `target of ${config}`;
}
