import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import { Elements, type TreeElement } from './elements.ts';
import { treeItem } from './tree-item.ts';
import type { TreeNode } from './tree-node.ts';

/** How often ages are written anew while somebody can see them, in ms. */
const tickMs = 10_000;

/** Where a tree gets its nodes from. */
export interface TreeSource {
  /** What the nodes are made of; asked for once, when the view is first opened. */
  load(): Promise<unknown>;
  /** All nodes, made from what is known now. */
  nodes(): readonly TreeNode[];
  /** Gets the children of a node that are `unread`. Never rejects; what went wrong is among the nodes afterwards. */
  read(node: TreeNode): Promise<void>;
}

/** Shows nodes in a view, and again only those that have changed. */
export class Tree extends Disposable implements vscode.TreeDataProvider<TreeElement> {
  readonly view: vscode.TreeView<TreeElement>;
  readonly #source: TreeSource;
  readonly #elements = new Elements();
  readonly #expanded = new Set<string>();
  /** Elements whose children VS Code waits for, and therefore need not be told of. */
  readonly #reading = new Set<string>();
  readonly #changes = this.register(new vscode.EventEmitter<TreeElement[] | undefined>());
  readonly onDidChangeTreeData = this.#changes.event;
  #isLoaded = false;
  #ticking: NodeJS.Timeout | undefined;

  constructor(viewId: string, source: TreeSource, options: { readonly canSelectMany: boolean }) {
    super();
    this.#source = source;
    this.view = this.register(
      vscode.window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: true, ...options }),
    );
    this.register(
      this.view.onDidExpandElement(({ element }) => {
        this.#expanded.add(element.id);
      }),
    );
    this.register(
      this.view.onDidCollapseElement(({ element }) => {
        this.#expanded.delete(element.id);
      }),
    );
    this.register(
      this.view.onDidChangeVisibility(() => {
        this.#tick();
      }),
    );
  }

  isExpanded(id: string): boolean {
    return this.#expanded.has(id);
  }

  find(id: string): TreeElement | undefined {
    return this.#elements.find(id);
  }

  /** Shows what is known now. Nothing happens before the view was first opened. */
  draw(): void {
    if (!this.#isLoaded || this.isDisposed) return;
    const changes = this.#elements.show(this.#source.nodes());
    if (changes === 'all') this.#changes.fire(undefined);
    else {
      const waiting = changes.filter(({ id }) => !this.#reading.has(id));
      if (waiting.length > 0) this.#changes.fire(waiting);
    }
  }

  getTreeItem(element: TreeElement): vscode.TreeItem {
    return treeItem(element.node);
  }

  getParent(element: TreeElement): TreeElement | undefined {
    return element.parent;
  }

  async getChildren(element?: TreeElement): Promise<readonly TreeElement[] & TreeElement[]> {
    if (element === undefined) {
      await this.#load();
      return [...this.#elements.roots];
    }
    if (element.node.children === 'unread') await this.#read(element);
    return [...this.#elements.childrenOf(element)];
  }

  override dispose(): void {
    clearInterval(this.#ticking);
    super.dispose();
  }

  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    await this.#source.load();
    this.#isLoaded = true;
    this.#elements.show(this.#source.nodes());
    this.#tick();
  }

  async #read(element: TreeElement): Promise<void> {
    this.#reading.add(element.id);
    try {
      await this.#source.read(element.node);
      this.draw();
    } finally {
      this.#reading.delete(element.id);
    }
  }

  #tick(): void {
    clearInterval(this.#ticking);
    if (!this.view.visible || this.isDisposed) return;
    this.draw();
    this.#ticking = setInterval(() => {
      this.draw();
    }, tickMs);
  }
}
