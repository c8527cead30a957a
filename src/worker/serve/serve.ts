import type { Readable, Writable } from 'node:stream';
import {
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type CancellationToken,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { toErrorDocument, SyncError } from '../../sync-core/errors.ts';
import {
  failedRequest,
  protocolVersion,
  type ClientCapabilities,
  type ErrorDocument,
  type InitializeParams,
  type InitializeResult,
  type OperationParams,
} from '../protocol/protocol.ts';
import { version } from '../version.ts';
import { methods, type Method, type ServeHost } from './methods.ts';
import { invalidParams } from './params.ts';
import { requestContext } from './request-context.ts';

/** JSON-RPC error code for a request before `initialize`; the one that language servers use. */
const notInitialized = -32_002;

/** How long what still runs may take to be cleaned up once the client has gone, in ms. What is left then, the next run removes. */
export const gracePeriodMs = 10_000;

export interface ServeStreams {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Serves one client until it says `exit` or goes away. Whatever of its requests is still under way then is cancelled and
 * cleaned up first, for at most {@link gracePeriodMs}.
 */
export async function serve(host: ServeHost, { input, output }: ServeStreams): Promise<void> {
  const reader = new StreamMessageReader(input);
  const connection = createMessageConnection(reader, new StreamMessageWriter(output), silent);
  const session = new ServeSession(host, connection);
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      resolve();
    };
    connection.onNotification('exit', end);
    connection.onClose(end);
    // A frame that cannot be read: what follows it cannot be told from its rest.
    reader.onError((error) => {
      host.logError(`Snowmelt could not read a message of its client: ${error.message}`);
      resolve();
    });
    input.once('end', end).once('close', end).once('error', end);
    output.once('error', end).once('close', end);
  });
  connection.listen();
  await gone;
  await session.end(AbortSignal.timeout(gracePeriodMs));
  connection.dispose();
}

/** What one client has asked for. */
class ServeSession {
  readonly #host: ServeHost;
  readonly #connection: MessageConnection;
  readonly #running = new Map<Promise<unknown>, AbortController>();
  #capabilities: ClientCapabilities | undefined;
  #client = '';
  #ending = false;

  constructor(host: ServeHost, connection: MessageConnection) {
    this.#host = host;
    this.#connection = connection;
    connection.onRequest('initialize', (params: unknown) => this.#initialize(params));
    connection.onRequest('shutdown', async () => {
      await this.end(AbortSignal.timeout(gracePeriodMs));
      return null;
    });
    for (const method of Object.keys(methods) as Method[]) {
      connection.onRequest(method, (params: unknown, token: CancellationToken) => {
        const cancel = new AbortController();
        token.onCancellationRequested(() => {
          cancel.abort(new SyncError('cancelled', 'Cancelled.'));
        });
        return this.#run(method, params, cancel);
      });
    }
  }

  /** Cancels what runs and waits until it has ended, or `patience` is over. Nothing is taken on any more. */
  async end(patience: AbortSignal): Promise<void> {
    this.#ending = true;
    for (const cancel of this.#running.values()) cancel.abort(new SyncError('cancelled', 'The worker ends.'));
    const overdue = new Promise<void>((resolve) => {
      patience.addEventListener('abort', () => {
        resolve();
      });
    });
    await Promise.race([Promise.allSettled(this.#running.keys()), overdue]);
  }

  #initialize(params: unknown): InitializeResult | ResponseError<unknown> {
    const problem = invalidParams('initialize', params);
    if (problem !== undefined) return problem;
    const asked = params as InitializeParams;
    if (asked.protocolVersion !== protocolVersion) return failed(otherVersion(asked.protocolVersion));
    this.#capabilities = asked.capabilities;
    this.#client = asked.client;
    return { protocolVersion, version, processId: process.pid };
  }

  async #run(method: Method, params: unknown, cancel: AbortController): Promise<unknown> {
    if (this.#capabilities === undefined || this.#ending) {
      const state = this.#ending ? 'The worker ends.' : 'The first request is initialize.';
      return new ResponseError(this.#ending ? ErrorCodes.InvalidRequest : notInitialized, state);
    }
    const problem = invalidParams(method, params);
    if (problem !== undefined) return problem;
    const context = requestContext({
      host: this.#host,
      connection: this.#connection,
      capabilities: this.#capabilities,
      client: this.#client,
      params: params as OperationParams & { readonly config?: string },
      signal: cancel.signal,
    });
    const call = methods[method] as (context: unknown, params: unknown) => Promise<unknown>;
    const running = call(context, params).finally(() => {
      context.flush();
    });
    this.#running.set(running, cancel);
    try {
      return await running;
    } catch (error) {
      return failed(error);
    } finally {
      this.#running.delete(running);
    }
  }
}

function failed(error: unknown): ResponseError<ErrorDocument> {
  const document = toErrorDocument(error);
  return new ResponseError(failedRequest, document.message, document);
}

function otherVersion(asked: number): SyncError {
  const [older, remedy] =
    asked < protocolVersion
      ? ['The client', 'Update the client, or use the Snowmelt that it was made for.']
      : ['This Snowmelt', 'Update Snowmelt.'];
  return new SyncError(
    'usage',
    `The client speaks version ${asked} of the protocol, and Snowmelt ${version} speaks version ${protocolVersion}. ${older} is too old.`,
    { remedy },
  );
}

/** Of the connection's own complaints, none may get onto stdout; what matters is told by `serve` itself. */
const silent = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  log: () => undefined,
};
