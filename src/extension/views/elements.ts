import type { Subject } from '../commands/subject.ts';
import type { TreeNode } from './tree-node.ts';

/** A node for as long as it is in the tree: the same object, whatever becomes of what it shows. */
export interface TreeElement {
  readonly id: string;
  readonly parent: TreeElement | undefined;
  readonly node: TreeNode;
  readonly subject: Subject | undefined;
}

/** Of a tree, what has to be drawn again: all of it, or only these and what is below them. */
export type Changes = 'all' | readonly TreeElement[];

/** The elements of a tree, kept from one moment to the next. */
export class Elements {
  #roots: readonly Element[] = [];
  readonly #byId = new Map<string, Element>();

  get roots(): readonly TreeElement[] {
    return this.#roots;
  }

  find(id: string): TreeElement | undefined {
    return this.#byId.get(id);
  }

  childrenOf(element: TreeElement): readonly TreeElement[] {
    return this.#byId.get(element.id)?.children ?? [];
  }

  /**
   * Shows other nodes, and says what that changes: the fewest elements, so that nothing flickers and nothing is asked for again.
   */
  show(nodes: readonly TreeNode[]): Changes {
    const changed: TreeElement[] = [];
    const before = this.#roots;
    this.#roots = this.#reconcile(before, nodes, undefined, changed);
    return isSameList(before, this.#roots) ? changed : 'all';
  }

  #reconcile(
    before: readonly Element[],
    nodes: readonly TreeNode[],
    parent: Element | undefined,
    changed: TreeElement[],
  ): readonly Element[] {
    const left = new Map(before.map((element) => [element.id, element]));
    const shown = nodes.map((node) => {
      const known = left.get(node.id);
      if (known !== undefined) {
        left.delete(node.id);
        this.#change(known, node, changed);
        return known;
      }
      const added = new Element(node, parent);
      this.#byId.set(node.id, added);
      // Whoever draws the parent again draws what is below it too.
      added.children = this.#reconcile([], childNodes(node), added, []);
      return added;
    });
    for (const element of left.values()) this.#forget(element);
    return shown;
  }

  #change(element: Element, node: TreeNode, changed: TreeElement[]): void {
    const shown = element.node;
    const children = element.children;
    const below: TreeElement[] = [];
    element.node = node;
    element.children = this.#reconcile(children, childNodes(node), element, below);
    if (looksSame(shown, node) && isSameList(children, element.children)) changed.push(...below);
    else changed.push(element);
  }

  #forget(element: Element): void {
    if (this.#byId.get(element.id) === element) this.#byId.delete(element.id);
    for (const child of element.children) this.#forget(child);
  }
}

class Element implements TreeElement {
  readonly id: string;
  readonly parent: Element | undefined;
  node: TreeNode;
  children: readonly Element[] = [];

  constructor(node: TreeNode, parent: Element | undefined) {
    this.id = node.id;
    this.node = node;
    this.parent = parent;
  }

  get subject(): Subject | undefined {
    return this.node.subject;
  }
}

function childNodes({ children }: TreeNode): readonly TreeNode[] {
  return children === undefined || children === 'unread' ? [] : children;
}

function isSameList(a: readonly Element[], b: readonly Element[]): boolean {
  return a.length === b.length && a.every((element, index) => element === b[index]);
}

/** Items are plain data. */
function looksSame(a: TreeNode, b: TreeNode): boolean {
  return (
    JSON.stringify([a.item, a.subject]) === JSON.stringify([b.item, b.subject]) &&
    (a.children === undefined) === (b.children === undefined) &&
    (a.children === 'unread') === (b.children === 'unread')
  );
}
