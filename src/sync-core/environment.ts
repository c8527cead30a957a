import type { EventSink } from './events.ts';
import type { RunIdentity } from './ledger/ledger.ts';
import type { PostgresSession, SessionOptions } from './postgres/session.ts';
import type { SnowflakeSession, SnowflakeSessionOptions } from './snowflake/session.ts';

/** What the pipeline needs of its surroundings. The library opens sessions through it, and closes every one that it opened. */
export interface SyncEnvironment {
  /** The target's name in the configuration. */
  readonly target: string;
  readonly identity: RunIdentity;
  readonly connectPostgres: (options: SessionOptions) => Promise<PostgresSession>;
  readonly connectSnowflake: (options: SnowflakeSessionOptions) => Promise<SnowflakeSession>;
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
}
