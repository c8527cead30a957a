import type { ErrorDocument } from '../../worker/protocol/protocol.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { errorDocumentOf, reasonOf } from '../process/worker-failure.ts';
import type { Outcome } from './live-run-state.ts';
import type { Project } from './project.ts';
import type { StartedRun } from './started-run.ts';
import type { StartedRuns } from './started-runs.ts';
import type { TargetStates } from './target-state.ts';

/** Tables of a target that are synced one after the other. */
export interface SyncBatch {
  readonly project: Project;
  readonly target: string;
  /** In the order of the tables that were asked for. */
  readonly runs: readonly StartedRun[];
  /** Resolves when every run has ended; never rejects: what became of them is in them. */
  readonly ended: Promise<void>;
}

/**
 * Syncs tables, each by a request of its own, so that each can be cancelled by itself and says how it came out as soon as it
 * has. The worker opens its sessions anew for every table anyway.
 */
export class TableSyncs {
  readonly #worker: WorkerClient;
  readonly #runs: StartedRuns;
  readonly #targets: TargetStates;
  /** All connections to an embedded PostGIS share one session: two syncs at once would only wait for each other. */
  readonly #embeddedQueue = new Map<string, Promise<void>>();

  constructor(worker: WorkerClient, runs: StartedRuns, targets: TargetStates) {
    this.#worker = worker;
    this.#runs = runs;
    this.#targets = targets;
  }

  /** A table that is being synced already is not synced again: its run is part of the batch. */
  start(project: Project, target: string, tables: readonly string[], options: { readonly force: boolean }): SyncBatch {
    const fresh: StartedRun[] = [];
    const runs = tables.map((table) => {
      const active = this.#runs.activeFor(project, target, table);
      if (active !== undefined) return active;
      const run = this.#runs.begin({ kind: 'sync', project, target, table });
      fresh.push(run);
      return run;
    });
    const own = this.#inTurn(project, target, () => this.#runAll(fresh, options));
    const joined = runs.filter((run) => !fresh.includes(run)).map(({ ended }) => ended);
    return { project, target, runs, ended: Promise.all([own, ...joined]).then(() => undefined) };
  }

  async #inTurn(project: Project, target: string, work: () => Promise<void>): Promise<void> {
    const known = project.document?.targets.find(({ name }) => name === target);
    if (known?.kind !== 'embedded') return work();
    const key = known.dataDir ?? '';
    const turn = (this.#embeddedQueue.get(key) ?? Promise.resolve()).then(work);
    this.#embeddedQueue.set(key, turn);
    return turn;
  }

  async #runAll(runs: readonly StartedRun[], options: { readonly force: boolean }): Promise<void> {
    let obstacle: ErrorDocument | undefined;
    for (const run of runs) {
      const outcome: Outcome =
        obstacle === undefined ? await this.#run(run, options) : { status: 'failed', error: notStarted(run, obstacle) };
      this.#runs.end(run, outcome);
      if (outcome.status === 'failed' && concernsAll(outcome.error)) obstacle ??= outcome.error;
      if (obstacle === undefined) void this.#targets.refresh(run.project, run.target, { tables: [run.table] });
    }
    const [first] = runs;
    if (obstacle !== undefined && first !== undefined) void this.#targets.refresh(first.project, first.target);
  }

  async #run(run: StartedRun, { force }: { readonly force: boolean }): Promise<Outcome> {
    const { id: operation, project, target, table, token } = run;
    const params = { config: project.config, target, tables: [table], force, operation };
    try {
      const { tables } = await this.#worker.request('sync', params, token);
      const result = tables.find((document) => document.table === table);
      if (result === undefined) throw new Error(`The worker said nothing of ${table}.`);
      return result.status === 'success' ? { status: 'success', result } : { status: 'failed', error: result.error };
    } catch (error) {
      return { status: 'failed', error: errorDocumentOf(error) };
    }
  }
}

const codesOfAll: ReadonlySet<ErrorDocument['code']> = new Set([
  'config.invalid',
  'config.notFound',
  'connection.invalid',
  'secret.unavailable',
  'snowflake.connect',
  'snowflake.auth',
  'postgres.connect',
  'postgres.auth',
  'postgres.tls',
  'ledger.incompatible',
  'local.failed',
]);

/** Whether the next table would fail in the same way: a log-in that was refused is not tried ten times. */
function concernsAll(error: ErrorDocument): boolean {
  return codesOfAll.has(error.code) || (error.code === 'internal' && reasonOf(error) !== undefined);
}

function notStarted({ table, target }: StartedRun, obstacle: ErrorDocument): ErrorDocument {
  return { code: 'cancelled', message: `Not started: ${obstacle.message}`, table, target };
}
