import { roleTimeoutsDocument } from '../../sync-core/role-timeouts.ts';
import type { TimeoutsOutcome } from '../commands/timeouts.ts';
import type { TimeoutsDocument } from '../protocol/protocol.ts';

/** More than `timeouts --json` prints, which is what the replaced system's procedure returns. */
export function timeoutsDocument({ target, timeouts, applied, statements }: TimeoutsOutcome): TimeoutsDocument {
  const { status, results } = roleTimeoutsDocument(timeouts);
  return {
    status: status === 'success' ? 'success' : 'failed',
    results,
    target,
    role: timeouts.role,
    settings: timeouts.settings,
    applied,
    statements,
  };
}
