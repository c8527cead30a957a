import * as vscode from 'vscode';
import { Disposable } from './disposable.ts';
import { contextKeys } from './ids.ts';
import type { LiveRuns } from './model/live-run.ts';
import type { WorkspaceProjects } from './model/workspace-projects.ts';
import type { TargetStates } from './model/target-state.ts';

type KeyName = keyof typeof contextKeys;

/** Keeps the keys true that `when` clauses of package.json ask for. */
export class ContextKeys extends Disposable {
  readonly #projects: WorkspaceProjects;
  readonly #targets: TargetStates;
  readonly #runs: LiveRuns;
  readonly #known = new Map<KeyName, boolean>();

  constructor(projects: WorkspaceProjects, targets: TargetStates, runs: LiveRuns) {
    super();
    this.#projects = projects;
    this.#targets = targets;
    this.#runs = runs;
    const update = (): void => {
      this.#update();
    };
    this.register(projects.onDidChange(update));
    this.register(targets.onDidChange(update));
    this.register(runs.onDidChange(update));
  }

  #update(): void {
    const { all, isLoaded } = this.#projects;
    const documents = all.map(({ document }) => document).filter((document) => document !== undefined);
    const targets = documents.flatMap((document) => document.targets);
    const sources = documents.flatMap(({ source }) => (source === null ? [] : [source]));
    const states: Record<KeyName, boolean> = {
      isReady: isLoaded,
      hasConfigurationFile: all.length > 0,
      hasConfiguration: targets.length > 0,
      isRunning: this.#runs.active.length > 0,
      localRunning:
        this.#targets.local?.postgres.state === 'running' ||
        this.#targets.current.some(({ target, state }) => target.kind === 'embedded' && state === 'ready'),
      hasEmbeddedTarget: targets.some(({ kind }) => kind === 'embedded'),
      hasRole: documents.some(({ role }) => role !== null),
      hasPromptedSecret: [...targets, ...sources].some(({ secrets }) => secrets.length > 0),
    };
    for (const name of Object.keys(states) as KeyName[]) {
      if (this.#known.get(name) === states[name]) continue;
      this.#known.set(name, states[name]);
      void vscode.commands.executeCommand('setContext', contextKeys[name], states[name]);
    }
  }
}
