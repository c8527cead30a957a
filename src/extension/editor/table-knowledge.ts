import type * as vscode from 'vscode';
import type { SourceItem, TableDocument } from '../../worker/protocol/protocol.ts';
import type { Project, Projects } from '../model/project.ts';
import type { TableState, TargetState, TargetStates } from '../model/target-state.ts';
import type { TableOutline } from './config-outline.ts';
import type { SourceCatalog, SourceLevel, SourceListing } from './source-catalog.ts';
import { objectParts } from './source-name.ts';

/** Long enough for what one look at a file asks for. */
const descriptionLastsMs = 30_000;

interface Description {
  readonly document: Promise<TableDocument | undefined>;
  readonly expiresAt: number;
  /** What it was a description of: a sync makes another. */
  readonly generation: number | null;
}

/** What can be found out about the tables of a document, on both sides. Nothing here starts a local PostGIS. */
export class TableKnowledge {
  readonly #projects: Projects;
  readonly #targets: TargetStates;
  readonly #catalog: SourceCatalog;
  readonly #descriptions = new Map<string, Description>();

  constructor(projects: Projects, targets: TargetStates, catalog: SourceCatalog) {
    this.#projects = projects;
    this.#targets = targets;
    this.#catalog = catalog;
  }

  project(document: vscode.TextDocument): Project | undefined {
    return this.#projects.find(document.uri);
  }

  /** The chosen target of a document's configuration, as it was when somebody last looked. */
  target(document: vscode.TextDocument): TargetState | undefined {
    const project = this.project(document);
    return project && this.#targets.get(project);
  }

  /** How a table stood in the chosen target when somebody last looked. */
  state(document: vscode.TextDocument, table: string): TableState | undefined {
    return this.target(document)?.tables.find((state) => state.table.name === table);
  }

  /** The columns of a table's object in Snowflake; undefined where its name is not whole, or the token was fired. */
  async sourceColumns(
    document: vscode.TextDocument,
    table: TableOutline,
    token: vscode.CancellationToken,
  ): Promise<SourceListing | undefined> {
    const level = columnsOf(table);
    return level && this.#catalog.list(document.uri.fsPath, level, token);
  }

  /** The columns of those tables' sources that were asked for before, by the tables' names. */
  async knownSources(
    document: vscode.TextDocument,
    tables: readonly TableOutline[],
  ): Promise<ReadonlyMap<string, readonly SourceItem[]>> {
    const known = new Map<string, readonly SourceItem[]>();
    for (const table of tables) {
      const level = columnsOf(table);
      const listing = level && this.#catalog.known(document.uri.fsPath, level);
      if (listing !== undefined) known.set(table.name, itemsOf(await listing));
    }
    return known;
  }

  /** The relation in the chosen target; undefined where it was not looked at, is not there, or cannot be described. */
  async relation(
    document: vscode.TextDocument,
    table: string,
    token: vscode.CancellationToken,
  ): Promise<TableDocument | undefined> {
    const target = this.target(document);
    const state = this.state(document, table);
    if (target?.state !== 'ready' || state?.status === undefined || state.status.state === 'missing') return undefined;
    const key = JSON.stringify([document.uri.fsPath, state.target.name, table]);
    const known = this.#descriptions.get(key);
    const { generation } = state.status;
    if (known !== undefined && known.expiresAt > Date.now() && known.generation === generation) return known.document;
    const described = this.#targets.describe(state, token).catch(() => {
      this.#descriptions.delete(key);
      return undefined;
    });
    this.#descriptions.set(key, { document: described, expiresAt: Date.now() + descriptionLastsMs, generation });
    return described;
  }

  /** Whether the relation that is there has an index over a column that finds it by place. */
  async hasSpatialIndex(
    document: vscode.TextDocument,
    table: string,
    column: string,
    token: vscode.CancellationToken,
  ): Promise<boolean> {
    const relation = await this.relation(document, table, token);
    return (
      relation?.indexes.some(
        ({ method, columns, valid }) =>
          valid && ['gist', 'spgist', 'brin'].includes(method) && columns.includes(column),
      ) ?? false
    );
  }
}

/** The items of a listing; none of one that failed. */
export function itemsOf(listing: SourceListing | undefined): readonly SourceItem[] {
  return listing !== undefined && 'items' in listing ? listing.items : [];
}

function columnsOf({ source }: TableOutline): SourceLevel | undefined {
  const parts = source === undefined ? undefined : objectParts(source);
  return parts && { list: 'columns', ...parts };
}
