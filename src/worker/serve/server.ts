import type { Readable, Writable } from 'node:stream';
import {
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  StreamMessageReader,
  type CancellationToken,
  type Message,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { HostAccess } from '../../sync-core/config/host-access.ts';
import { formatError, isSyncError, SyncError, toErrorDocument } from '../../sync-core/errors.ts';
import type { RunIdentity } from '../../sync-core/ledger/ledger.ts';
import {
  failedRequest,
  protocolVersion,
  type InitializeParams,
  type InitializeResult,
  type ServerNotifications,
} from '../protocol/protocol.ts';
import { version } from '../version.ts';
import { checkParams } from './check-params.ts';
import { decodeMessage } from './decode-message.ts';
import { failure, throwWhereCancelled } from './failure.ts';
import { MalformedMessage } from './malformed-message.ts';
import type { Methods } from './methods.ts';
import { OrderedWriter } from './ordered-writer.ts';
import { requestContext, type RequestSurroundings } from './request-context.ts';

/** What the process gives the server. */
export interface ServerOptions {
  /** What the client sends. Its end is the end of the server. */
  readonly input: Readable;
  /** What is sent to the client, and nothing else. */
  readonly output: Writable;
  readonly host: HostAccess;
  readonly identity: RunIdentity;
  readonly workingDir: string;
  readonly self: RequestSurroundings['self'];
  /** The methods; loaded after `initialize` was answered, so that a client does not wait for them. */
  readonly loadMethods: () => Promise<Methods>;
  /** Told, in a line for people, of what no answer can say. */
  readonly log: (line: string) => void;
}

/** `closed`: by the client, in whatever way; `broken`: what it sent could no longer be told apart. */
export type ServerEnd = 'closed' | 'broken' | 'stopped';

/** One client's server. Everything that a request needs is made for that request; the server itself knows only which are under way. */
export class Server {
  readonly #options: ServerOptions;
  readonly #connection: MessageConnection;
  readonly #writer: OrderedWriter;
  readonly #running = new Map<Promise<unknown>, AbortController>();
  #client: InitializeParams | undefined;
  #methods: Promise<Methods> | undefined;
  #isShutDown = false;
  #shutdown: Promise<null> | undefined;
  #resolveEnd: (end: ServerEnd) => void = () => undefined;
  /** Resolves when the server is to end; what is under way has then been cancelled and not yet ended. */
  readonly end: Promise<ServerEnd>;

  constructor(options: ServerOptions) {
    this.#options = options;
    const { input, output } = options;
    this.end = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    const reader = new StreamMessageReader(input, {
      charset: 'utf-8',
      contentTypeDecoder: { name: 'application/json', decode: async (bytes) => Promise.resolve(decodeMessage(bytes)) },
    });
    this.#writer = new OrderedWriter(output);
    this.#connection = createMessageConnection(reader, this.#writer);
    reader.onError((error) => {
      this.#onUnreadable(error);
    });
    this.#connection.onRequest((method, params, token) => this.#track(method, params, token));
    this.#connection.onNotification((method) => {
      if (method === 'exit') this.stop('closed');
    });
    for (const event of ['end', 'close', 'error'])
      input.on(event, () => {
        this.stop('closed');
      });
    for (const event of ['close', 'error'])
      output.on(event, () => {
        this.stop('closed');
      });
    this.#connection.listen();
    // Whoever sends lines in place of frames would otherwise wait for an answer for ever.
    input.once('data', (first: Buffer) => {
      if (!/^[a-z]/i.test(first.toString('latin1', 0, 1))) this.#onUnreadable(new Error('no header'));
    });
  }

  /** Cancels everything and takes nothing new. */
  stop(end: ServerEnd): void {
    this.#isShutDown = true;
    this.#cancelAll();
    this.#resolveEnd(end);
  }

  /** Resolves when nothing is under way any more and its answers have been sent as far as anybody reads them. */
  async idle(): Promise<void> {
    await this.#cancelled();
    await this.#shutdown;
    await this.#writer.settled();
  }

  async #cancelled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.keys());
  }

  #track(method: string, params: unknown, token: CancellationToken): Promise<unknown> {
    const controller = new AbortController();
    const cancel = (): void => {
      controller.abort(new SyncError('cancelled', 'Cancelled.'));
    };
    token.onCancellationRequested(cancel);
    if (token.isCancellationRequested) cancel();
    if (method === 'shutdown') return (this.#shutdown ??= this.#shutDown());
    const result = this.#answer(method, params, controller.signal);
    this.#running.set(result, controller);
    const forget = (): void => {
      this.#running.delete(result);
    };
    void result.then(forget, forget);
    return result;
  }

  /** Never returns a failure: throws a ResponseError. */
  async #answer(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    try {
      if (this.#isShutDown) throw new ResponseError(ErrorCodes.InvalidRequest, 'The worker is shutting down.');
      if (method === 'initialize') return this.#initialize(params);
      if (this.#client === undefined) {
        throw new ResponseError(ErrorCodes.ServerNotInitialized, 'The first request must be "initialize".');
      }
      this.#methods ??= this.#options.loadMethods();
      const methods = await this.#methods;
      if (!isMethod(methods, method)) {
        throw new ResponseError(ErrorCodes.MethodNotFound, `There is no method ${JSON.stringify(method)}.`);
      }
      return await this.#perform(method, methods[method], params, this.#client, signal);
    } catch (error) {
      if (!(error instanceof ResponseError) && !isSyncError(error) && !signal.aborted) {
        this.#options.log(formatError(error));
      }
      throw failure(error, signal);
    }
  }

  async #perform<M extends keyof Methods>(
    method: M,
    run: Methods[M],
    given: unknown,
    client: InitializeParams,
    signal: AbortSignal,
  ): Promise<unknown> {
    const params = checkParams(method, given);
    const { context, feed } = requestContext({
      ...this.#options,
      connection: this.#connection,
      client,
      params,
      signal,
      notify: (name, value) => this.#notify(name, value),
    });
    try {
      const result = await run(context, params);
      if (signal.aborted) throwWhereCancelled(result);
      return result;
    } finally {
      feed?.flush();
    }
  }

  #initialize(given: unknown): InitializeResult {
    if (this.#client !== undefined) {
      throw new ResponseError(ErrorCodes.InvalidRequest, '"initialize" was sent before.');
    }
    refuseOtherVersion(given);
    this.#client = checkParams('initialize', given);
    return { protocolVersion, version, processId: process.pid };
  }

  async #shutDown(): Promise<null> {
    this.#isShutDown = true;
    this.#cancelAll();
    await this.#cancelled();
    return null;
  }

  #cancelAll(): void {
    const reason = new SyncError('cancelled', 'Cancelled: the worker is shutting down.');
    for (const controller of this.#running.values()) controller.abort(reason);
  }

  /** Nothing is sent to a client that has gone. */
  async #notify(method: keyof ServerNotifications, params: object): Promise<void> {
    await this.#send({ jsonrpc: '2.0', method, params } as Message);
  }

  #onUnreadable(error: Error): void {
    if (this.#isShutDown) return;
    const malformed = error instanceof MalformedMessage;
    const message = malformed
      ? error.message
      : 'A message must begin with its header: "Content-Length: BYTES", and an empty line, with CR LF.';
    const code = malformed ? error.code : ErrorCodes.ParseError;
    const id = malformed ? error.id : null;
    const sent = this.#send({ jsonrpc: '2.0', id, error: { code, message } } as Message);
    if (malformed) return;
    this.#options.log(message);
    void sent.then(() => {
      this.stop('broken');
    });
  }

  async #send(message: Message): Promise<void> {
    await this.#writer.write(message).catch(() => undefined);
  }
}

function isMethod(methods: Methods, method: string): method is keyof Methods {
  return Object.hasOwn(methods, method);
}

/** Before anything else of the params is looked at: those of another version may have another form. */
function refuseOtherVersion(params: unknown): void {
  if (typeof params !== 'object' || params === null || !('protocolVersion' in params)) return;
  const { protocolVersion: asked } = params;
  if (!Number.isInteger(asked) || asked === protocolVersion) return;
  const clientIsOlder = Number(asked) < protocolVersion;
  const error = new SyncError(
    'usage',
    `The client speaks version ${Number(asked)} of the protocol, and Snowmelt ${version} version ${protocolVersion}: ` +
      `the ${clientIsOlder ? 'client' : 'worker'} is too old.`,
    {
      remedy: clientIsOlder ? 'Update the client.' : 'Update Snowmelt.',
      details: { client: asked, worker: protocolVersion },
    },
  );
  throw new ResponseError(failedRequest, error.message, toErrorDocument(error));
}
