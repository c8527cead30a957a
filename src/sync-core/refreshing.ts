import type { ClaimedRun } from './claimed-run.ts';
import type { RowChanges } from './ledger/ledger.ts';
import type { SyncPlan } from './plan/plan-table.ts';
import type { PostgresSession } from './postgres/session.ts';
import type { SnowflakeSession } from './snowflake/session.ts';

/** A table that a run brings up to date, in whatever mode, once it is planned. */
export interface Refreshing {
  readonly claimed: ClaimedRun;
  readonly plan: SyncPlan;
  readonly work: PostgresSession;
  readonly snowflake: SnowflakeSession;
  /** The source's token from before anything of it was read; null where there is none. */
  readonly sourceToken: string | null;
  /** Skips the guards against an empty or shrunken source. */
  readonly force: boolean;
}

/** What was brought over, and is live. */
export interface Refreshed {
  /** Rows that Snowflake sent, and that were loaded. */
  readonly rowsSynced: number;
  /** Rows of the table. */
  readonly finalCount: number;
  /** Null where all rows were replaced. */
  readonly changes: RowChanges | null;
  /** Of COPY text. */
  readonly bytes: number;
  /** The live generation: a new one, unless there was nothing to change. */
  readonly generation: number;
  /** The query that all rows came from; null where they came from several, or none came. */
  readonly sourceQueryId: string | null;
}
