import type { RelationName } from './config/resolved.ts';
import { isSyncError } from './errors.ts';
import { findLeftovers, type Leftover } from './ledger/leftovers.ts';
import type { Ledger, RunIdentity } from './ledger/ledger.ts';
import { quoteRelation } from './postgres/identifiers.ts';
import type { PostgresSession } from './postgres/session.ts';

/** What is left over is nobody's: a lock on it is a forgotten session, or a backend whose client has died. */
const lockTimeoutMs = 2_000;

export interface CleanOptions {
  /** Only what belongs to these tables; undefined for every table of the ledger. */
  readonly relations: readonly RelationName[] | undefined;
  /** The earlier generations too. */
  readonly generations: boolean;
  /** Only finds. */
  readonly dryRun: boolean;
}

export interface CleanResult {
  /** What is gone, or, with `dryRun`, would be. */
  readonly removed: readonly Leftover[];
  readonly left: readonly LeftLeftover[];
}

/** What was found and is still there. */
export interface LeftLeftover extends Leftover {
  /** `busy`: a run has the table; `failed`: the server refused. */
  readonly cause: 'busy' | 'failed';
  readonly reason: string;
}

/**
 * Removes the staging tables of runs that have died or could not clean up, and, if asked to, the earlier generations. Each is dropped
 * and crossed off in one transaction that holds the claim of its table, so that no run can begin to use it meanwhile; what
 * belongs to a table that a living run has is left alone.
 * @throws SyncError when the session itself fails.
 */
export async function clean(
  session: PostgresSession,
  ledger: Ledger,
  identity: RunIdentity,
  options: CleanOptions,
): Promise<CleanResult> {
  const removed: Leftover[] = [];
  const left: LeftLeftover[] = [];
  for (const leftover of await findLeftovers(session, ledger, identity, options)) {
    const { holder } = leftover;
    if (holder !== null) {
      left.push({ ...leftover, cause: 'busy', reason: `${leftover.table} is being synced by ${holder}` });
    } else if (options.dryRun) {
      removed.push(leftover);
    } else {
      try {
        if (await remove(session, ledger, identity, leftover)) removed.push(leftover);
        else left.push({ ...leftover, cause: 'busy', reason: `a run of ${leftover.table} has just begun` });
      } catch (error) {
        if (!isSyncError(error) || !error.code.startsWith('postgres.') || isSyncError(error, 'postgres.connectionLost'))
          throw error;
        left.push({ ...leftover, cause: 'failed', reason: error.message });
      }
    }
  }
  return { removed, left };
}

/** @returns false when a run got hold of the table first. */
async function remove(
  session: PostgresSession,
  ledger: Ledger,
  identity: RunIdentity,
  leftover: Leftover,
): Promise<boolean> {
  const { names } = ledger;
  const { of: table, relation, run, generation } = leftover;
  return session.transaction(
    (transaction) =>
      ledger.withClaim(transaction, table, identity, async () => {
        await transaction.query(`DROP TABLE IF EXISTS ${quoteRelation(relation)}`);
        if (generation === null) {
          await transaction.query(
            `UPDATE ${names.runs}
                SET status = CASE status WHEN 'running' THEN 'abandoned' ELSE status END,
                    finished_at = coalesce(finished_at, now()), staging_schema = NULL, staging_name = NULL
              WHERE run_id = $1`,
            [run],
          );
        } else {
          await transaction.query(
            `UPDATE ${names.generations} SET dropped_at = now()
              WHERE relation_schema = $1 AND relation_name = $2 AND generation = $3`,
            [table.schema, table.name, generation],
          );
        }
      }),
    { lockTimeoutMs },
  );
}
