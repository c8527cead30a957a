import type * as vscode from 'vscode';
import type {
  ErrorDocument,
  FailedTableDocument,
  LocalStatusDocument,
  ProjectTable,
  ProjectTarget,
  SourceTableStatus,
  TableDocument,
  TableStatus,
} from '../../worker/protocol/protocol.ts';
import type { Project } from './project.ts';

/** A target of a configuration, as it was when it was last looked at. */
export interface TargetState {
  readonly project: Project;
  readonly target: ProjectTarget;
  /** `unknown`: not looked at yet; `stopped`: an embedded PostGIS that does not run and that looking at must not start. */
  readonly state: 'unknown' | 'loading' | 'ready' | 'failed' | 'stopped';
  readonly error: ErrorDocument | undefined;
  /** Why Snowflake could not be asked the last time; what it said before stays in the tables. */
  readonly sourceError: ErrorDocument | undefined;
  /** In the file's order. What was known stays while it is looked at again, and after a failure. */
  readonly tables: readonly TableState[];
  /** When it was last seen to be well, in ms. */
  readonly seenAt: number | undefined;
}

/** A table of a target. */
export interface TableState {
  readonly project: Project;
  readonly target: ProjectTarget;
  readonly table: ProjectTable;
  readonly status: TableStatus | undefined;
  /** Undefined until Snowflake was asked. */
  readonly source: SourceTableStatus | FailedTableDocument | undefined;
  readonly staleness: Staleness;
}

/**
 * `fresh`: nothing speaks against it; `stale`: the source has changed since, or the table is too old; `missing`: never synced;
 * `drifted`: the configuration or the relation is not what was synced; `unknown`: not looked at yet.
 */
export interface Staleness {
  readonly kind: 'fresh' | 'stale' | 'missing' | 'drifted' | 'unknown';
  /** One sentence; empty when fresh. */
  readonly reasons: readonly string[];
}

/** Looks at targets when somebody wants to see them, and remembers. */
export interface TargetStates {
  /** The state that changed; undefined for all of them. */
  readonly onDidChange: vscode.Event<TargetState | undefined>;
  /** What is known now; never waits. */
  get(project: Project, target?: string): TargetState | undefined;
  /** Of every project's chosen target. */
  readonly current: readonly TargetState[];
  /**
   * Looks again. Never rejects: what went wrong is in the state.
   * @param options `exact` counts rows; `source` asks Snowflake too (default: the setting), `tables` only these.
   */
  refresh(
    project: Project,
    target: string,
    options?: { readonly exact?: boolean; readonly source?: boolean; readonly tables?: readonly string[] },
  ): Promise<TargetState>;
  /**
   * Keeps what {@link current} says up to date for as long as this is held, which every visible view does: looks at once where
   * nothing is known or it is old, again when the window gets the focus, and, more and more seldom, at what has failed.
   */
  watch(): vscode.Disposable;
  /** The parts of a table. Rejects with a WorkerError. */
  describe(table: TableState, token?: vscode.CancellationToken): Promise<TableDocument>;
  /** Of the default folder of local parts, or the one in the settings; undefined until it was asked for. */
  readonly local: LocalStatusDocument | undefined;
  refreshLocal(): Promise<LocalStatusDocument | undefined>;
  /** Looks at all that may have been started or stopped on this machine: the local parts, and every embedded target that is shown. */
  refreshEmbedded(): Promise<void>;
}
