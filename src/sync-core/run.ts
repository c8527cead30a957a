import { randomUUID } from 'node:crypto';
import type { SyncStep } from './errors.ts';
import type { EventSink, SyncEventBody } from './events.ts';

/** One run of one table: its identity, its clock, and where it reports to. */
export class Run {
  readonly id = randomUUID();
  readonly startedAt = new Date();
  readonly #table: string;
  readonly #target: string;
  readonly #onEvent: EventSink;
  readonly #start = performance.now();
  readonly #stepMs: Partial<Record<SyncStep, number>> = {};
  #step: SyncStep | undefined;

  constructor(table: string, target: string, onEvent: EventSink) {
    this.#table = table;
    this.#target = target;
    this.#onEvent = onEvent;
  }

  /** Shown to administrators of both sides: QUERY_TAG and application_name. */
  get tag(): string {
    return `snowmelt:${this.#table}:${this.id}`;
  }

  get elapsedMs(): number {
    return Math.round(performance.now() - this.#start);
  }

  /** Milliseconds of each step that has been entered. */
  get stepMs(): Readonly<Partial<Record<SyncStep, number>>> {
    return { ...this.#stepMs };
  }

  /** The step that is under way, or that failed. */
  get currentStep(): SyncStep | undefined {
    return this.#step;
  }

  emit(body: SyncEventBody): void {
    this.#onEvent({ ...body, table: this.#table, target: this.#target, run: this.id });
  }

  /** Runs one step of the pipeline, timed and reported; one that is run again adds to its time. After a failure `currentStep` still names it. */
  async step<T>(step: SyncStep, body: () => Promise<T>): Promise<T> {
    this.#step = step;
    this.emit({ kind: 'step-started', step });
    const startedAt = performance.now();
    try {
      return await body();
    } finally {
      const ms = Math.round(performance.now() - startedAt);
      this.addStepTime(step, ms);
      this.emit({ kind: 'step-finished', step, ms });
    }
  }

  /** Adds to the time of a step, for one that has no span of its own. */
  addStepTime(step: SyncStep, ms: number): void {
    this.#stepMs[step] = Math.round((this.#stepMs[step] ?? 0) + ms);
  }
}
