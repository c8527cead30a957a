import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import { views } from '../ids.ts';
import type { ConnectionTests } from '../model/connection-tests.ts';
import type { Projects } from '../model/project.ts';
import type { TargetStates } from '../model/target-state.ts';
import { connectionsNodes } from './connections-nodes.ts';
import { Tree } from './tree.ts';
import type { TreeNode } from './tree-node.ts';
import { WatchWhileVisible } from './watch-while-visible.ts';

/** Snowflake and the targets of each configuration, and the parts that run on this machine. */
export class ConnectionsView extends Disposable {
  readonly #projects: Projects;
  readonly #states: TargetStates;
  readonly #tests: ConnectionTests;
  readonly #tree: Tree;

  constructor(projects: Projects, states: TargetStates, tests: ConnectionTests) {
    super();
    this.#projects = projects;
    this.#states = states;
    this.#tests = tests;
    this.#tree = this.register(new Tree(views.connections, this, { canSelectMany: false }));
    this.register(new WatchWhileVisible(this.#tree.view, states));
    const draw = (): void => {
      this.#tree.draw();
    };
    this.register(projects.onDidChange(draw));
    this.register(states.onDidChange(draw));
    this.register(tests.onDidChange(draw));
  }

  get tree(): Tree {
    return this.#tree;
  }

  async load(): Promise<unknown> {
    const projects = await this.#projects.load();
    // Somebody without a configuration may have a local PostGIS all the same.
    if (vscode.workspace.isTrusted) void this.#states.refreshLocal();
    return projects;
  }

  nodes(): readonly TreeNode[] {
    return connectionsNodes({
      projects: this.#projects.all,
      stateOf: (project, target) => this.#states.get(project, target),
      testOf: (connection) => this.#tests.latest(connection),
      local: this.#states.local,
      now: Date.now(),
    });
  }

  read(): Promise<void> {
    return Promise.resolve();
  }
}
