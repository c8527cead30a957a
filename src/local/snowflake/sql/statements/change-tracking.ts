import { nameOf, relationsOf, type CatalogDocument, type RelationEntry } from '../catalog/model.ts';
import { allows, privilegesOn } from '../catalog/privileges.ts';
import { requireTrackable } from '../compile/trackable.ts';
import { lockRowsSql } from '../history/write-rows.ts';
import { parseView } from '../parser/parse-view.ts';
import type { StatementRun } from './run.ts';

type Execute = (sql: string) => Promise<number>;

/** From its commit on, the changes of the table are recorded. Waits for transactions that change rows without keeping what they were. */
export async function trackTable(table: RelationEntry, execute: Execute): Promise<void> {
  if (table.changeTracking) return;
  await execute(lockRowsSql(table));
  table.changeTracking = true;
}

/**
 * Tracks the changes of a view, and those of the tables below it that the role owns; the owners of the others must turn it on themselves
 * (user-guide/streams-manage, "Enabling change tracking on views and underlying tables"). Throws for a view whose changes cannot be told.
 */
export async function trackView(
  view: RelationEntry,
  tables: readonly number[],
  draft: CatalogDocument,
  execute: Execute,
  run: StatementRun,
): Promise<void> {
  requireTrackable(parseView(view.query ?? ''));
  view.changeTracking = true;
  for (const table of relationsOf(draft).filter(({ id }) => tables.includes(id))) {
    if (owns(table, draft, run)) await trackTable(table, execute);
  }
}

export function owns(relation: RelationEntry, draft: CatalogDocument, run: StatementRun): boolean {
  return allows(
    privilegesOn(draft, run.state.role, relation.kind, nameOf(relation, draft), relation.owner),
    'OWNERSHIP',
  );
}
