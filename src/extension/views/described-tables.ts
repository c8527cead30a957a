import * as vscode from 'vscode';
import type { ErrorDocument, TableDocument } from '../../worker/protocol/protocol.ts';
import { Disposable } from '../disposable.ts';
import type { TableState, TargetStates } from '../model/target-state.ts';
import { errorDocumentOf } from '../process/worker-failure.ts';

/** The parts of a table, as they were when it was last described, or why it could not be. */
export type Description = { readonly of: string } & (
  | { readonly document: TableDocument; readonly error?: undefined }
  | { readonly document?: undefined; readonly error: ErrorDocument }
);

/** The tables whose parts somebody has looked at. */
export class DescribedTables extends Disposable {
  readonly #states: TargetStates;
  readonly #known = new Map<string, Description>();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #changes = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changes.event;

  constructor(states: TargetStates) {
    super();
    this.#states = states;
  }

  get(table: TableState): Description | undefined {
    return this.#known.get(keyOf(table));
  }

  /** Whether a run has changed the table since it was described; where it could not be, whether the target was reached since. */
  isOutdated(table: TableState): boolean {
    const known = this.get(table);
    if (known === undefined) return false;
    return known.of !== (known.error === undefined ? versionOf(table) : this.#sightOf(table));
  }

  /** Never rejects: what went wrong is the description. One description at a time of each table. */
  describe(table: TableState): Promise<void> {
    const key = keyOf(table);
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const described = this.#describe(table).then((description) => {
      this.#underWay.delete(key);
      if (description === undefined) this.#known.delete(key);
      else this.#known.set(key, description);
      this.#changes.fire();
    });
    this.#underWay.set(key, described);
    return described;
  }

  forget(table: TableState): void {
    this.#known.delete(keyOf(table));
  }

  async #describe(table: TableState): Promise<Description | undefined> {
    const of = versionOf(table);
    const sight = this.#sightOf(table);
    try {
      return { of, document: await this.#states.describe(table) };
    } catch (thrown) {
      const error = errorDocumentOf(thrown);
      return error.code === 'cancelled' ? undefined : { of: sight, error };
    }
  }

  /** Changes whenever the table's target was reached. */
  #sightOf({ project, target }: TableState): string {
    return String(this.#states.get(project, target.name)?.seenAt);
  }
}

function keyOf({ project, target, table }: TableState): string {
  return JSON.stringify([project.config, target.name, table.name]);
}

/** What a table's parts can be expected to change with. */
function versionOf({ target, status }: TableState): string {
  return JSON.stringify([
    target.description,
    status?.state,
    status?.generation,
    status?.lastRun?.run,
    status?.kept,
    status?.indexBytes,
  ]);
}
