import type { LockHolder } from '../errors.ts';
import type { Relation } from '../postgres/relation.ts';
import type { PostgresSession } from '../postgres/session.ts';

/** Characters of a holder's query that are shown. */
const shownQuery = 200;

/** The sessions that hold a lock on the table or on a view that the swap rebinds, longest transaction first. */
export async function lockHolders(session: PostgresSession, live: Relation): Promise<LockHolder[]> {
  const oids = [live.oid, ...live.views.filter(({ direct }) => direct).map(({ oid }) => oid)];
  const rows = await session.query<{ pid: number; user: string; application: string; query: string; age_ms: string }>(
    `SELECT DISTINCT ON (a.pid) a.pid, coalesce(a.usename, '?') AS user, coalesce(a.application_name, '') AS application,
            coalesce(left(a.query, $2), '<not visible to this role>') AS query,
            coalesce(extract(epoch FROM clock_timestamp() - a.xact_start) * 1000, 0)::bigint::text AS age_ms
       FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.relation = ANY ($1::oid[]) AND l.granted AND l.pid <> pg_backend_pid()
      ORDER BY a.pid`,
    [oids, shownQuery],
  );
  return rows
    .map((row) => ({
      pid: row.pid,
      user: row.user,
      applicationName: row.application,
      query: row.query,
      ageMs: Number(row.age_ms),
    }))
    .toSorted((a, b) => b.ageMs - a.ageMs);
}
