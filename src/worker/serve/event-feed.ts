import type { SyncEvent } from '../../sync-core/events.ts';
import type { Notice } from '../commands/context.ts';
import type { ServerNotifications } from '../protocol/protocol.ts';

/** Sends a notification. Resolves when the stream has taken it, also where nobody is there to read it any more. */
export type Notify = <M extends keyof ServerNotifications>(method: M, params: ServerNotifications[M]) => Promise<void>;

/** How often the progress of a run is told at most. */
const progressIntervalMs = 100;

interface RunProgress {
  latest: SyncEvent | undefined;
  /** Nothing of this run is told before this is over: the interval, and the sending of what was told last. */
  pause: Promise<void> | undefined;
}

/**
 * What one request tells its client while it is worked on, in its order. Progress is told ten times a second for each run at most,
 * and while the client is slow to read, only its latest: what waits to be sent does not grow with a run.
 */
export class EventFeed {
  readonly #operation: string;
  readonly #notify: Notify;
  readonly #progress = new Map<string, RunProgress>();

  constructor(operation: string, notify: Notify) {
    this.#operation = operation;
    this.#notify = notify;
  }

  event(event: SyncEvent): void {
    const { run } = event;
    if (event.kind !== 'progress') {
      this.#tell(run);
      void this.#send(event);
      if (event.kind === 'run-finished') this.#progress.delete(run);
      return;
    }
    const progress = this.#progress.get(run) ?? { latest: undefined, pause: undefined };
    this.#progress.set(run, progress);
    progress.latest = event;
    if (progress.pause === undefined) this.#tell(run);
  }

  notice({ kind, message }: Notice): void {
    void this.#notify('notice', { operation: this.#operation, level: kind, message });
  }

  /** Sends what is held back; to be called before the request is answered. */
  flush(): void {
    for (const run of this.#progress.keys()) this.#tell(run);
    this.#progress.clear();
  }

  /** Sends the latest progress of a run, where there is any. */
  #tell(run: string): void {
    const progress = this.#progress.get(run);
    if (progress?.latest === undefined) return;
    const sent = this.#send(progress.latest);
    progress.latest = undefined;
    const pause = Promise.all([sent, elapsed(progressIntervalMs)]).then(() => {
      if (progress.pause !== pause || this.#progress.get(run) !== progress) return;
      progress.pause = undefined;
      this.#tell(run);
    });
    progress.pause = pause;
  }

  #send(event: SyncEvent): Promise<void> {
    return this.#notify('run/event', { operation: this.#operation, event });
  }
}

/** Does not keep the process alive. */
function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
