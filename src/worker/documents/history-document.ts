import type { HistoryOutcome } from '../commands/history.ts';
import type { HistoryDocument } from '../protocol/protocol.ts';

export function historyDocument({ target, runs }: HistoryOutcome): HistoryDocument {
  return { status: 'success', target, runs };
}
