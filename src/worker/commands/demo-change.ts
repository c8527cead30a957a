import { SyncError } from '../../sync-core/errors.ts';
import type { PostgresSession } from '../../sync-core/postgres/session.ts';
import type { SnowflakeSession } from '../../sync-core/snowflake/session.ts';

/** What the demo changes in the source between two syncs. */
export interface SourceChange {
  /** The table's name in the configuration. */
  readonly table: string;
  /** The statement that changes rows. */
  readonly statement: string;
  /** Rows that it changes. */
  readonly rows: number;
}

const source = 'FLUX_DB.PRODUCTION.TRANSFORMERS';
const newMaker = 'Snowmelt Demo Works';

/** Transformers of one maker get another, and are moved a little to the north: their geometry must follow. */
const changed = `UPDATE ${source} SET MANUFACTURER = '${newMaker}', LATITUDE = LATITUDE + 0.001 WHERE MANUFACTURER = 'Gulf Coast Transformer'`;

/**
 * Changes rows of the source, as its owner would.
 *
 * @see https://docs.snowflake.com/en/sql-reference/sql/update
 */
export async function changeSource(snowflake: SnowflakeSession): Promise<SourceChange> {
  const { rows } = await snowflake.execute(changed);
  return { table: 'transformers', statement: changed, rows: Number(rows[0]?.[0]) };
}

/**
 * Makes sure that the change arrived, the computed geometry with it.
 *
 * @throws SyncError `verify.difference`.
 */
export async function checkChange(postgres: PostgresSession, change: SourceChange): Promise<void> {
  const [row] = await postgres.query<{ arrived: string; placed: string }>(
    `SELECT count(*)::text AS arrived,
            count(*) FILTER (WHERE CASE WHEN longitude IS NULL OR latitude IS NULL THEN geom IS NULL
                                        ELSE ST_X(geom) = longitude AND ST_Y(geom) = latitude END)::text AS placed
       FROM transformers WHERE manufacturer = $1`,
    [newMaker],
    { searchPath: ['public', 'pg_catalog'] },
  );
  if (change.rows > 0 && Number(row?.arrived) === change.rows && Number(row?.placed) === change.rows) return;
  throw new SyncError(
    'verify.difference',
    `${change.rows} rows were changed in the source; ${row?.arrived ?? '0'} arrived, ${row?.placed ?? '0'} of them with their new geometry.`,
    { table: change.table },
  );
}
