import { SnowflakeSqlError, type Bind, type StatementResult } from '../engine.ts';
import { planChunks, type ChunkPlan, type ChunkPlanLimits } from './chunk-plan.ts';
import type { WireSession } from './session-store.ts';

export type StatementStatus =
  'RUNNING' | 'ABORTING' | 'SUCCESS' | 'FAILED_WITH_ERROR' | 'FAILED_WITH_INCIDENT' | 'ABORTED';

/** A statement as the driver sent it. */
export interface StatementRequest {
  readonly queryId: string;
  readonly text: string;
  readonly queryTag: string;
  readonly binds?: Readonly<Record<string, Bind>>;
  readonly limits: ChunkPlanLimits;
  /** ms after which the statement is cancelled with code 630; undefined for never. */
  readonly timeout?: number;
}

/** The session's objects when a statement had finished. */
export interface FinalObjects {
  readonly database: string | null;
  readonly schema: string | null;
  readonly warehouse: string | null;
  readonly role: string;
}

/** One statement on the engine, from its arrival to the end of its result's life. */
export class Statement {
  readonly request: StatementRequest;
  readonly session: WireSession;
  readonly received = Date.now();
  /** Resolves, and never rejects, when the statement has succeeded, failed or been cancelled. */
  readonly settled: Promise<void>;
  finished: number | null = null;
  status: StatementStatus = 'RUNNING';
  error: SnowflakeSqlError | null = null;
  /** What the engine threw, where it was not an error of the SQL: a defect. */
  incident: unknown = null;
  result: StatementResult | null = null;
  plan: ChunkPlan | null = null;
  finalObjects: FinalObjects;
  readonly #abort = new AbortController();
  #timedOut = false;

  constructor(session: WireSession, request: StatementRequest) {
    this.session = session;
    this.request = request;
    this.finalObjects = { ...session.state };
    this.settled = this.#run();
  }

  get isRunning(): boolean {
    return this.finished === null;
  }

  /** Cancels the statement on the engine; false if it has finished already. */
  abort(): boolean {
    if (!this.isRunning) return false;
    this.status = 'ABORTING';
    this.#abort.abort();
    return true;
  }

  /** Frees the result on the engine; whoever asks for it later learns that it is gone. */
  async dispose(): Promise<void> {
    const { result } = this;
    this.result = null;
    this.plan = null;
    await result?.dispose();
  }

  async #run(): Promise<void> {
    const { queryId, text, binds, limits, timeout } = this.request;
    const { session } = this;
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => {
            this.#timedOut = true;
            this.abort();
          }, timeout);
    try {
      const result = await session.engine.execute(text, {
        queryId,
        signal: this.#abort.signal,
        ...(binds === undefined ? {} : { binds }),
      });
      this.result = result;
      this.plan = await planChunks(result, limits);
      this.status = 'SUCCESS';
    } catch (error) {
      await this.#fail(error, timeout);
    } finally {
      clearTimeout(timer);
      this.finalObjects = { ...session.state };
      this.finished = Date.now();
      session.lastUsed = this.finished;
    }
  }

  async #fail(error: unknown, timeout: number | undefined): Promise<void> {
    if (this.#timedOut) {
      const seconds = Math.round((timeout ?? 0) / 1000);
      this.error = new SnowflakeSqlError(
        630,
        '57014',
        `Statement reached its statement or warehouse timeout of ${seconds} second(s) and was canceled.`,
      );
      this.status = 'FAILED_WITH_ERROR';
    } else if (error instanceof SnowflakeSqlError) {
      this.error = error;
      this.status = error.code === 604 ? 'ABORTED' : 'FAILED_WITH_ERROR';
    } else {
      const message = error instanceof Error ? error.message : String(error);
      this.error = new SnowflakeSqlError(370001, 'XX000', `Processing aborted by error 370001; incident: ${message}`);
      this.status = 'FAILED_WITH_INCIDENT';
      this.incident = error;
    }
    await this.dispose().catch(() => undefined);
  }
}
