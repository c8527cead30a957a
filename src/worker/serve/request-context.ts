import { CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc/node';
import { secretCommandRunner } from '../../sync-core/config/run-secret-command.ts';
import { dirname } from 'node:path';
import { abortError } from '../../sync-core/abort.ts';
import type { CommandContext } from '../commands/context.ts';
import type {
  ClientCapabilities,
  NoticeParams,
  OperationParams,
  RunEventParams,
  SecretParams,
  SecretResult,
} from '../protocol/protocol.ts';
import { EventThrottle } from './event-throttle.ts';
import type { ServeHost } from './methods.ts';

/** The context of one request. */
export interface RequestContext extends CommandContext {
  readonly self: ServeHost['self'];
  /** Sends what was held back; nothing is held back afterwards. */
  flush(): void;
}

export interface RequestContextOptions {
  readonly host: ServeHost;
  readonly connection: MessageConnection;
  readonly capabilities: ClientCapabilities;
  /** What the client calls itself. */
  readonly client: string;
  readonly params: OperationParams & { readonly config?: string };
  readonly signal: AbortSignal;
}

/** What a command needs, with this request's client in the place of a terminal. Secrets are asked for anew by every request. */
export function requestContext(options: RequestContextOptions): RequestContext {
  const { host, connection, capabilities, client, params, signal } = options;
  const { operation, config } = params;
  const throttle = new EventThrottle((event) => {
    if (operation === undefined) return;
    const body: RunEventParams = { operation, event };
    void connection.sendNotification('run/event', body).catch(ignore);
  });
  const prompt: NonNullable<CommandContext['secrets']['prompt']> = async ({ id, label }) => {
    const asked: SecretParams = { id, label, config: config ?? '', operation: operation ?? null };
    const withdrawn = new CancellationTokenSource();
    const withdraw = (): void => {
      withdrawn.cancel();
    };
    signal.addEventListener('abort', withdraw);
    try {
      // A client that goes on thinking about a request that was cancelled is not waited for.
      const answer = connection.sendRequest<SecretResult>('secret/get', asked, withdrawn.token);
      return (await Promise.race([answer, rejectedBy(signal)])).secret ?? undefined;
    } finally {
      signal.removeEventListener('abort', withdraw);
      withdrawn.dispose();
    }
  };
  return {
    host: host.host,
    identity: { ...host.identity, client: `${host.identity.client}, ${client}` },
    workingDir: config === undefined ? host.workingDir : dirname(config),
    signal,
    self: host.self,
    secrets: {
      env: host.host.env,
      runCommand: secretCommandRunner(host.host.env),
      prompt: capabilities.secrets ? prompt : undefined,
      signal,
    },
    onNotice: ({ kind, message }) => {
      if (operation === undefined) return;
      const body: NoticeParams = { operation, level: kind, message };
      void connection.sendNotification('notice', body).catch(ignore);
    },
    onEvent: (event) => {
      throttle.add(event);
    },
    flush: () => {
      throttle.flush();
    },
  };
}

/** Rejects when the signal fires. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(abortError(signal));
    });
  });
}

/** The client has gone; the request is cancelled for that already. */
function ignore(): void {
  return undefined;
}
