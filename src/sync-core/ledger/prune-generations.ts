import type { TableConfig } from '../config/resolved.ts';
import type { SyncWarning } from '../events.ts';
import { quoteRelation } from '../postgres/identifiers.ts';
import type { PostgresSession } from '../postgres/session.ts';
import type { Ledger } from './ledger.ts';

/** A kept generation is nobody's business but Snowmelt's: a lock on it is a forgotten session. */
const pruneLockTimeoutMs = 2_000;

/**
 * Drops the generations beyond the ones to keep, newest kept. One that cannot be dropped now is left to the next run.
 * @returns warnings about those.
 */
export async function pruneGenerations(
  control: PostgresSession,
  ledger: Ledger,
  config: TableConfig,
): Promise<readonly SyncWarning[]> {
  const { names } = ledger;
  const key = [config.target.schema, config.target.name];
  const stored = await control.query<{ generation: string; stored_schema: string; stored_name: string }>(
    `SELECT g.generation, g.stored_schema, g.stored_name FROM ${names.generations} g
      WHERE relation_schema = $1 AND relation_name = $2 AND stored_name IS NOT NULL AND dropped_at IS NULL
      ORDER BY g.generation DESC OFFSET $3`,
    [...key, config.keepGenerations],
  );
  const warnings: SyncWarning[] = [];
  for (const { generation, stored_schema: schema, stored_name: name } of stored) {
    try {
      await control.transaction(
        async (transaction) => {
          await transaction.query(`DROP TABLE IF EXISTS ${quoteRelation({ schema, name })}`);
          await transaction.query(
            `UPDATE ${names.generations} SET dropped_at = now() WHERE relation_schema = $1 AND relation_name = $2 AND generation = $3`,
            [...key, generation],
          );
        },
        { lockTimeoutMs: pruneLockTimeoutMs },
      );
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warnings.push({
        code: 'generation.kept',
        message: `${config.name}: generation ${generation} (${schema}.${name}) could not be dropped yet: ${why}`,
        remedy: 'The next run tries again.',
      });
    }
  }
  return warnings;
}
