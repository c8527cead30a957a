import * as vscode from 'vscode';
import { formatNumberOf } from '../format.ts';
import type { LiveRun, LiveRuns } from '../model/live-run.ts';
import { describeRun, fractionOf } from '../model/run-fraction.ts';
import type { SyncBatch } from '../model/table-syncs.ts';

/** Above this, a notification says nothing that the status bar does not, and is in the way for minutes. */
const fewTables = 3;

/** Shows a person how a batch goes that they have started, as long as it goes; cancelling it cancels the rest of the batch. */
export async function showSyncProgress({ runs, target, ended }: SyncBatch, all: LiveRuns): Promise<void> {
  if (runs.length > fewTables) return ended;
  const [only] = runs;
  const what = only !== undefined && runs.length === 1 ? only.table : formatNumberOf(runs.length, 'table', 'tables');
  const title = `Syncing ${what} into ${target}`;
  const location = vscode.ProgressLocation.Notification;
  await vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
    let reached = 0;
    const show = (run: LiveRun): void => {
      if (!runs.some(({ id }) => id === run.id)) return;
      const percent = (runs.reduce((sum, each) => sum + fractionOf(each), 0) / runs.length) * 100;
      const message = runs.length === 1 ? describeRun(run) : `${run.table}: ${describeRun(run)}`;
      progress.report({ message, increment: Math.max(0, percent - reached) });
      reached = Math.max(reached, percent);
    };
    const changes = all.onDidChange(show);
    const cancelled = token.onCancellationRequested(() => {
      for (const run of runs) run.cancel();
    });
    await ended;
    changes.dispose();
    cancelled.dispose();
  });
}
