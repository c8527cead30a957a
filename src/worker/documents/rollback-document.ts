import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import type { RollbackOutcome } from '../commands/rollback.ts';
import type { RollbackDocument } from '../protocol/protocol.ts';

export function rollbackDocument(outcome: RollbackOutcome): RollbackDocument {
  const { table, target, relation, run, restored, generation, rows, ms } = outcome;
  return {
    status: 'success',
    table,
    target,
    relation: displayRelation(relation),
    run,
    restored,
    generation,
    rows,
    seconds: ms / 1_000,
  };
}
