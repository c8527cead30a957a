import { dirname } from 'node:path';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { HostAccess } from '../../sync-core/config/host-access.ts';
import { secretCommandRunner } from '../../sync-core/config/run-secret-command.ts';
import type { RunIdentity } from '../../sync-core/ledger/ledger.ts';
import type { CommandContext } from '../commands/context.ts';
import type { InitializeParams } from '../protocol/protocol.ts';
import { version } from '../version.ts';
import { clientPrompt } from './ask-secret.ts';
import { EventFeed, type Notify } from './event-feed.ts';

/** What a method needs besides its params. */
export type RequestContext = CommandContext;

/** What a request comes with. */
export interface RequestSurroundings {
  readonly host: HostAccess;
  readonly identity: RunIdentity;
  readonly workingDir: string;
  /** How this program is started again: the runtime and its arguments up to the script. */
  readonly self: readonly [program: string, ...args: string[]];
  readonly connection: MessageConnection;
  readonly client: InitializeParams;
  readonly params: { readonly config?: string; readonly operation?: string };
  readonly signal: AbortSignal;
  readonly notify: Notify;
}

/** What a command needs, for one request; and what tells the client how it goes, where the client wants to know. */
export function requestContext(surroundings: RequestSurroundings): {
  readonly context: RequestContext;
  readonly feed: EventFeed | undefined;
} {
  const { host, connection, client, params, signal } = surroundings;
  const { config, operation } = params;
  const feed = operation === undefined ? undefined : new EventFeed(operation, surroundings.notify);
  const workingDir = config === undefined ? surroundings.workingDir : dirname(config);
  const need = { config: config ?? workingDir, operation: operation ?? null };
  const context: RequestContext = {
    host,
    identity: { ...surroundings.identity, client: `snowmelt ${version} (${client.client})` },
    workingDir,
    signal,
    secrets: {
      env: host.env,
      runCommand: secretCommandRunner(host.env, surroundings.self),
      prompt: clientPrompt(connection, client.capabilities.secrets, need),
      signal,
    },
    onNotice: (notice) => {
      feed?.notice(notice);
    },
    onEvent: (event) => {
      feed?.event(event);
    },
  };
  return { context, feed };
}
