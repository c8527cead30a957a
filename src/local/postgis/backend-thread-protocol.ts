import type { MessagePort } from 'node:worker_threads';
import type { PgliteAssets } from './assets.ts';
import type { InterruptVariables } from './interrupts.ts';
import type { LocalPostgisErrorCode } from './local-postgis-error.ts';

/** What the thread that runs PGlite is started with. */
export interface BackendThreadData {
  readonly port: MessagePort;
  /** Int32 cells shared by both threads, by the indices of {@link flowCell}. */
  readonly flow: SharedArrayBuffer;
  readonly assets: PgliteAssets;
  /** The PGDATA folder; undefined keeps the database in memory. */
  readonly pgData: string | undefined;
}

export const flowCell = {
  /** Counts what the main thread posted; the backend thread sleeps on it while it needs input. */
  inputPosted: 0,
  /** Bytes of output that were posted and that no client has taken yet; the backend thread sleeps on it while it is high. */
  outputPending: 1,
} as const;
export const flowCells = 2;

/** Output that may wait for a client before the backend stops producing more, in bytes. */
export const outputWindow = 8 * 1024 * 1024;

export type ToBackendThread =
  /** Messages to execute. In COPY FROM STDIN the backend asks for more than these: see `starved`. */
  | { readonly kind: 'run'; readonly bytes: Uint8Array }
  /** More input for the messages that run now. */
  | { readonly kind: 'input'; readonly bytes: Uint8Array }
  | { readonly kind: 'close' };

export type FromBackendThread =
  | { readonly kind: 'progress'; readonly step: StartStep }
  | { readonly kind: 'ready'; readonly facts: BackendFacts; readonly interrupts: InterruptVariables }
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  /** The backend sleeps until `input` arrives: it is in COPY FROM STDIN and has consumed all that it was given. */
  | { readonly kind: 'starved' }
  | { readonly kind: 'done' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly code: LocalPostgisErrorCode; readonly message: string; readonly stack: string };

export type StartStep = 'loading' | 'creating-database' | 'creating-postgis' | 'accepting-connections';

export interface BackendFacts {
  /** For example `18.3`. */
  readonly version: string;
  /** For example `3.6.2`. */
  readonly postgisVersion: string;
  /** The parameters that a server reports to every client at the start of a session, with their defaults. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}
