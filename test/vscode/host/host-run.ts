import type { Launch, Workspace } from './launches.ts';

/** One suite in one window. Paths are absolute. */
export interface HostRun {
  readonly launch: Launch;
  readonly workspace: Workspace;
  /** A folder of its own. */
  readonly home: string;
  /** The folder of the extension under development. */
  readonly extension: string;
  /** The bundle to load; its export `run` is called. */
  readonly suite: string;
  /** Of the user. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** For the extension host. */
  readonly env: Readonly<Record<string, string>>;
  /** Where pictures and logs of a failure are kept. */
  readonly artifacts: string;
  readonly limitMs: number;
}
