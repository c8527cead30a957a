import type { BackendConnection } from '../execution/backend.ts';
import { relationsOf, type CatalogDocument, type RelationEntry } from './model.ts';

/** A time in which the changes of a table were recorded, whether it had any or not. */
export interface TrackedPeriod {
  /** The token of the commit that turned change tracking on, in decimal digits. */
  since: string;
  /** The token of the one that turned it off; null while it is on. */
  until: string | null;
}

/** Writes down which tables a DDL statement has begun or ceased to track, with the token of its commit. */
export function noteTracking(draft: CatalogDocument, token: bigint): void {
  for (const table of tablesOf(draft)) {
    const open = table.tracked.find(({ until }) => until === null);
    if (table.changeTracking && open === undefined) table.tracked.push({ since: String(token), until: null });
    if (!table.changeTracking && open !== undefined) open.until = String(token);
  }
}

/** Whether the changes after one commit, up to another, have all been recorded. */
export function trackedThroughout({ tracked }: RelationEntry, from: bigint, to: bigint): boolean {
  return tracked.some(({ since, until }) => BigInt(since) <= from && (until === null || to <= BigInt(until)));
}

/**
 * For the catalog of a stand-in that did not write the periods down: a table's changes are taken as recorded since the last one that was not.
 * An earlier stand-in said that of each change in `sf.versions`, and one before that kept no history.
 */
export async function adoptTracking(
  document: CatalogDocument,
  connection: Pick<BackendConnection, 'query'>,
): Promise<void> {
  const { rows } = await connection.query(
    "SELECT id, COALESCE(max(token) FILTER (WHERE to_jsonb(v)->>'tracked' = 'false'), min(token)) FROM sf.versions v GROUP BY id",
  );
  const since = new Map(rows.map(([id, token]) => [Number(id), token]));
  for (const table of tablesOf(document).filter(({ changeTracking }) => changeTracking)) {
    table.tracked = [{ since: since.get(table.id) ?? '0', until: null }];
  }
  await connection.query('ALTER TABLE sf.versions DROP COLUMN IF EXISTS tracked');
}

function tablesOf(document: CatalogDocument): RelationEntry[] {
  return relationsOf(document).filter(({ kind }) => kind === 'TABLE');
}
