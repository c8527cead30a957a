import * as vscode from 'vscode';
import type { ItemAction, ItemIcon, TreeNode } from './tree-node.ts';
import { outdatedScheme } from './outdated-decorations.ts';
import { linkedCommands } from './markdown.ts';

/** A node in the form in which VS Code shows it. */
export function treeItem(node: TreeNode): vscode.TreeItem {
  const { label, description, tooltip, icon, contextValue, action, spoken, outdated } = node.item;
  const item = new vscode.TreeItem(label, collapsibleState(node));
  item.id = node.id;
  // False and undefined are told apart here: undefined stands for the file's path where there is a resource.
  item.description = description ?? false;
  item.tooltip = tooltip === undefined ? spoken : tooltipOf(tooltip);
  if (icon !== undefined) item.iconPath = themeIcon(icon);
  if (contextValue !== undefined) item.contextValue = contextValue;
  if (action !== undefined) item.command = commandOf(action);
  if (spoken !== undefined) item.accessibilityInformation = { label: spoken };
  if (outdated === true) item.resourceUri = vscode.Uri.from({ scheme: outdatedScheme, path: `/${node.id}` });
  return item;
}

function collapsibleState({ children, expanded }: TreeNode): vscode.TreeItemCollapsibleState {
  if (children === undefined) return vscode.TreeItemCollapsibleState.None;
  return expanded === true ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}

function tooltipOf(markdown: string): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString(markdown, true);
  tooltip.isTrusted = { enabledCommands: linkedCommands };
  return tooltip;
}

function themeIcon({ id, color }: ItemIcon): vscode.ThemeIcon {
  return new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
}

function commandOf(action: ItemAction): vscode.Command {
  if (action.kind === 'command') {
    const { command, title, subject } = action;
    return { command, title, ...(subject !== undefined && { arguments: [subject] }) };
  }
  const { title, file, line, column } = action;
  const place = new vscode.Position(line - 1, column - 1);
  const options: vscode.TextDocumentShowOptions = { selection: new vscode.Range(place, place) };
  return { command: 'vscode.open', title, arguments: [vscode.Uri.file(file), options] };
}
