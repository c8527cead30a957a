import type { Leftover } from '../../sync-core/ledger/leftovers.ts';
import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import type { CleanOutcome } from '../commands/clean.ts';
import type { CleanDocument, LeftoverDocument } from '../protocol/protocol.ts';

/** What was removed, or would be. What a run holds is no failure: there is nothing to be cleaned of it yet. */
export function cleanDocument({ target, removed, left }: CleanOutcome, dryRun: boolean): CleanDocument {
  return {
    status: left.some(({ cause }) => cause === 'failed') ? 'failed' : 'success',
    target,
    dryRun,
    bytes: bytesOf(removed),
    removed: removed.map(leftoverDocument),
    left: left.map((leftover) => ({
      ...leftoverDocument(leftover),
      cause: leftover.cause,
      reason: leftover.reason,
    })),
  };
}

export function bytesOf(leftovers: readonly Leftover[]): number {
  return leftovers.reduce((sum, { bytes }) => sum + bytes, 0);
}

function leftoverDocument({ kind, table, relation, run, generation, bytes }: Leftover): LeftoverDocument {
  return { kind, table, relation: displayRelation(relation), run, generation, bytes };
}
