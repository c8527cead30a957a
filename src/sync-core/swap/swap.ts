import type { RelationName } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import type { RowChanges, StoredGeneration } from '../ledger/ledger.ts';
import type { StrategyName } from '../plan/choose-strategy.ts';
import { displayRelation } from '../postgres/identifiers.ts';
import { relationDescriber, structureOf, type Relation } from '../postgres/relation.ts';
import type { Transaction } from '../postgres/session.ts';
import type { StagingIndex } from '../stage/staging-table.ts';
import type { Staging, TargetTable } from '../stage/target-table.ts';
import { acquireLocks, withLockRetries, type SwapSessions } from './lock-retries.ts';
import { lockForMerge, mergeInto } from './merge-swap.ts';
import { lockForRename, renameInto } from './rename-swap.ts';
import { lockForTruncate, truncateInto } from './truncate-swap.ts';

/** What becomes live, and how. */
export interface SwapRequest {
  readonly tableName: string;
  readonly strategy: StrategyName;
  readonly table: TargetTable;
  readonly key: readonly string[];
  readonly staging: Staging;
  /** Rows that the table is to have. */
  readonly rows: number;
  /** Of `merge` alone: the staging table holds only the rows that differ, and the keys of those that go. */
  readonly partial: boolean;
  readonly indexes: readonly StagingIndex[];
  /** Where the live generation is kept; its name must be free. */
  readonly retired: RelationName;
  /** Whether it is kept at all. */
  readonly keep: boolean;
  readonly lockTimeoutMs: number;
  readonly lockWaitMs: number;
  /** Makes sure, first of all in the transaction, that the run still has its claim, and keeps it until the end. */
  readonly fence: (transaction: Transaction) => Promise<void>;
  /** Writes the ledger, as the last thing in the transaction. */
  readonly record: (transaction: Transaction, swapped: Swapped) => Promise<void>;
}

/** What a strategy has done. */
export interface Swapped {
  /** How the generation before is kept; null where it is not, or there was none. */
  readonly previous: StoredGeneration | null;
  /** Null where the rows were replaced as a whole. */
  readonly changes: RowChanges | null;
}

/** How a strategy does its part of the transaction. */
interface Strategy {
  /** Takes the locks, before anything is read. */
  readonly lock: (live: Relation) => readonly string[];
  /** Makes the staged rows live. */
  readonly apply: Apply<Swapped>;
}

type Apply<T> = (transaction: Transaction, request: SwapRequest, live: Relation | null, staged: Relation) => Promise<T>;

/** Of a strategy that replaces all rows. */
function replacing(apply: Apply<StoredGeneration | null>): Apply<Swapped> {
  return async (...about) => ({ previous: await apply(...about), changes: null });
}

const strategies: Readonly<Record<StrategyName, Strategy>> = {
  rename: { lock: lockForRename, apply: replacing(renameInto) },
  merge: { lock: lockForMerge, apply: mergeInto },
  truncate: { lock: lockForTruncate, apply: replacing(truncateInto) },
};

/**
 * Makes the staged rows live, in one transaction.
 * @throws SyncError `swap.lockTimeout`; `target.incompatible` when the live table was altered since it was described.
 */
export async function swap(request: SwapRequest, sessions: SwapSessions): Promise<void> {
  const { tableName, lockTimeoutMs, lockWaitMs } = request;
  await withLockRetries(
    (transaction) => swapOnce(request, transaction),
    { tableName, live: request.table.live, lockTimeoutMs, lockWaitMs },
    sessions,
  );
}

async function swapOnce(request: SwapRequest, transaction: Transaction): Promise<void> {
  const planned = request.table.live;
  const strategy = strategies[request.strategy];
  // Before the locks, whatever can be: what is done under them keeps readers waiting. Nobody else changes the staging table.
  await request.fence(transaction);
  const describe = await relationDescriber(transaction);
  const staged = await describe(request.staging.relation);
  if (staged === undefined) {
    throw new SyncError('internal', `The staging table ${displayRelation(request.staging.relation)} is gone.`);
  }
  if (planned !== null) await acquireLocks(transaction, strategy.lock(planned), request.lockTimeoutMs);
  const live = (await describe(request.table.relation)) ?? null;
  requireUnaltered(request, planned, live);
  await request.record(transaction, await strategy.apply(transaction, request, live, staged));
}

/** An index or a grant that came while the rows were loaded would be lost. */
function requireUnaltered(request: SwapRequest, planned: Relation | null, live: Relation | null): void {
  const same = planned === null || live === null ? planned === live : structureOf(planned) === structureOf(live);
  if (same) return;
  throw new SyncError(
    'target.incompatible',
    `${displayRelation(request.table.relation)} was altered while its rows were loaded.`,
    {
      table: request.tableName,
      remedy: 'Nothing was changed. Run it again: it will start from the table as it is now.',
    },
  );
}
