import type { HostAccess } from '../../sync-core/config/host-access.ts';
import type { SecretAccess } from '../../sync-core/config/resolve-secret.ts';
import type { SyncEvent } from '../../sync-core/events.ts';
import type { RunIdentity } from '../../sync-core/ledger/ledger.ts';

/**
 * What every command needs of whoever calls it. Commands take it with their arguments and return plain data; they never
 * print, never read argv and never end the process, so that the terminal and a protocol can call the same functions.
 */
export interface CommandContext {
  readonly host: HostAccess;
  readonly identity: RunIdentity;
  readonly secrets: SecretAccess;
  /** Aborted when the caller cancels. */
  readonly signal: AbortSignal;
  /** Absolute: where relative paths begin and where a configuration is looked for. */
  readonly workingDir: string;
  /**
   * The caller only looks: an embedded PostGIS that does not run is an error (`local.failed`, reason `not-running`) in place of
   * being started.
   */
  readonly lookOnly?: boolean;
  /** Told of what a person should know and that is no event of a run. */
  readonly onNotice: (notice: Notice) => void;
  readonly onEvent: (event: SyncEvent) => void;
}

/** `progress` passes by, `info` stays, `warning` asks for attention. */
export interface Notice {
  readonly kind: 'progress' | 'info' | 'warning';
  readonly message: string;
}

/** What the commands on a configuration are about. */
export interface Selection {
  /** The configuration's path; undefined looks for `snowmelt.json` in the working folder and upwards. */
  readonly config?: string | undefined;
  /** The target's name; undefined for the default one. */
  readonly target?: string | undefined;
  /** Names of tables; empty for all of them. */
  readonly tables: readonly string[];
}
