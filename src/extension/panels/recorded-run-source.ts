import * as vscode from 'vscode';
import type { RunRecord } from '../../worker/protocol/protocol.ts';
import { Disposable } from '../disposable.ts';
import { WorkerError, type WorkerClient } from '../process/worker-client.ts';
import type { RestorableRun } from './messages.ts';
import type { RunLog } from './run-log.ts';
import type { RunSource } from './run-source.ts';
import type { RunView } from './run-view.ts';
import { viewOfRecordedRun } from './view-of-recorded-run.ts';

/** How many of a table's latest runs one is looked for among. */
const mostRuns = 500;

/** A run as the ledger knows it. */
export class RecordedRunSource extends Disposable implements RunSource {
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #worker: WorkerClient;
  readonly #project: string;
  readonly place: RestorableRun;
  #record: RunRecord;

  /** @param project how the configuration is called in this window. */
  constructor(record: RunRecord, place: RestorableRun, project: string, worker: WorkerClient) {
    super();
    this.#record = record;
    this.place = place;
    this.#project = project;
    this.#worker = worker;
  }

  get view(): RunView {
    return viewOfRecordedRun(this.#record, { target: this.place.target, project: this.#project });
  }

  read(): RunLog & { readonly whole: boolean } {
    return { whole: true, statements: [], lines: [] };
  }

  cancel(): void {
    // The process that runs it is not this window's.
  }

  async refresh(): Promise<void> {
    this.#record = await recordOf(this.place, this.#worker);
    this.#changed.fire();
  }
}

/** Looks a run up in its ledger. Rejects with a WorkerError. */
export async function recordOf(place: RestorableRun, worker: WorkerClient): Promise<RunRecord> {
  const { config, target, table, run } = place;
  const { runs } = await worker.request('history', { config, target, tables: [table], limit: mostRuns });
  const record = runs.find((candidate) => candidate.run === run);
  if (record !== undefined) return record;
  throw new WorkerError({
    code: 'usage',
    message: `The run ${run} of ${table} is not among the latest ${mostRuns} in the history of ${target}.`,
    remedy: 'The view Runs shows those that are.',
  });
}
