import type { SnowflakeSession } from './session.ts';

/** What a log-in has come to. */
export interface CurrentSession {
  /** The service's version. */
  readonly version: string;
  readonly user: string;
  readonly role: string | null;
  readonly warehouse: string | null;
  readonly database: string | null;
}

/**
 * The service's version, and what the session is. Needs no warehouse.
 * @see https://docs.snowflake.com/en/sql-reference/functions-context
 * @see https://docs.snowflake.com/en/sql-reference/functions/current_version
 */
export function selectCurrentSession(): string {
  return 'SELECT CURRENT_VERSION(), CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE()';
}

/** @throws SyncError `snowflake.…`, `cancelled`. */
export async function currentSession(session: SnowflakeSession): Promise<CurrentSession> {
  const { rows } = await session.read(selectCurrentSession());
  const [version, user, role, warehouse, database] = rows[0] ?? [];
  return {
    version: version ?? '',
    user: user ?? '',
    role: role ?? null,
    warehouse: warehouse ?? null,
    database: database ?? null,
  };
}
