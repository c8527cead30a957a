import * as vscode from 'vscode';
import type { TreeElement } from '../../../src/extension/views/elements.ts';
import type { Tree } from '../../../src/extension/views/tree.ts';

/** An item of a tree, as somebody sees it who has expanded it. */
export interface ShownItem {
  readonly element: TreeElement;
  readonly item: vscode.TreeItem;
  readonly depth: number;
}

/** What a tree shows down to a depth: 0 is its roots. Asks for what is below an item as expanding it would. */
export async function shownItems(tree: Tree, depth = 0): Promise<readonly ShownItem[]> {
  return below(tree, undefined, 0, depth);
}

/** `label: description` of each item, indented below what it belongs to. */
export async function treeLines(tree: Tree, depth = 0): Promise<readonly string[]> {
  return (await shownItems(tree, depth)).map(({ item, depth: at }) => {
    const description = typeof item.description === 'string' && item.description !== '' ? `: ${item.description}` : '';
    return `${'  '.repeat(at)}${labelOf(item)}${description}`;
  });
}

export function labelOf({ label }: vscode.TreeItem): string {
  return typeof label === 'string' ? label : (label?.label ?? '');
}

async function below(
  tree: Tree,
  parent: TreeElement | undefined,
  at: number,
  depth: number,
): Promise<readonly ShownItem[]> {
  const shown: ShownItem[] = [];
  for (const element of await tree.getChildren(parent)) {
    const item = tree.getTreeItem(element);
    shown.push({ element, item, depth: at });
    const isLeaf = item.collapsibleState === vscode.TreeItemCollapsibleState.None;
    if (!isLeaf && at < depth) shown.push(...(await below(tree, element, at + 1, depth)));
  }
  return shown;
}
