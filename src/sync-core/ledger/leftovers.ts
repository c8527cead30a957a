import type { RelationName } from '../config/resolved.ts';
import type { PostgresSession } from '../postgres/session.ts';
import { isAlive, staleAfterMs } from './claims.ts';
import type { Ledger, RunIdentity } from './ledger.ts';

/** A relation of the ledger's that takes space: a staging table whose run has ended or died, or an earlier generation. */
export interface Leftover {
  readonly kind: 'staging' | 'generation';
  /** The table's name in the configuration. */
  readonly table: string;
  /** The table that it belongs to. */
  readonly of: RelationName;
  /** What takes the space; it may be gone already, and only be in the ledger. */
  readonly relation: RelationName;
  /** The run that left the staging table; null for a generation. */
  readonly run: string | null;
  /** The generation's number; null for a staging table. */
  readonly generation: number | null;
  /** With indexes and TOAST. */
  readonly bytes: number;
  /** Who syncs the table right now; null where nobody does. */
  readonly holder: string | null;
}

/**
 * What is left over, oldest first, the staging tables before the generations. The staging table of a living run is not among them.
 * @param wanted `relations` undefined for every table of the ledger.
 */
export async function findLeftovers(
  session: PostgresSession,
  { names }: Ledger,
  identity: RunIdentity,
  wanted: { readonly relations: readonly RelationName[] | undefined; readonly generations: boolean },
): Promise<Leftover[]> {
  interface Row {
    kind: Leftover['kind'];
    table_name: string;
    relation_schema: string;
    relation_name: string;
    stored_schema: string;
    stored_name: string;
    run_id: string | null;
    generation: string | null;
    bytes: string;
    claim_run: string | null;
    holder: string | null;
    machine: string | null;
    process_id: string | null;
    stale: boolean | null;
  }
  const rows = await session.query<Row>(
    `SELECT l.*, coalesce(pg_total_relation_size(s.oid), 0)::text AS bytes,
            c.run_id AS claim_run, c.holder, c.machine, c.process_id::text, c.heartbeat_at < now() - $1 * interval '1 ms' AS stale
       FROM (SELECT 'staging' AS kind, table_name, relation_schema, relation_name, staging_schema AS stored_schema,
                    staging_name AS stored_name, run_id, NULL::bigint AS generation, started_at AS since
               FROM ${names.runs} WHERE staging_name IS NOT NULL
              UNION ALL
             SELECT 'generation', coalesce(t.table_name, g.relation_name), g.relation_schema, g.relation_name, g.stored_schema,
                    g.stored_name, NULL, g.generation, g.retired_at
               FROM ${names.generations} g LEFT JOIN ${names.tables} t USING (relation_schema, relation_name)
              WHERE $2 AND g.stored_name IS NOT NULL AND g.dropped_at IS NULL) AS l
       LEFT JOIN pg_namespace n ON n.nspname = l.stored_schema
       LEFT JOIN pg_class s ON s.relnamespace = n.oid AND s.relname = l.stored_name
       LEFT JOIN ${names.claims} c ON c.relation_schema = l.relation_schema AND c.relation_name = l.relation_name
      WHERE ($3::text[] IS NULL OR EXISTS (
               SELECT FROM unnest($3::text[], $4::text[]) AS asked(schema, name)
                WHERE asked.schema = l.relation_schema AND asked.name = l.relation_name))
        -- Dropped by the run that took over; only the note of it is left.
        AND (s.oid IS NOT NULL OR l.kind = 'generation')
      ORDER BY l.kind DESC, l.since, l.generation`,
    [
      staleAfterMs,
      wanted.generations,
      wanted.relations?.map(({ schema }) => schema) ?? null,
      wanted.relations?.map(({ name }) => name) ?? null,
    ],
  );
  return rows.flatMap((row): Leftover[] => {
    const { machine, process_id, stale } = row;
    const alive =
      machine !== null && isAlive({ machine, process_id: process_id ?? '0', stale: stale ?? true }, identity);
    if (alive && row.kind === 'staging' && row.claim_run === row.run_id) return [];
    return [
      {
        kind: row.kind,
        table: row.table_name,
        of: { schema: row.relation_schema, name: row.relation_name },
        relation: { schema: row.stored_schema, name: row.stored_name },
        run: row.run_id,
        generation: row.generation === null ? null : Number(row.generation),
        bytes: Number(row.bytes),
        holder: alive ? row.holder : null,
      },
    ];
  });
}
