import { SyncError } from '../../sync-core/errors.ts';
import type { PostgresSession } from '../../sync-core/postgres/session.ts';
import { explainByIndex } from './plan-index.ts';

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
  return postgres.transaction(async (transaction) => {
    const [middle] = await transaction.query<{ x: string; y: string }>(
      `SELECT longitude::text AS x, latitude::text AS y FROM transformers WHERE geom IS NOT NULL ORDER BY transformer_id LIMIT 1`,
    );
    const point = `ST_SetSRID(ST_MakePoint(${middle?.x ?? '0'}, ${middle?.y ?? '0'}), 4326)`;
    const sql = `SELECT count(*) FROM transformers WHERE ST_DWithin(geom, ${point}, ${nearbyDegrees})`;
    const { plan, index } = await explainByIndex(transaction, { schema: 'public', name: 'transformers' }, sql);
    const startedAt = performance.now();
    const [found] = await transaction.query<{ count: string }>(sql);
    const ms = performance.now() - startedAt;
    const rows = Number(found?.count);
    if (index === undefined || !(rows > 0)) {
      throw new SyncError(
        'verify.difference',
        `ST_DWithin found ${rows} transformers, ${index === undefined ? 'without the GiST index' : `by ${index}`}.`,
        { table: 'transformers', details: { plan } },
      );
    }
    return { sql, rows, ms: Math.round(ms), index, plan };
  }, path);
}
