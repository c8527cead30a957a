import type { ReportAction, ReportView } from './report-view.ts';
import type { LogLineView, RunAction, RunView, StatementView } from './run-view.ts';

/** What the extension and the scripts of its panels say to each other. */

/** To the script of the run panel. */
export interface RunUpdate {
  readonly type: 'run';
  /** By the extension's clock, which may be another machine's. */
  readonly now: number;
  /** The lists below are all that there is; otherwise they go on from what was sent before. */
  readonly whole: boolean;
  readonly view: RunView;
  readonly statements: readonly StatementView[];
  readonly log: readonly LogLineView[];
  /** What the panel has to remember to be restored in a new window; null while the ledger does not know the run. */
  readonly restore: RestorableRun | null;
}

/** To the script of a report. */
export interface ReportUpdate {
  readonly type: 'report';
  readonly now: number;
  readonly view: ReportView;
}

/** To the script of any panel: nothing can be shown. */
export interface FailureUpdate {
  readonly type: 'failure';
  readonly message: string;
  readonly remedy: string | null;
}

export type PanelUpdate = RunUpdate | ReportUpdate | FailureUpdate;

/** Of a panel's script. */
export type PanelMessage =
  /** The script runs and knows nothing: it begins with this, and so it does whenever the panel was hidden. */
  | { readonly type: 'ready' }
  | { readonly type: 'action'; readonly action: RunAction }
  | { readonly type: 'report-action'; readonly action: ReportAction; readonly table: string }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'open-sql'; readonly title: string; readonly text: string };

/** A run in a ledger, as the state of a panel that outlives its window keeps it. */
export interface RestorableRun {
  readonly kind: 'run';
  readonly config: string;
  readonly target: string;
  readonly table: string;
  readonly run: string;
}

/** What the script of the run panel keeps by `setState`. */
export interface RunPanelState {
  readonly restore: RestorableRun | null;
  readonly scroll: number;
  /** Names of the sections that the person has opened or shut. */
  readonly open: Readonly<Record<string, boolean>>;
}
