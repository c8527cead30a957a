import type { TableConfig } from '../config/resolved.ts';
import { isSyncError } from '../errors.ts';
import { readChangeTokens } from '../snowflake/change-token.ts';
import type { SnowflakeSession } from '../snowflake/session.ts';
import { sourceObject } from './source-query.ts';

/**
 * The token by which it will be seen that the source has changed; null for a query, and wherever it cannot be had: it is a hint, and
 * no reason to fail a sync.
 * @throws SyncError `cancelled`, `internal`.
 */
export async function readSourceToken(session: SnowflakeSession, config: TableConfig): Promise<string | null> {
  try {
    const object = sourceObject(config);
    if (object === undefined) return null;
    const [token] = await readChangeTokens(session, [object]);
    return token ?? null;
  } catch (error) {
    if (!isSyncError(error) || isSyncError(error, 'cancelled') || isSyncError(error, 'internal')) throw error;
    return null;
  }
}
