import type { RelationName, TableConfig } from '../config/resolved.ts';
import type { SyncWarning } from '../events.ts';
import { displayRelation, quoteRelation } from '../postgres/identifiers.ts';
import type { PostgresSession } from '../postgres/session.ts';
import type { Ledger } from './ledger.ts';

/** A kept generation is nobody's business but Snowmelt's: a lock on it is a forgotten session. */
const pruneLockTimeoutMs = 2_000;

/**
 * Drops the generations beyond the ones to keep, newest kept. One that cannot be dropped now is left to the next run. Never throws: the
 * run that it follows has done its work.
 * @returns warnings about those.
 */
export async function pruneGenerations(
  control: PostgresSession,
  ledger: Ledger,
  config: TableConfig,
): Promise<readonly SyncWarning[]> {
  const warnings: SyncWarning[] = [];
  const warn = (what: string, error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error);
    warnings.push({
      code: 'generation.kept',
      message: `${config.name}: ${what} could not be dropped yet: ${why}`,
      remedy: 'The next run tries again.',
    });
  };
  try {
    for (const stored of await storedGenerations(control, ledger, config)) {
      const { generation, stored_schema: schema, stored_name: name } = stored;
      try {
        await dropGeneration(control, ledger, config.target, stored);
      } catch (error) {
        warn(`generation ${generation} (${displayRelation({ schema, name })})`, error);
      }
    }
  } catch (error) {
    warn('earlier generations', error);
  }
  return warnings;
}

interface StoredRow {
  readonly generation: string;
  readonly stored_schema: string;
  readonly stored_name: string;
}

async function storedGenerations(
  control: PostgresSession,
  { names }: Ledger,
  { target, keepGenerations }: TableConfig,
): Promise<readonly StoredRow[]> {
  return control.query<StoredRow & Record<string, unknown>>(
    `SELECT g.generation, g.stored_schema, g.stored_name FROM ${names.generations} g
      WHERE relation_schema = $1 AND relation_name = $2 AND stored_name IS NOT NULL AND dropped_at IS NULL
      ORDER BY g.generation DESC OFFSET $3`,
    [target.schema, target.name, keepGenerations],
  );
}

async function dropGeneration(
  control: PostgresSession,
  { names }: Ledger,
  of: RelationName,
  { generation, stored_schema: schema, stored_name: name }: StoredRow,
): Promise<void> {
  await control.transaction(
    async (transaction) => {
      await transaction.query(`DROP TABLE IF EXISTS ${quoteRelation({ schema, name })}`);
      await transaction.query(
        `UPDATE ${names.generations} SET dropped_at = now() WHERE relation_schema = $1 AND relation_name = $2 AND generation = $3`,
        [of.schema, of.name, generation],
      );
    },
    { lockTimeoutMs: pruneLockTimeoutMs },
  );
}
