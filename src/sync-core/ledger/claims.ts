import type { RelationName } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import type { Transaction } from '../postgres/session.ts';
import type { LedgerNames } from './ledger-names.ts';
import type { RunIdentity } from './ledger.ts';

/** A run that has said nothing for this long is taken for dead, in ms. */
export const staleAfterMs = 30_000;

/** Who has a table. */
export interface Claim {
  readonly run_id: string;
  readonly holder: string;
  readonly machine: string;
  readonly process_id: string;
  readonly since: string;
  /** It has been silent for longer than {@link staleAfterMs}. */
  readonly stale: boolean;
}

/** What becomes of a run whose table another one has taken. */
export function claimLost(table: string, cause?: unknown): SyncError {
  return new SyncError(
    'claim.lost',
    `Another process has taken over the sync of ${table}, because this one had gone silent.`,
    { table, cause, remedy: 'This run has changed nothing. Look at `snowmelt history` for the other one.' },
  );
}

/** Who runs, as the one who finds the table taken reads it. */
export function holderName({ user, machine, client, processId }: RunIdentity): string {
  return `${user} on ${machine.split(' ')[0] ?? machine} (${client}, process ${processId})`;
}

/** A claim is dead when its process is known to have ended, or when it has been silent for too long. */
export function isAlive(claim: Pick<Claim, 'machine' | 'process_id' | 'stale'>, identity: RunIdentity): boolean {
  if (claim.stale) return false;
  return claim.machine !== identity.machine || identity.isRunning(Number(claim.process_id));
}

/**
 * Takes the claim of the table, also from a run that has died. Where the server still works for a dead run that has come to its swap
 * ({@link fenceStatement}), it waits for the end of that.
 * @returns the claim of a living run, which keeps it.
 */
export async function takeClaim(
  transaction: Transaction,
  names: LedgerNames,
  relation: RelationName,
  run: string,
  identity: RunIdentity,
): Promise<Claim | undefined> {
  const key = [relation.schema, relation.name];
  const values = [...key, run, holderName(identity), identity.machine, identity.processId];
  const find = async (lock: '' | 'FOR UPDATE'): Promise<Claim | undefined> => {
    const [claim] = await transaction.query<Claim & Record<string, unknown>>(
      `SELECT run_id, holder, machine, process_id::text, since::text, heartbeat_at < clock_timestamp() - $3 * interval '1 ms' AS stale
         FROM ${names.claims} WHERE relation_schema = $1 AND relation_name = $2 ${lock}`,
      [...key, staleAfterMs],
    );
    return claim;
  };
  // Each time round somebody else's run has ended between two of the statements.
  for (;;) {
    const taken = await transaction.query(
      `INSERT INTO ${names.claims} (relation_schema, relation_name, run_id, holder, machine, process_id, since, heartbeat_at)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp()) ON CONFLICT DO NOTHING RETURNING run_id`,
      values,
    );
    if (taken.length > 0) return undefined;
    // Without a lock at first: a run in the middle of its swap has the row, and who comes second need not wait to be told so.
    const seen = await find('');
    if (seen === undefined) continue;
    if (isAlive(seen, identity)) return seen;
    const dead = await find('FOR UPDATE');
    if (dead === undefined) continue;
    if (isAlive(dead, identity)) return dead;
    await transaction.query(
      `UPDATE ${names.claims} SET run_id = $3, holder = $4, machine = $5, process_id = $6, since = clock_timestamp(),
              heartbeat_at = clock_timestamp()
        WHERE relation_schema = $1 AND relation_name = $2`,
      values,
    );
    return undefined;
  }
}

/**
 * Finds the run's claim and keeps others from taking it until the end of the transaction, but lets the heartbeat, which changes no key
 * of the row, go on.
 */
export function fenceStatement(names: LedgerNames): string {
  return `SELECT FROM ${names.claims} WHERE run_id = $1 FOR KEY SHARE`;
}
