import type { PostgresSession } from '../postgres/session.ts';
import { claimLost } from './claims.ts';
import { heartbeatMs, type Ledger, type NewRun } from './ledger.ts';

export interface Heartbeat {
  /** Aborted with the outer signal, or when the claim has been taken over. */
  readonly signal: AbortSignal;
  /** Ends it, and waits for a beat that is under way. */
  stop(): Promise<void>;
}

/**
 * Says every {@link heartbeatMs} that the run is alive. A beat that fails is left to the next one: the run goes on as long as nobody
 * takes its claim, and the swap makes sure of the claim itself.
 */
export function startHeartbeat(ledger: Ledger, control: PostgresSession, run: NewRun, outer: AbortSignal): Heartbeat {
  const lost = new AbortController();
  let beat: Promise<void> = Promise.resolve();
  let beating = false;
  const timer = setInterval(() => {
    if (beating) return;
    beating = true;
    beat = ledger
      .heartbeat(control, run.run)
      .then(
        (alive) => {
          if (!alive) lost.abort(claimLost(run.table));
        },
        () => undefined,
      )
      .finally(() => {
        beating = false;
      });
  }, heartbeatMs);
  return {
    signal: AbortSignal.any([outer, lost.signal]),
    stop: async () => {
      clearInterval(timer);
      await beat;
    },
  };
}
