import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import { subjectsOf } from '../commands/subject.ts';
import { commands, views } from '../ids.ts';
import type { LiveRuns } from '../model/live-run.ts';
import type { Projects } from '../model/project.ts';
import type { TargetState, TargetStates } from '../model/target-state.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { RunHistories, type Occasion } from './run-histories.ts';
import { runsNodes } from './runs-nodes.ts';
import { Tree } from './tree.ts';
import type { TreeNode } from './tree-node.ts';
import { ViewProgress } from './view-progress.ts';
import { WatchWhileVisible } from './watch-while-visible.ts';

/** The runs that are under way, and the history of the chosen targets, by whomever it was made. */
export class RunsView extends Disposable {
  readonly #projects: Projects;
  readonly #states: TargetStates;
  readonly #runs: LiveRuns;
  readonly #histories: RunHistories;
  readonly #tree: Tree;
  readonly #progress: ViewProgress;

  constructor(projects: Projects, states: TargetStates, runs: LiveRuns, worker: WorkerClient) {
    super();
    this.#projects = projects;
    this.#states = states;
    this.#runs = runs;
    this.#histories = this.register(new RunHistories(worker));
    this.#tree = this.register(new Tree(views.runs, this, { canSelectMany: false }));
    this.#progress = this.register(new ViewProgress(views.runs));
    this.register(new WatchWhileVisible(this.#tree.view, states));
    const draw = (): void => {
      this.#draw();
    };
    this.register(this.#tree.view.onDidChangeVisibility(draw));
    this.register(projects.onDidChange(draw));
    this.register(states.onDidChange(draw));
    this.register(runs.onDidChange(draw));
    this.register(this.#histories.onDidChange(draw));
    this.register(
      vscode.commands.registerCommand(commands.loadMoreRuns, (clicked: unknown) => {
        this.#loadMore(clicked);
      }),
    );
  }

  get tree(): Tree {
    return this.#tree;
  }

  load(): Promise<unknown> {
    return this.#projects.load();
  }

  nodes(): readonly TreeNode[] {
    return runsNodes({
      projects: this.#projects.all,
      stateOf: (project) => this.#states.get(project),
      historyOf: ({ project, target }) => this.#histories.get(project, target.name),
      live: this.#runs.all,
      now: Date.now(),
    });
  }

  read(): Promise<void> {
    return Promise.resolve();
  }

  #draw(): void {
    const [only, ...others] = this.#projects.all;
    this.#tree.view.description = others.length > 0 ? '' : (only?.target ?? '');
    if (this.#tree.view.visible) for (const state of this.#states.current) this.#readAgain(state);
    this.#progress.show(
      this.#states.current.some(({ project, target }) => this.#histories.get(project, target.name).isReading),
    );
    this.#tree.draw();
  }

  /**
   * Where there is something new. Only of a target that has answered: reading the history must neither start an embedded PostGIS
   * nor wait for a server that is away.
   */
  #readAgain(state: TargetState): void {
    if (state.state !== 'ready') return;
    const { readAt, isReading, error } = this.#histories.get(state.project, state.target.name);
    const occasion = occasionOf(state);
    const isCurrent = readAt?.runs === occasion.runs && (error === undefined || readAt.seenAt === occasion.seenAt);
    if (!isReading && !isCurrent) void this.#histories.read(state.project, state.target.name, occasion);
  }

  /** Of the target that was clicked; of all that are shown where it is called from the palette. */
  #loadMore(clicked: unknown): void {
    const targets = subjectsOf(clicked, undefined).filter((subject) => subject.kind === 'target');
    for (const { project, target } of this.#states.current) {
      const isMeant = targets.some((subject) => subject.config === project.config && subject.target === target.name);
      const { hasMore } = this.#histories.get(project, target.name);
      if (hasMore && (isMeant || targets.length === 0)) this.#histories.extend(project, target.name);
    }
  }
}

/** A run of anybody changes the last run of its table. */
function occasionOf({ tables, seenAt }: TargetState): Occasion {
  const runs = JSON.stringify(tables.map(({ status }) => [status?.lastRun?.run, status?.lastRun?.status]));
  return { runs, seenAt };
}
