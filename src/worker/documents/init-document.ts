import type { InitOutcome } from '../commands/init.ts';
import type { InitDocument } from '../protocol/protocol.ts';

export function initDocument({ file }: InitOutcome): InitDocument {
  return { status: 'success', file };
}
