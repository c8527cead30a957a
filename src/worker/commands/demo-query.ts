import { SyncError } from '../../sync-core/errors.ts';
import type { PostgresSession } from '../../sync-core/postgres/session.ts';

/** What is near a point, and how Postgres found it. */
export interface NearbyQuery {
  readonly sql: string;
  /** Transformers that it found. */
  readonly rows: number;
  readonly ms: number;
  /** The GiST index that the plan uses. */
  readonly index: string;
  /** The plan as EXPLAIN prints it. */
  readonly plan: readonly string[];
}

/** About 500 m in degrees of latitude. */
const nearbyDegrees = 0.0045;

/** Both tables are in `public`, where PostGIS is too. */
const path = { searchPath: ['public', 'pg_catalog'] } as const;

/**
 * Asks for the transformers around one of them.
 *
 * @throws SyncError `verify.difference` where it finds nothing, or not by the GiST index.
 */
export async function findNearby(postgres: PostgresSession): Promise<NearbyQuery> {
  const [middle] = await postgres.query<{ x: string; y: string }>(
    `SELECT longitude::text AS x, latitude::text AS y FROM transformers WHERE geom IS NOT NULL ORDER BY transformer_id LIMIT 1`,
    [],
    path,
  );
  const point = `ST_SetSRID(ST_MakePoint(${middle?.x ?? '0'}, ${middle?.y ?? '0'}), 4326)`;
  const sql = `SELECT count(*) FROM transformers WHERE ST_DWithin(geom, ${point}, ${nearbyDegrees})`;
  const explained = await postgres.query<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${sql}`, [], path);
  const plan = explained.map((row) => row['QUERY PLAN']);
  const gist = await postgres.query<{ name: string }>(
    `SELECT i.relname AS name FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am a ON a.oid = i.relam
      WHERE x.indrelid = 'public.transformers'::regclass AND a.amname = 'gist'`,
  );
  const index = gist.find(({ name }) =>
    plan.some((line) => line.includes(`Scan using ${name} `) || line.includes(`Scan on ${name}`)),
  );
  const startedAt = performance.now();
  const [found] = await postgres.query<{ count: string }>(sql, [], path);
  const ms = performance.now() - startedAt;
  const rows = Number(found?.count);
  if (index === undefined || !(rows > 0)) {
    throw new SyncError(
      'verify.difference',
      `ST_DWithin found ${rows} transformers, ${index === undefined ? 'without the GiST index' : `by ${index.name}`}.`,
      { table: 'transformers', details: { plan } },
    );
  }
  return { sql, rows, ms: Math.round(ms), index: index.name, plan };
}
