import type { LockHolder } from '../errors.ts';
import type { Relation } from '../postgres/relation.ts';
import type { PostgresSession } from '../postgres/session.ts';

/** Characters of a holder's query that are shown. */
const shownQuery = 200;

/** What a session's row says of it. A role without pg_read_all_stats sees of other roles' sessions only whose they are. */
const described = `
  a.pid, coalesce(a.usename, '?') AS user, coalesce(a.application_name, '') AS application,
  CASE WHEN a.query = '<insufficient privilege>' THEN '<not visible to this role>' ELSE left(a.query, ${shownQuery}) END AS query,
  (extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::bigint AS age_ms`;

interface HolderRow {
  pid: number;
  user: string;
  application: string;
  query: string;
  age_ms: string | null;
}

/**
 * The sessions that a backend is waiting for at this moment, longest transaction first; empty when it waits for none.
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION (pg_blocking_pids: 0 is a prepared transaction)
 */
export async function blockersOf(session: PostgresSession, pid: number): Promise<LockHolder[]> {
  const rows = await session.query<HolderRow>(
    `SELECT DISTINCT ${described}
       FROM unnest(pg_blocking_pids($1)) AS b(pid) JOIN pg_stat_activity a ON a.pid = b.pid
      UNION ALL
     SELECT 0, p.owner::text, '', 'PREPARE TRANSACTION ' || quote_literal(p.gid),
            (extract(epoch FROM clock_timestamp() - p.prepared) * 1000)::bigint
       FROM pg_prepared_xacts p WHERE p.database = current_database() AND 0 = ANY (pg_blocking_pids($1))`,
    [pid],
  );
  return longestFirst(rows);
}

/** The sessions that hold a lock on the table or on a view that the swap rebinds, longest transaction first. */
export async function lockHolders(session: PostgresSession, live: Relation): Promise<LockHolder[]> {
  const oids = [live.oid, ...live.views.filter(({ direct }) => direct).map(({ oid }) => oid)];
  const rows = await session.query<HolderRow>(
    `SELECT DISTINCT ${described}
       FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.relation = ANY ($1::oid[]) AND l.granted AND l.pid <> pg_backend_pid()`,
    [oids],
  );
  return longestFirst(rows);
}

function longestFirst(rows: readonly HolderRow[]): LockHolder[] {
  return rows
    .map((row) => ({
      pid: row.pid,
      user: row.user,
      applicationName: row.application,
      query: row.query,
      ageMs: row.age_ms === null ? null : Number(row.age_ms),
    }))
    .toSorted((a, b) => (b.ageMs ?? 0) - (a.ageMs ?? 0));
}
