import type { RelationName } from '../config/resolved.ts';
import { quoteRelation } from './identifiers.ts';
import type { PostgresSession } from './session.ts';

/** How large a relation is, as a reader finds it now. */
export interface RelationSize {
  readonly relation: RelationName;
  /** Null where the server has no estimate yet. */
  readonly rows: number | null;
  /** Counted, not estimated. */
  readonly exact: boolean;
  readonly oid: number;
  /** Table, indexes and TOAST. */
  readonly bytes: number;
  /** Of the indexes among them. */
  readonly indexBytes: number;
  /** The server's clock. */
  readonly measuredAt: Date;
}

/** A table that was never analyzed is counted where the role may and that reads no more than this, in bytes. */
const countedBytes = 16 * 1024 * 1024;

/**
 * Rows and bytes of those of the relations that exist, in the order given. The estimate is the planner's: the density of
 * rows that the last ANALYZE or VACUUM found, times the pages that there are now.
 *
 * @see https://www.postgresql.org/docs/current/row-estimation-examples.html
 */
export async function measureRelations(
  session: PostgresSession,
  relations: readonly RelationName[],
  options: { readonly exact: boolean },
): Promise<RelationSize[]> {
  interface Row {
    schema: string;
    name: string;
    oid: string;
    kind: string;
    readable: boolean;
    estimate: string | null;
    main_bytes: string;
    total_bytes: string;
    index_bytes: string;
    measured_at: Date;
  }
  const rows = await session.query<Row>(
    `SELECT n.nspname AS schema, c.relname AS name, c.oid::text AS oid, c.relkind AS kind, has_table_privilege(c.oid, 'SELECT') AS readable,
            (CASE WHEN c.relkind NOT IN ('r', 'm') OR c.reltuples < 0 THEN NULL
                  WHEN s.main = 0 THEN 0
                  WHEN c.relpages <= 0 THEN NULL
                  ELSE round(c.reltuples::numeric / c.relpages * (s.main / current_setting('block_size')::bigint))
              END)::text AS estimate,
            s.main::text AS main_bytes,
            coalesce(pg_total_relation_size(c.oid), 0)::text AS total_bytes,
            coalesce(pg_indexes_size(c.oid), 0)::text AS index_bytes,
            clock_timestamp() AS measured_at
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked(schema, name, position)
       JOIN pg_namespace n ON n.nspname = asked.schema
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.name AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
      CROSS JOIN LATERAL (SELECT coalesce(pg_relation_size(c.oid), 0)) AS s(main)
      ORDER BY asked.position`,
    [relations.map(({ schema }) => schema), relations.map(({ name }) => name)],
  );
  const sizes: RelationSize[] = [];
  for (const row of rows) {
    const relation = { schema: row.schema, name: row.name };
    const small = row.kind === 'r' && row.readable && row.estimate === null && Number(row.main_bytes) <= countedBytes;
    const exact = options.exact || small;
    sizes.push({
      relation,
      rows: exact ? await countRows(session, relation) : row.estimate === null ? null : Number(row.estimate),
      exact,
      oid: Number(row.oid),
      bytes: Number(row.total_bytes),
      indexBytes: Number(row.index_bytes),
      measuredAt: row.measured_at,
    });
  }
  return sizes;
}

async function countRows(session: PostgresSession, relation: RelationName): Promise<number> {
  const [row] = await session.query<{ count: string }>(`SELECT count(*) FROM ${quoteRelation(relation)}`);
  return Number(row?.count);
}
