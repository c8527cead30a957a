import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import type { Project, Projects } from './project.ts';
import type { TargetState, TargetStates } from './target-state.ts';

/** When a target is looked at again while somebody looks at it, all in ms. */
const intervals = {
  /** A view that is opened, or a window that gets the focus, shows nothing older. */
  onLook: 15_000,
  /** Others sync into the same database. */
  ready: 60_000,
  /** Asking Snowflake costs more than asking Postgres. */
  source: 5 * 60_000,
  /** What has failed, at first and at last. */
  retry: { first: 5_000, last: 60_000 },
} as const;

/** A log-in that was refused is not tried so often that the account gets locked, and nothing else changes by itself. */
const slow: ReadonlySet<string> = new Set([
  'postgres.auth',
  'snowflake.auth',
  'secret.unavailable',
  'connection.invalid',
]);

interface Observed extends Pick<
  TargetStates,
  'current' | 'get' | 'refresh' | 'local' | 'refreshLocal' | 'onDidChange'
> {
  sourceSeenAt(project: Project, target: string): number | undefined;
}

/** Looks at the chosen targets again and again while at least one view shows them and the window has the focus. */
export class TargetWatch extends Disposable {
  readonly #states: Observed;
  readonly #projects: Projects;
  readonly #failures = new Map<string, number>();
  readonly #due = new Map<string, NodeJS.Timeout>();
  readonly #looking = new Set<string>();
  #holders = 0;

  constructor(states: Observed, projects: Projects, worker: WorkerClient) {
    super();
    this.#states = states;
    this.#projects = projects;
    this.register(
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) this.lookAgain();
        else this.#rest();
      }),
    );
    this.register(
      projects.onDidChange(() => {
        this.lookAgain();
      }),
    );
    this.register(
      states.onDidChange((state) => {
        if (state !== undefined) this.#onSeen(state);
      }),
    );
    this.register(
      worker.onDidChangeRunning(() => {
        if (worker.running !== undefined) this.lookAgain();
      }),
    );
  }

  hold(): vscode.Disposable {
    this.#holders += 1;
    if (this.#holders === 1) this.lookAgain();
    let isHeld = true;
    return new vscode.Disposable(() => {
      if (!isHeld) return;
      isHeld = false;
      this.#holders -= 1;
      if (this.#holders === 0) this.#rest();
    });
  }

  override dispose(): void {
    this.#holders = 0;
    this.#rest();
    super.dispose();
  }

  get #isWatched(): boolean {
    return this.#holders > 0 && !this.isDisposed && vscode.workspace.isTrusted;
  }

  #rest(): void {
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
  }

  /** Where somebody looks: at what has failed, and at what is old. */
  lookAgain(): void {
    if (!this.#isWatched) return;
    for (const { project, target } of this.#states.current) void this.#look(project.uri, target.name);
    const embedded = this.#projects.all.some(({ document }) =>
      document?.targets.some(({ kind }) => kind === 'embedded'),
    );
    if (embedded && this.#states.local === undefined) void this.#states.refreshLocal();
  }

  async #look(uri: vscode.Uri, target: string): Promise<void> {
    const key = keyOf(uri, target);
    clearTimeout(this.#due.get(key));
    const project = this.#projects.find(uri);
    if (project?.target !== target) return;
    const known = this.#states.get(project);
    const isRecent =
      known?.state === 'ready' && known.seenAt !== undefined && Date.now() - known.seenAt < intervals.onLook;
    this.#looking.add(key);
    const state = isRecent ? known : await this.#states.refresh(project, target, this.#optionsFor(project, target));
    this.#looking.delete(key);
    this.#lookLater(key, uri, state);
  }

  /** A command or a sync has looked, and found that it is gone or there again: the next look comes as soon as after one of the watch's own. */
  #onSeen(state: TargetState): void {
    const { project, target } = state;
    if (project.target !== target.name || state.state === 'loading' || state.state === 'unknown') return;
    const key = keyOf(project.uri, target.name);
    const hadFailed = (this.#failures.get(key) ?? 0) > 0;
    if (!this.#looking.has(key) && isWell(state) === hadFailed) this.#lookLater(key, project.uri, state);
  }

  /** Snowflake is asked as the setting says, but not each time. */
  #optionsFor(project: Project, target: string): { readonly source?: false } {
    const askedAt = this.#states.sourceSeenAt(project, target);
    return askedAt !== undefined && Date.now() - askedAt < intervals.source ? { source: false } : {};
  }

  #lookLater(key: string, uri: vscode.Uri, state: TargetState): void {
    const failures = isWell(state) ? 0 : (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    if (!this.#isWatched || !vscode.window.state.focused) return;
    clearTimeout(this.#due.get(key));
    const delayMs = failures === 0 ? intervals.ready : retryAfter(state, failures);
    this.#due.set(
      key,
      setTimeout(() => void this.#look(uri, state.target.name), delayMs),
    );
  }
}

function keyOf(uri: vscode.Uri, target: string): string {
  return `${uri.toString()}#${target}`;
}

function isWell({ state, sourceError }: TargetState): boolean {
  return state === 'ready' && sourceError === undefined;
}

function retryAfter({ error, sourceError }: TargetState, failures: number): number {
  const code = (error ?? sourceError)?.code ?? '';
  if (slow.has(code)) return intervals.retry.last;
  return Math.min(intervals.retry.last, intervals.retry.first * 2 ** (failures - 1));
}
