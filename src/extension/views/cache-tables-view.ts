import { Disposable } from '../disposable.ts';
import { views } from '../ids.ts';
import type { LiveRun, LiveRuns } from '../model/live-run.ts';
import type { Projects } from '../model/project.ts';
import type { TableState, TargetStates } from '../model/target-state.ts';
import { cacheTablesNodes, tableNodeId } from './cache-tables-nodes.ts';
import { DescribedTables } from './described-tables.ts';
import { staleBadge } from './stale-badge.ts';
import { Tree } from './tree.ts';
import type { TreeNode } from './tree-node.ts';
import { ViewProgress } from './view-progress.ts';
import { WatchWhileVisible } from './watch-while-visible.ts';

/** The tables of the chosen targets: how they stand, what they consist of, and how the runs at work on them go. */
export class CacheTablesView extends Disposable {
  readonly #projects: Projects;
  readonly #states: TargetStates;
  readonly #runs: LiveRuns;
  readonly #described: DescribedTables;
  readonly #tree: Tree;
  readonly #progress: ViewProgress;

  constructor(projects: Projects, states: TargetStates, runs: LiveRuns) {
    super();
    this.#projects = projects;
    this.#states = states;
    this.#runs = runs;
    this.#described = this.register(new DescribedTables(states));
    this.#tree = this.register(new Tree(views.cacheTables, this, { canSelectMany: true }));
    this.register(new WatchWhileVisible(this.#tree.view, states));
    this.#progress = this.register(new ViewProgress(views.cacheTables));
    const draw = (): void => {
      this.#draw();
    };
    this.register(projects.onDidChange(draw));
    this.register(states.onDidChange(draw));
    this.register(runs.onDidChange(draw));
    this.register(this.#described.onDidChange(draw));
  }

  get tree(): Tree {
    return this.#tree;
  }

  load(): Promise<unknown> {
    return this.#projects.load();
  }

  nodes(): readonly TreeNode[] {
    const active = this.#runs.active;
    return cacheTablesNodes({
      projects: this.#projects.all,
      stateOf: (project) => this.#states.get(project),
      runOf: (table) => active.find((run) => isOf(run, table)),
      descriptionOf: (table) => this.#described.get(table),
      now: Date.now(),
    });
  }

  async read({ id }: TreeNode): Promise<void> {
    const table = this.#tables.find((one) => tableNodeId(one) === id);
    if (table !== undefined) await this.#described.describe(table);
  }

  get #tables(): readonly TableState[] {
    return this.#states.current.flatMap(({ tables }) => tables);
  }

  #draw(): void {
    const { view } = this.#tree;
    view.badge = staleBadge(this.#tables);
    const [only, ...others] = this.#projects.all;
    this.#progress.show(this.#states.current.some(({ state }) => state === 'loading'));
    view.description = others.length > 0 ? '' : (only?.target ?? '');
    for (const table of this.#tables) this.#describeAgain(table);
    this.#tree.draw();
  }

  /** What is open is read again at once, so that it stays open; what is not, when it is opened. */
  #describeAgain(table: TableState): void {
    if (!this.#described.isOutdated(table)) return;
    if (this.#tree.isExpanded(tableNodeId(table)) && this.#tree.view.visible) void this.#described.describe(table);
    else this.#described.forget(table);
  }
}

function isOf(run: LiveRun, { project, target, table }: TableState): boolean {
  return run.project.config === project.config && run.target === target.name && run.table === table.name;
}
