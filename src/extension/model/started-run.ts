import * as vscode from 'vscode';
import type { SyncEvent } from '../../worker/protocol/protocol.ts';
import { newOperation } from '../process/operation.ts';
import { afterEvent, afterOutcome, waitingRun, type LiveRunState, type Outcome } from './live-run-state.ts';
import type { LiveRun } from './live-run.ts';
import type { Project } from './project.ts';

export interface RunStart {
  readonly kind: LiveRun['kind'];
  readonly project: Project;
  readonly target: string;
  readonly table: string;
}

/** A run whose operation in the worker has the run's own id. */
export class StartedRun implements LiveRun {
  readonly id = newOperation('person');
  readonly startedAt = Date.now();
  readonly kind: LiveRun['kind'];
  readonly project: Project;
  readonly target: string;
  readonly table: string;
  readonly #cancellation = new vscode.CancellationTokenSource();
  /** Resolves when the run has ended, in whatever way. */
  readonly ended: Promise<void>;
  #settle: () => void = () => undefined;
  #state: LiveRunState = waitingRun;

  constructor({ kind, project, target, table }: RunStart) {
    this.kind = kind;
    this.project = project;
    this.target = target;
    this.table = table;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Fired by {@link cancel}. */
  get token(): vscode.CancellationToken {
    return this.#cancellation.token;
  }

  get run(): string | undefined {
    return this.#state.run;
  }
  get state(): LiveRun['state'] {
    return this.#state.state;
  }
  get finishedAt(): number | undefined {
    return this.#state.finishedAt;
  }
  get step(): LiveRun['step'] {
    return this.#state.step;
  }
  get stepMs(): LiveRun['stepMs'] {
    return this.#state.stepMs;
  }
  get rows(): number {
    return this.#state.rows;
  }
  get bytes(): number {
    return this.#state.bytes;
  }
  get rowsPerSecond(): number {
    return this.#state.rowsPerSecond;
  }
  get totalRows(): number | null {
    return this.#state.totalRows;
  }
  get samples(): LiveRun['samples'] {
    return this.#state.throughput.samples;
  }
  get warnings(): LiveRun['warnings'] {
    return this.#state.warnings;
  }
  get events(): LiveRun['events'] {
    return this.#state.events;
  }
  get result(): LiveRun['result'] {
    return this.#state.result;
  }
  get error(): LiveRun['error'] {
    return this.#state.error;
  }

  cancel(): void {
    if (this.finishedAt === undefined) this.#cancellation.cancel();
  }

  report(event: SyncEvent): void {
    this.#state = afterEvent(this.#state, event, Date.now(), this.startedAt);
  }

  end(outcome: Outcome): void {
    this.#state = afterOutcome(this.#state, outcome, Date.now());
    this.#cancellation.dispose();
    this.#settle();
  }
}
