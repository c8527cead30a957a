import * as vscode from 'vscode';
import { formatCount, formatDuration, formatRows } from '../../worker/protocol/figures.ts';
import type { ErrorDocument } from '../../worker/protocol/protocol.ts';
import { formatNumberOf } from '../format.ts';
import type { LiveRun } from '../model/live-run.ts';
import type { SyncBatch } from '../model/table-syncs.ts';
import type { Panels } from '../panels/panels.ts';
import { WorkerError } from '../process/worker-client.ts';
import type { OpenRunPanel } from '../settings.ts';
import type { Failures, Remedy } from './failures.ts';

/** Whoever waits longer than this looks at something else meanwhile, in ms. */
const longMs = 30_000;
const statusMs = 8_000;

export interface SyncOutcomeParts {
  readonly failures: Failures;
  readonly panels: Panels;
  readonly openRunPanel: OpenRunPanel;
  /** Syncs a table without the guards. */
  readonly force: (run: LiveRun) => unknown;
}

/** Says how a batch came out: quietly where all went well, unless it took long; what failed in one sentence. */
export async function sayOutcome({ runs, target }: SyncBatch, parts: SyncOutcomeParts): Promise<void> {
  const failed = runs.filter(({ state }) => state === 'failed');
  const [first] = failed;
  if (first === undefined) {
    const done = runs.filter(({ state }) => state === 'success');
    if (done.length > 0) await saySuccess(done, target, parts.panels);
    else vscode.window.setStatusBarMessage('$(circle-slash) Cancelled', statusMs);
    return;
  }
  const open = (): Promise<void> => parts.panels.openRun({ kind: 'live', id: first.id });
  if (parts.openRunPanel === 'onError') await open();
  await parts.failures.show(failureOf(first, failed.length, runs.length), {
    config: first.project.config,
    remedy: failed.length === 1 ? forceRemedy(first, parts.force) : undefined,
    showRun: open,
  });
}

async function saySuccess(done: readonly LiveRun[], target: string, panels: Panels): Promise<void> {
  const ms = Math.max(...done.map(({ finishedAt }) => finishedAt ?? 0)) - Math.min(...done.map((run) => run.startedAt));
  const rows = done.reduce((sum, run) => sum + run.rows, 0);
  const [only] = done;
  const what = done.length === 1 && only !== undefined ? only.table : formatNumberOf(done.length, 'table', 'tables');
  const message = `Synced ${what} into ${target}: ${formatRows(rows)} in ${formatDuration(ms)}`;
  if (ms < longMs || only === undefined) {
    vscode.window.setStatusBarMessage(`$(check) ${message}`, statusMs);
    return;
  }
  const show = 'Show Run';
  const chosen = await vscode.window.showInformationMessage(`${message}.`, ...(done.length === 1 ? [show] : []));
  if (chosen === show) await panels.openRun({ kind: 'live', id: only.id });
}

function failureOf({ error, table }: LiveRun, failed: number, all: number): WorkerError {
  const document: ErrorDocument = error ?? { code: 'internal', message: `The sync of ${table} failed.` };
  if (all === 1) return new WorkerError(document);
  const share = `${formatCount(failed)} of ${formatNumberOf(all, 'table', 'tables')} failed`;
  return new WorkerError({ ...document, message: `${share}: ${document.message}` });
}

function forceRemedy(run: LiveRun, force: (run: LiveRun) => unknown): Remedy | undefined {
  const { error } = run;
  if (error?.code !== 'guard.empty' && error?.code !== 'guard.shrunk') return undefined;
  return {
    title: 'Sync Anyway…',
    run: async () => {
      const action = 'Sync Anyway';
      const detail = 'The rows that are there now can be rolled back to, as long as an earlier generation is kept.';
      const chosen = await vscode.window.showWarningMessage(guardQuestion(run, error), { modal: true, detail }, action);
      if (chosen === action) await force(run);
    },
  };
}

/** `Replace the 153,592 rows of roads by 12?` */
function guardQuestion({ table, target }: LiveRun, { details }: ErrorDocument): string {
  const { sourceRows, liveRows } = (details ?? {}) as { readonly sourceRows?: number; readonly liveRows?: number };
  if (sourceRows === undefined || liveRows === undefined) return `Sync ${table} in ${target} all the same?`;
  const by = sourceRows === 0 ? 'nothing' : formatRows(sourceRows);
  return `Replace the ${formatRows(liveRows)} of ${table} in ${target} by ${by}?`;
}
