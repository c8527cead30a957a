/**
 * What the run panel shows, in plain JSON: the face that the extension and the panel's script have in common. Times are in
 * ms since the epoch by the extension's clock; durations in ms. Contains no secret: statements come without them from the
 * worker, and what requests carry is never a part of it.
 */
export interface RunView {
  readonly kind: 'sync' | 'rollback';
  readonly table: string;
  readonly target: string;
  /** How the configuration is called in this window. */
  readonly project: string;
  readonly state: RunState;
  /** The sentence below the heading: `Synced 153,592 rows in 4.21 s`. */
  readonly outcome: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly steps: readonly StepView[];
  /** Null where nothing was or is being loaded. */
  readonly figures: FiguresView | null;
  /** Time since the first sample in ms, and rows per second then. */
  readonly samples: readonly (readonly [ms: number, rowsPerSecond: number])[];
  readonly waiting: WaitingView | null;
  readonly arrival: ArrivalView | null;
  readonly facts: readonly FactView[];
  readonly warnings: readonly WarningView[];
  readonly error: ErrorView | null;
  readonly actions: readonly RunActionView[];
  /** Why there is less to see than of a run of this window; null where there is nothing to explain. */
  readonly note: string | null;
}

export type RunState = 'waiting' | 'running' | 'success' | 'failed' | 'cancelled' | 'abandoned';

export interface StepView {
  readonly name: string;
  /** What the step does, in a few words. */
  readonly about: string;
  readonly state: 'pending' | 'running' | 'done' | 'failed' | 'cancelled' | 'unreached';
  readonly ms: number | null;
  /** When it began, while it is running. */
  readonly startedAt: number | null;
}

export interface FiguresView {
  readonly rows: number;
  /** Of COPY text; null where it is not known. */
  readonly bytes: number | null;
  readonly rowsPerSecond: number | null;
  readonly totalRows: number | null;
  /** From 0 to 1; null where the end cannot be told. */
  readonly fraction: number | null;
}

export interface WaitingView {
  readonly waitedMs: number;
  readonly holders: readonly HolderView[];
}

/** A session that holds a lock. */
export interface HolderView {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  readonly query: string;
  /** How long its transaction was open when it was looked at. */
  readonly ageMs: number | null;
}

export interface ArrivalView {
  readonly verdict: 'pending' | 'equal' | 'different';
  readonly text: string;
  /** What Snowflake says that it sent. */
  readonly sent: { readonly rows: number | null; readonly bytes: number | null };
  readonly arrived: { readonly rows: number; readonly bytes: number | null };
}

export interface FactView {
  readonly label: string;
  readonly value: string;
  /** Why it is so. */
  readonly reason?: string;
  /** It is an identifier that people paste elsewhere. */
  readonly copy?: true;
}

export interface WarningView {
  readonly message: string;
  readonly remedy: string | null;
}

export interface ErrorView {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | null;
  readonly facts: readonly FactView[];
  readonly holders: readonly HolderView[];
  /** Messages of what caused it, outermost first. */
  readonly causes: readonly string[];
  readonly actions: readonly RunActionView[];
}

export type RunAction =
  | 'cancel'
  | 'rerun'
  | 'force'
  | 'verify'
  | 'rollBack'
  | 'showLog'
  | 'openConfiguration'
  | 'setPassword'
  | 'testConnection'
  | 'refresh';

export interface RunActionView {
  readonly action: RunAction;
  readonly label: string;
}

export interface StatementView {
  readonly system: 'snowflake' | 'postgres';
  readonly text: string;
  readonly ms: number;
}

/** A line of the run's log. */
export interface LogLineView {
  /** Since the run began. */
  readonly ms: number;
  readonly level: 'info' | 'warning';
  readonly text: string;
}
