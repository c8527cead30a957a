import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { Log } from '../log.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import type { RunEventParams, SyncEvent } from '../../worker/protocol/protocol.ts';
import type { LiveRun, LiveRuns } from './live-run.ts';
import type { Project } from './project.ts';
import type { Outcome } from './live-run-state.ts';
import { StartedRun, type RunStart } from './started-run.ts';

/** Ended runs beyond this are forgotten; the ledger has them. */
const mostRuns = 50;
/** Ten times a second is as fast as anybody reads, in ms. */
const throttleMs = 100;

/** The runs of this window, fed by what the worker reports. */
export class StartedRuns extends Disposable implements LiveRuns {
  readonly #log: Log;
  readonly #changes = this.register(new vscode.EventEmitter<LiveRun>());
  readonly onDidChange = this.#changes.event;
  readonly #pending = new Map<StartedRun, NodeJS.Timeout>();
  #all: readonly StartedRun[] = [];

  constructor(worker: WorkerClient, log: Log) {
    super();
    this.#log = log;
    this.register(
      worker.onRunEvent((params) => {
        this.#onEvent(params);
      }),
    );
  }

  get all(): readonly LiveRun[] {
    return this.#all;
  }

  get active(): readonly LiveRun[] {
    return this.#all.filter(({ finishedAt }) => finishedAt === undefined);
  }

  find(id: string): LiveRun | undefined {
    return this.#all.find((run) => run.id === id || run.run === id);
  }

  /** The run that is at work on a table. */
  activeFor(project: Project, target: string, table: string): StartedRun | undefined {
    return this.#all.find(
      (run) =>
        run.finishedAt === undefined &&
        run.project.config === project.config &&
        run.target === target &&
        run.table === table,
    );
  }

  /** Announces a run before its request is made. Its events are those of the operation that bears its id. */
  begin(start: RunStart): StartedRun {
    const run = new StartedRun(start);
    const ended = this.#all.filter(({ finishedAt }) => finishedAt !== undefined);
    const forgotten = new Set(ended.slice(Math.max(0, mostRuns - 1 - (this.#all.length - ended.length))));
    this.#all = [run, ...this.#all.filter((known) => !forgotten.has(known))];
    this.#tell(run);
    return run;
  }

  end(run: StartedRun, outcome: Outcome): void {
    run.end(outcome);
    this.#tell(run);
  }

  override dispose(): void {
    for (const timer of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
    super.dispose();
  }

  #onEvent({ operation, event }: RunEventParams): void {
    this.#write(event);
    const run = this.#all.find(({ id }) => id === operation);
    if (run === undefined || run.finishedAt !== undefined) return;
    run.report(event);
    if (this.#pending.has(run)) return;
    this.#pending.set(
      run,
      setTimeout(() => {
        this.#tell(run);
      }, throttleMs),
    );
  }

  #tell(run: StartedRun): void {
    clearTimeout(this.#pending.get(run));
    this.#pending.delete(run);
    if (!this.isDisposed) this.#changes.fire(run);
  }

  #write(event: SyncEvent): void {
    const about = `${event.table} in ${event.target}`;
    switch (event.kind) {
      case 'statement':
        this.#log.trace(`${about}: ${event.system}, ${event.ms} ms: ${event.text}`);
        break;
      case 'detail':
        this.#log.debug(`${about}: ${event.message}`);
        break;
      case 'warning':
        this.#log.warn(`${about}: ${[event.warning.message, event.warning.remedy].filter(Boolean).join(' ')}`);
        break;
      case 'run-started':
        this.#log.info(`${about}: run ${event.run} started`);
        break;
      case 'run-finished':
        this.#log.info(`${about}: run ${event.run} ended (${event.outcome}) after ${event.ms} ms, ${event.rows} rows`);
        break;
      case 'planned':
        this.#log.debug(`${about}: ${event.strategy}, because ${event.strategyReason}`);
        break;
      case 'extracted':
      case 'arrived':
      case 'step-started':
      case 'step-finished':
      case 'progress':
      case 'waiting':
        break;
    }
  }
}
