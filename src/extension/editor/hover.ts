import * as vscode from 'vscode';
import { formatBytes } from '../../worker/protocol/figures.ts';
import type { SourceItem } from '../../worker/protocol/protocol.ts';
import { code, plain } from '../views/markdown.ts';
import { matchingSourceColumn, targetColumn } from './column-names.ts';
import { outlineOf, type TableOutline } from './config-outline.ts';
import { rangeOf } from './configuration-documents.ts';
import { tableTitle } from './lens-titles.ts';
import { placeAt } from './place.ts';
import { type TargetColumn, targetColumnsOf } from './table-columns.ts';
import { itemsOf, type TableKnowledge } from './table-knowledge.ts';

/** The most columns that are listed. */
const mostColumns = 30;

/** Says of a table how it stands, of a column its types on both sides, of an object of Snowflake its columns. */
export class ConfigurationHover implements vscode.HoverProvider {
  readonly #knowledge: TableKnowledge;

  constructor(knowledge: TableKnowledge) {
    this.#knowledge = knowledge;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    if (!vscode.workspace.isTrusted) return undefined;
    const text = document.getText();
    const place = placeAt(text, document.offsetAt(position));
    const table = outlineOf(text).tables.find(({ name }) => name === place?.table);
    if (place?.inside === undefined || table === undefined) return undefined;
    const range = rangeOf(document, place.inside);
    const written = String(place.path.at(-1));
    const value = place.isKey ? written : decoded(document.getText(range));
    const content =
      place.kind === 'table'
        ? this.#ofTable(document, table)
        : place.kind === 'sourceObject'
          ? await this.#ofObject(document, table, token)
          : place.kind === 'sourceColumn'
            ? await this.#ofSourceColumn(document, table, value, token)
            : await this.#ofTargetColumn(document, table, targetColumn(value), token);
    return content === undefined || token.isCancellationRequested ? undefined : new vscode.Hover(content, range);
  }

  #ofTable(document: vscode.TextDocument, table: TableOutline): vscode.MarkdownString | undefined {
    const target = this.#knowledge.target(document);
    const state = this.#knowledge.state(document, table.name);
    if (target === undefined || state === undefined) return undefined;
    const { relation } = state.table;
    const content = new vscode.MarkdownString();
    content
      .appendMarkdown('**')
      .appendMarkdown(plain(`${relation.schema}.${relation.name}`))
      .appendMarkdown('** in ');
    content.appendMarkdown(plain(`${target.target.name} (${target.target.description})`));
    // Icons are for lenses.
    content
      .appendMarkdown('\n\n')
      .appendMarkdown(plain(tableTitle(target, state, Date.now()).replace(/\$\([^)]*\) /, '')));
    if (typeof state.status?.bytes === 'number') content.appendMarkdown(plain(`, ${formatBytes(state.status.bytes)}`));
    for (const reason of state.staleness.reasons) content.appendMarkdown('\n\n').appendMarkdown(plain(reason));
    return content;
  }

  async #ofObject(
    document: vscode.TextDocument,
    table: TableOutline,
    token: vscode.CancellationToken,
  ): Promise<vscode.MarkdownString | undefined> {
    const listing = await this.#knowledge.sourceColumns(document, table, token);
    if (listing === undefined) return undefined;
    if ('failure' in listing) return new vscode.MarkdownString().appendMarkdown(plain(listing.failure));
    const { items } = listing;
    const content = new vscode.MarkdownString();
    content
      .appendMarkdown('**')
      .appendMarkdown(plain(table.source ?? ''))
      .appendMarkdown('**\n\n');
    content.appendCodeblock(columnList(items), 'sql');
    const more = items.length - mostColumns;
    if (more > 0) content.appendMarkdown(plain(`and ${more} more`));
    return content;
  }

  async #ofSourceColumn(
    document: vscode.TextDocument,
    table: TableOutline,
    written: string,
    token: vscode.CancellationToken,
  ): Promise<vscode.MarkdownString | undefined> {
    const items = itemsOf(await this.#knowledge.sourceColumns(document, table, token));
    const column = matchingSourceColumn(written, items);
    if (column === undefined) return undefined;
    const content = new vscode.MarkdownString().appendCodeblock(`${column.name} ${column.type ?? ''}`, 'sql');
    if (column.comment !== null && column.comment !== '') content.appendMarkdown(plain(column.comment));
    return content;
  }

  async #ofTargetColumn(
    document: vscode.TextDocument,
    table: TableOutline,
    name: string,
    token: vscode.CancellationToken,
  ): Promise<vscode.MarkdownString | undefined> {
    const [listing, relation] = await Promise.all([
      this.#knowledge.sourceColumns(document, table, token),
      this.#knowledge.relation(document, table.name, token),
    ]);
    const described = relation?.columns ?? [];
    const column = targetColumnsOf(table, itemsOf(listing), described).find((known) => known.name === name);
    if (column === undefined) return undefined;
    return columnText(column, described.find((known) => known.name === name)?.sourceType);
  }
}

/** @param syncedFrom the type in Snowflake that filled it at the last sync. */
function columnText(
  { name, source, type, isComputed }: TargetColumn,
  syncedFrom: string | null | undefined,
): vscode.MarkdownString {
  const content = new vscode.MarkdownString();
  content.appendCodeblock(`${name} ${type ?? ''}`.trim(), 'sql');
  const from = source?.type ?? syncedFrom;
  if (isComputed) content.appendMarkdown(plain('Computed by Postgres while the rows are loaded.'));
  else if (source !== undefined) content.appendMarkdown(`From ${code(`${source.name} ${from ?? ''}`.trim())}`);
  else if (from !== null && from !== undefined) content.appendMarkdown(`From ${code(from)} in Snowflake`);
  return content;
}

function columnList(items: readonly SourceItem[]): string {
  const shown = items.slice(0, mostColumns);
  const width = Math.max(...shown.map(({ quoted }) => quoted.length), 0);
  return shown.map(({ quoted, type }) => `${quoted.padEnd(width)} ${type ?? ''}`).join('\n');
}

function decoded(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}
