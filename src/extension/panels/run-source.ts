import type * as vscode from 'vscode';
import type { RestorableRun } from './messages.ts';
import type { RunLog } from './run-log.ts';
import type { RunView } from './run-view.ts';

/** Where a panel gets to know of its run. */
export interface RunSource {
  /** Fired when there is something new to read. */
  readonly onDidChange: vscode.Event<void>;
  readonly view: RunView;
  /** What was added since the last call; all that there is where `whole` is asked for or answered. */
  read(whole: boolean): RunLog & { readonly whole: boolean };
  /** How the run is found in the ledger; null while it is not there. */
  readonly place: RestorableRun | null;
  /** Ends the run, where this window can. */
  cancel(): void;
  /** Looks again. Rejects with a WorkerError. */
  refresh(): Promise<void>;
  dispose(): void;
}
