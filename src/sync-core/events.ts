import type { LockHolder, SyncStep } from './errors.ts';

/**
 * What a run reports while it goes. Events are plain data: the worker prints them, sends them as JSON lines or as JSON-RPC
 * notifications, and never finds a secret in them.
 */

/** Something that a person should know of and that does not stop the run. */
export interface SyncWarning {
  /** Stable, for programs: `type.unknown`, `index.added`, … */
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
}

export type SyncEventBody =
  | { readonly kind: 'run-started'; readonly startedAt: string }
  | { readonly kind: 'step-started'; readonly step: SyncStep }
  | {
      readonly kind: 'progress';
      readonly step: SyncStep;
      readonly rows: number;
      readonly bytes: number;
      /** Rows per second since the step began. */
      readonly rowsPerSecond: number;
      /** Rows expected in all, once the source has said. */
      readonly totalRows: number | null;
    }
  | { readonly kind: 'step-finished'; readonly step: SyncStep; readonly ms: number }
  | { readonly kind: 'detail'; readonly step: SyncStep; readonly message: string }
  /** How the run will go about it. Reasons read on from the choice: `rename`, `nothing else depends on the very table`. */
  | {
      readonly kind: 'planned';
      readonly source: string;
      /** `full`: all rows; `changes`: those that have changed; `row-diff`: those that differ. Sent again where a full refresh takes over. */
      readonly mode: string;
      readonly modeReason: string;
      readonly strategy: string;
      readonly strategyReason: string;
      readonly extractPath: string;
      readonly extractReason: string;
    }
  /** The statement whose result is loaded has run. */
  | { readonly kind: 'extracted'; readonly sourceQueryId: string; readonly rows: number }
  /** What arrived is what Snowflake says of that result. */
  | { readonly kind: 'arrived'; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'warning'; readonly warning: SyncWarning }
  | {
      readonly kind: 'waiting';
      readonly reason: 'lock';
      readonly holders: readonly LockHolder[];
      readonly waitedMs: number;
    }
  | {
      readonly kind: 'statement';
      readonly system: 'snowflake' | 'postgres';
      readonly text: string;
      readonly ms: number;
    }
  | {
      readonly kind: 'run-finished';
      readonly outcome: 'success' | 'failed' | 'cancelled';
      readonly rows: number;
      readonly bytes: number;
      readonly ms: number;
    };

/** An event with the run that it belongs to. */
export type SyncEvent = SyncEventBody & { readonly table: string; readonly target: string; readonly run: string };

export type EventSink = (event: SyncEvent) => void;
