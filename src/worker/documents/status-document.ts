import type { StatusOutcome } from '../commands/status.ts';
import type { StatusDocument } from '../protocol/protocol.ts';

export function statusDocument(outcome: StatusOutcome): StatusDocument {
  return { status: 'success', ...outcome };
}
