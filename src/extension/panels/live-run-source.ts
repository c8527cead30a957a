import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { LiveRun, LiveRuns, TimedEvent } from '../model/live-run.ts';
import type { RestorableRun } from './messages.ts';
import { eventsAfter, runLog, type RunLog } from './run-log.ts';
import type { RunSource } from './run-source.ts';
import type { RunView } from './run-view.ts';
import { viewOfLiveRun } from './view-of-live-run.ts';

/** A run of this window. */
export class LiveRunSource extends Disposable implements RunSource {
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #run: LiveRun;
  #seen: TimedEvent | undefined;

  constructor(run: LiveRun, runs: LiveRuns) {
    super();
    this.#run = run;
    this.register(
      runs.onDidChange((changed) => {
        if (changed.id === run.id) this.#changed.fire();
      }),
    );
  }

  get view(): RunView {
    return viewOfLiveRun(this.#run);
  }

  read(whole: boolean): RunLog & { readonly whole: boolean } {
    const added = eventsAfter(this.#run.events, whole ? undefined : this.#seen);
    this.#seen = this.#run.events.at(-1);
    return { ...runLog(added.events, this.#run.startedAt), whole: added.whole };
  }

  get place(): RestorableRun | null {
    const { project, target, table, run } = this.#run;
    return run === undefined ? null : { kind: 'run', config: project.config, target, table, run };
  }

  cancel(): void {
    this.#run.cancel();
  }

  /** What is known of it changes by itself. */
  refresh(): Promise<void> {
    return Promise.resolve();
  }
}
