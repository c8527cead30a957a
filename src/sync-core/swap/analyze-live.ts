import type { RelationName } from '../config/resolved.ts';
import { quoteRelation } from '../postgres/identifiers.ts';
import type { PostgresSession } from '../postgres/session.ts';
import { configurationPath } from '../stage/staging.ts';

/** How long it waits for another who vacuums or indexes the table, in ms. */
const lockTimeoutMs = 1_000;

/**
 * Makes the planner's estimates, which the status shows too, those of rows that were changed in place: the embedded PostGIS has no
 * autovacuum, and that of a server comes when it likes. Never fails: the rows are live already, and estimates are a hint.
 */
export async function analyzeLive(work: PostgresSession, table: RelationName): Promise<void> {
  const searchPath = configurationPath(table, work.server);
  await work.query(`ANALYZE ${quoteRelation(table)}`, [], { searchPath, lockTimeoutMs }).catch(() => undefined);
}
