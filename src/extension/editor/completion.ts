import * as vscode from 'vscode';
import { findNodeAtLocation, getNodeValue } from 'jsonc-parser';
import type { SourceItem } from '../../worker/protocol/protocol.ts';
import { formatRows } from '../../worker/protocol/figures.ts';
import { writtenTargetColumn } from './column-names.ts';
import { type ConfigOutline, outlineOf, type TableOutline } from './config-outline.ts';
import { rangeOf } from './configuration-documents.ts';
import { type Place, placeAt } from './place.ts';
import type { SourceCatalog, SourceLevel, SourceListing } from './source-catalog.ts';
import { escapeForJson, readTypedSourceName } from './source-name.ts';
import { targetColumnsOf } from './table-columns.ts';
import { itemsOf, type TableKnowledge } from './table-knowledge.ts';

/** Offers what there is in Snowflake and in the file where a name of it can stand. What goes wrong is one item that says so. */
export class ConfigurationCompletion implements vscode.CompletionItemProvider {
  /** Characters after which names can be offered anew. */
  static readonly triggers = ['"', '.'] as const;

  readonly #catalog: SourceCatalog;
  readonly #knowledge: TableKnowledge;

  constructor(catalog: SourceCatalog, knowledge: TableKnowledge) {
    this.#catalog = catalog;
    this.#knowledge = knowledge;
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionList | undefined> {
    const text = document.getText();
    const offset = document.offsetAt(position);
    const place = placeAt(text, offset);
    if (place === undefined) return undefined;
    const outline = outlineOf(text);
    if (place.kind === 'target') return this.#targets(document, position, place, outline);
    if (!vscode.workspace.isTrusted) return undefined;
    if (place.kind === 'sourceObject') return this.#objects(document, position, place, token);
    const table = outline.tables.find(({ name }) => name === place.table);
    if (place.kind === 'table' || table === undefined) return undefined;
    return this.#columns(document, position, { place, outline, table }, token);
  }

  #targets(
    document: vscode.TextDocument,
    position: vscode.Position,
    place: Place,
    outline: ConfigOutline,
  ): vscode.CompletionList {
    return new vscode.CompletionList(
      outline.targets.map(({ name }) =>
        named(name, vscode.CompletionItemKind.Reference, spotOf(document, position, place)),
      ),
    );
  }

  async #objects(
    document: vscode.TextDocument,
    position: vscode.Position,
    place: Place,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionList | undefined> {
    const inside = place.inside ?? { offset: document.offsetAt(position), length: 0 };
    const raw = document.getText().slice(inside.offset, document.offsetAt(position));
    const typed = readTypedSourceName(raw);
    const level = levelBelow(typed.qualifiers);
    if (level === undefined) return undefined;
    const listing = await this.#catalog.list(document.uri.fsPath, level, token);
    if (listing === undefined) return undefined;
    const spot = spotOf(document, position, place, typed.lastOffset);
    if ('failure' in listing) return onlyFailure(listing.failure, document, spot);
    const items = listing.items.map((item) => objectItem(item, spot));
    return new vscode.CompletionList(items, listing.truncated);
  }

  async #columns(
    document: vscode.TextDocument,
    position: vscode.Position,
    at: { readonly place: Place; readonly outline: ConfigOutline; readonly table: TableOutline },
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionList | undefined> {
    const { place, outline, table } = at;
    const spot = spotOf(document, position, place);
    const listing = await this.#knowledge.sourceColumns(document, table, token);
    if (token.isCancellationRequested) return undefined;
    const taken = takenAt(outline, place, rangeText(document, place));
    if (place.kind === 'sourceColumn') {
      return withFailure(
        itemsOf(listing)
          .filter(({ name }) => !taken.has(name))
          .map(({ name, type }) => named(name, vscode.CompletionItemKind.Field, spot, type ?? '')),
        listing,
        document,
        spot,
      );
    }
    const relation = await this.#knowledge.relation(document, table.name, token);
    const columns = targetColumnsOf(table, itemsOf(listing), relation?.columns ?? [])
      .filter(({ isComputed }) => place.kind === 'targetColumn' || !isComputed)
      .map((column) => ({ ...column, written: writtenTargetColumn(column.name) }))
      .filter(({ written }) => !taken.has(written));
    return withFailure(
      columns.map(({ written, type, source, isComputed }) => {
        const known = type ?? source?.type ?? '';
        return named(written, vscode.CompletionItemKind.Field, spot, isComputed ? `computed ${known}` : known);
      }),
      listing,
      document,
      spot,
    );
  }
}

/** Where an item goes, and what has to be around it there. */
interface Spot {
  readonly inserting: vscode.Range;
  readonly replacing: vscode.Range;
  /** No string was begun yet. */
  readonly needsQuotes: boolean;
  readonly isKey: boolean;
  /** What follows the cursor begins with a dot. */
  readonly dotFollows: boolean;
}

/** @param skipped code units from the begin of the string that stay. */
function spotOf(document: vscode.TextDocument, position: vscode.Position, place: Place, skipped = 0): Spot {
  const { inside, isKey } = place;
  if (inside === undefined) {
    const here = new vscode.Range(position, position);
    return { inserting: here, replacing: here, needsQuotes: true, isKey, dotFollows: false };
  }
  const start = document.positionAt(inside.offset + skipped);
  const end = document.positionAt(inside.offset + inside.length);
  return {
    inserting: new vscode.Range(start, position),
    replacing: new vscode.Range(start, end),
    needsQuotes: false,
    isKey,
    dotFollows: document.getText(new vscode.Range(position, position.translate(0, 1))) === '.',
  };
}

function named(name: string, kind: vscode.CompletionItemKind, spot: Spot, detail = ''): vscode.CompletionItem {
  const item = new vscode.CompletionItem(name, kind);
  if (detail !== '') item.detail = detail;
  return placed(item, escapeForJson(name), spot);
}

/** Gives an item its text and its ranges. */
function placed(item: vscode.CompletionItem, text: string, spot: Spot): vscode.CompletionItem {
  const { inserting, replacing, needsQuotes, isKey } = spot;
  item.range = { inserting, replacing };
  item.filterText = needsQuotes ? `"${text}"` : text;
  item.insertText = !needsQuotes
    ? text
    : isKey
      ? new vscode.SnippetString().appendText(`"${text}": "`).appendTabstop().appendText('"')
      : `"${text}"`;
  return item;
}

const kinds: Readonly<Record<SourceItem['kind'], vscode.CompletionItemKind>> = {
  database: vscode.CompletionItemKind.Module,
  schema: vscode.CompletionItemKind.Folder,
  table: vscode.CompletionItemKind.Struct,
  view: vscode.CompletionItemKind.Interface,
  column: vscode.CompletionItemKind.Field,
};

function objectItem({ name, quoted, kind, rows, comment }: SourceItem, spot: Spot): vscode.CompletionItem {
  const item = new vscode.CompletionItem(name, kinds[kind]);
  const goesOn = kind === 'database' || kind === 'schema';
  placed(item, escapeForJson(quoted) + (goesOn && !spot.dotFollows && !spot.needsQuotes ? '.' : ''), spot);
  if (goesOn) item.command = { command: 'editor.action.triggerSuggest', title: 'Suggest' };
  item.detail = rows === null ? kind : `${kind}, ${formatRows(rows)}`;
  if (comment !== null && comment !== '') item.documentation = comment;
  return item;
}

function levelBelow(qualifiers: readonly string[]): SourceLevel | undefined {
  const [database, schema] = qualifiers;
  switch (qualifiers.length) {
    case 0:
      return { list: 'databases' };
    case 1:
      return database === undefined ? undefined : { list: 'schemas', database };
    case 2:
      return database === undefined || schema === undefined ? undefined : { list: 'objects', database, schema };
    default:
      return undefined;
  }
}

/** What the list or the object that a place is in has already, without what stands at the place itself. */
function takenAt(outline: ConfigOutline, place: Place, here: string): Set<string> {
  const parent = outline.root && findNodeAtLocation(outline.root, [...place.path.slice(0, -1)]);
  const values = (parent?.children ?? []).map((child): unknown =>
    child.type === 'property' ? child.children?.[0]?.value : getNodeValue(child),
  );
  return new Set(values.filter((value): value is string => typeof value === 'string' && value !== here));
}

function rangeText(document: vscode.TextDocument, { inside }: Place): string {
  return inside === undefined ? '' : document.getText(rangeOf(document, inside));
}

function withFailure(
  items: vscode.CompletionItem[],
  listing: SourceListing | undefined,
  document: vscode.TextDocument,
  spot: Spot,
): vscode.CompletionList {
  if (listing === undefined || 'items' in listing || items.length > 0) return new vscode.CompletionList(items);
  return onlyFailure(listing.failure, document, spot);
}

/** One item that says what is wrong, matches whatever is typed, and changes nothing. */
function onlyFailure(message: string, document: vscode.TextDocument, spot: Spot): vscode.CompletionList {
  const item = new vscode.CompletionItem(
    { label: 'Snowflake cannot be asked', description: message },
    vscode.CompletionItemKind.Issue,
  );
  const typed = document.getText(spot.inserting);
  item.range = { inserting: spot.inserting, replacing: spot.inserting };
  item.filterText = typed;
  item.insertText = typed;
  item.documentation = message;
  return new vscode.CompletionList([item], true);
}
