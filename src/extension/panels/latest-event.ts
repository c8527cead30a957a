import type { SyncEvent } from '../../worker/protocol/protocol.ts';
import type { TimedEvent } from '../model/live-run.ts';

type EventOf<K extends SyncEvent['kind']> = Extract<SyncEvent, { readonly kind: K }>;

/** The latest event of one of these kinds. */
export function latestEvent<K extends SyncEvent['kind']>(
  events: readonly TimedEvent[],
  ...kinds: readonly K[]
): { readonly at: number; readonly event: EventOf<K> } | undefined {
  const found = events.findLast(({ event }) => kinds.some((kind) => kind === event.kind));
  return found as { readonly at: number; readonly event: EventOf<K> } | undefined;
}
