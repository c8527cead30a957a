import { isSyncError } from '../errors.ts';
import { formatQualifiedName, type QualifiedName } from './identifiers.ts';
import type { SnowflakeSession } from './session.ts';
import { stringConstant } from './string-constant.ts';

/**
 * A token for each table or view, in the order given: another one now than before means that its rows have changed since, or
 * those of one of the tables that a view reads. It is no time and has no order that could be relied on, only equality counts.
 * @see https://docs.snowflake.com/en/sql-reference/functions/system_last_change_commit_time
 */
export function lastChanges(objects: readonly QualifiedName[]): string {
  const tokens = objects.map(
    (object) => `SYSTEM$LAST_CHANGE_COMMIT_TIME(${stringConstant(formatQualifiedName(object))})`,
  );
  return `SELECT ${tokens.join(', ')}`;
}

/**
 * The tokens of {@link lastChanges} as texts, in the order given; null where Snowflake gives none: for kinds of objects that the
 * function does not take, and for what is not there. Asks once for all of them, and only where that is refused for each by itself.
 * @throws SyncError of the connection (`snowflake.connect` and the like), or `cancelled`.
 */
export async function readChangeTokens(
  session: SnowflakeSession,
  objects: readonly QualifiedName[],
): Promise<readonly (string | null)[]> {
  if (objects.length === 0) return [];
  try {
    const { rows } = await session.read(lastChanges(objects));
    return objects.map((_, index) => rows[0]?.[index] ?? null);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  if (objects.length === 1) return [null];
  const tokens: (string | null)[] = [];
  for (const object of objects) tokens.push(...(await readChangeTokens(session, [object])));
  return tokens;
}

/** Snowflake has answered, and the answer is no. */
export function isRefusal(error: unknown): boolean {
  return (
    isSyncError(error, 'snowflake.statement') ||
    isSyncError(error, 'snowflake.objectMissing') ||
    isSyncError(error, 'snowflake.cancelled')
  );
}
