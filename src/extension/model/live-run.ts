import type * as vscode from 'vscode';
import type {
  ErrorDocument,
  SyncedTableDocument,
  SyncEvent,
  SyncStep,
  SyncWarning,
} from '../../worker/protocol/protocol.ts';
import type { Project } from './project.ts';

/** A run that this window has started; from its first moment until the window closes. */
export interface LiveRun {
  /** Unique in this window. */
  readonly id: string;
  readonly kind: 'sync' | 'rollback';
  readonly project: Project;
  readonly target: string;
  readonly table: string;
  /** The run's id in the ledger; undefined until it has begun there. */
  readonly run: string | undefined;
  readonly state: 'waiting' | 'running' | 'success' | 'failed' | 'cancelled';
  /** In ms since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  /** The step that is under way. */
  readonly step: SyncStep | undefined;
  readonly stepMs: Readonly<Partial<Record<SyncStep, number>>>;
  readonly rows: number;
  readonly bytes: number;
  readonly rowsPerSecond: number;
  readonly totalRows: number | null;
  /** Rows per second over time, for the plot: at most 240 samples. */
  readonly samples: readonly { readonly ms: number; readonly rowsPerSecond: number }[];
  readonly warnings: readonly SyncWarning[];
  /** Everything else that was reported, oldest first; the oldest are dropped after 2,000. */
  readonly events: readonly TimedEvent[];
  readonly result: SyncedTableDocument | undefined;
  readonly error: ErrorDocument | undefined;
  /** Nothing happens where it has ended. */
  cancel(): void;
}

/** An event and when it came, in ms since the epoch. */
export interface TimedEvent {
  readonly at: number;
  readonly event: SyncEvent;
}

/** The runs that this window has started, newest first; at most 50. */
export interface LiveRuns {
  readonly all: readonly LiveRun[];
  readonly active: readonly LiveRun[];
  /** At most ten times a second for each run, and always for its end. */
  readonly onDidChange: vscode.Event<LiveRun>;
  /** By the run's own id or the ledger's. */
  find(id: string): LiveRun | undefined;
}
