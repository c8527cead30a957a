import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { MessageConnection } from 'vscode-jsonrpc';
import type * as vscode from 'vscode';
import {
  protocolVersion,
  type ClientRequests,
  type ErrorDocument,
  type InitializeParams,
  type InitializeResult,
  type NoticeParams,
  type RunEventParams,
  type SecretParams,
  type SecretResult,
} from '../../worker/protocol/protocol.ts';
import type { Log } from '../log.ts';
import { WorkerError, type RequestMethod } from './worker-client.ts';
import { cancelledError, workerError } from './worker-failure.ts';

/** How a worker is started, and who hears what it says. */
export interface WorkerLaunch {
  /** The absolute path of the program. */
  readonly program: string;
  readonly workingDir: string;
  /** The folder of the local parts; undefined for the default one. */
  readonly home?: string | undefined;
  /** How long a worker may clean up before it is killed, in ms; VS Code itself gives an extension 5 s. Default: 4 s. */
  readonly graceMs?: number;
  /** For the ledger: `vscode 1.96.0`. */
  readonly client: string;
  readonly log: Log;
  readonly onRunEvent: (params: RunEventParams) => void;
  readonly onNotice: (params: NoticeParams) => void;
  readonly answerSecret: (params: SecretParams, token: vscode.CancellationToken) => Promise<SecretResult>;
}

/** How a process came to its end: `exit code 1`, `signal SIGKILL`. */
export type WorkerEnd = string;

/** The longest that a worker may take to say that it is there, in ms: a cold disk and a virus scanner included. */
const initializeLimitMs = 30_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** One worker process, from its start to its end. */
export class WorkerProcess {
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<WorkerEnd>;
  readonly #child: Child;
  readonly #connection: MessageConnection;
  readonly #log: Log;
  readonly #graceMs: number;
  #initialized: InitializeResult | undefined;
  #isEnding = false;
  #hasEnded = false;

  private constructor(child: Child, connection: MessageConnection, { log, graceMs = 4_000 }: WorkerLaunch) {
    this.#child = child;
    this.#connection = connection;
    this.#log = log;
    this.#graceMs = graceMs;
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        resolve(error.message);
      });
      child.once('exit', (code, signal) => {
        resolve(signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`);
      });
    }).then((end) => {
      this.#hasEnded = true;
      connection.dispose();
      return end as WorkerEnd;
    });
  }

  /**
   * Starts a worker and waits until it has said who it is.
   * @throws WorkerError `start-failed`, `version`.
   */
  static async start(launch: WorkerLaunch): Promise<WorkerProcess> {
    // Heavy, and of no use before there is a worker.
    const jsonrpc = await import('vscode-jsonrpc/node');
    const child = spawn(process.execPath, [launch.program, 'serve'], {
      cwd: launch.workingDir,
      env: workerEnvironment(process.env, launch.home),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    // A pipe whose other end has gone reports it here as well as by the end of the process.
    child.stdin.on('error', (error) => {
      launch.log.debug(`stdin: ${error.message}`);
    });
    logLines(child.stderr, launch.log);
    const connection = jsonrpc.createMessageConnection(child.stdout, child.stdin, {
      error: (message) => {
        launch.log.error(message);
      },
      warn: (message) => {
        launch.log.warn(message);
      },
      info: (message) => {
        launch.log.info(message);
      },
      log: (message) => {
        launch.log.debug(message);
      },
    });
    connection.onNotification('run/event', launch.onRunEvent);
    connection.onNotification('notice', launch.onNotice);
    connection.onRequest('secret/get', launch.answerSecret);
    connection.onError(([error]) => {
      launch.log.warn(`connection: ${error.message}`);
    });
    const worker = new WorkerProcess(child, connection, launch);
    connection.listen();
    await worker.#initialize({
      protocolVersion,
      client: launch.client,
      capabilities: { secrets: true },
    });
    return worker;
  }

  get initialized(): InitializeResult {
    if (this.#initialized === undefined) throw new Error('The worker has not been initialized.');
    return this.#initialized;
  }

  /** @throws WorkerError what the worker says; `worker-ended` where it ends before it has answered. */
  async request<M extends RequestMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    token?: vscode.CancellationToken,
  ): Promise<ClientRequests[M]['result']> {
    return this.#send<ClientRequests[M]['result']>(method, params, token);
  }

  /** Lets the worker clean up and end; kills it where that takes too long. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    this.#killAfterGrace();
    try {
      await this.#connection.sendRequest('shutdown');
      await this.#connection.sendNotification('exit');
    } catch {
      // It ends when its input does, or is killed.
    }
    this.#child.stdin.end();
    await this.ended;
  }

  #killAfterGrace(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const kill = setTimeout(() => {
      this.#log.warn('The worker did not end in time and was killed.');
      this.#child.kill('SIGKILL');
    }, this.#graceMs);
    void this.ended.then(() => {
      clearTimeout(kill);
    });
  }

  async #initialize(params: InitializeParams): Promise<void> {
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), initializeLimitMs);
    try {
      this.#initialized = await this.#send<InitializeResult>('initialize', params);
    } catch (error) {
      this.#child.kill('SIGKILL');
      const end = await this.ended;
      const detail = error instanceof WorkerError && error.document.code !== 'internal' ? error.message : end;
      throw workerError(
        'start-failed',
        `Snowmelt's worker could not be started (${detail}).`,
        'The log says more. If it goes on, install the extension again.',
        error,
      );
    } finally {
      clearTimeout(limit);
    }
    const { protocolVersion: spoken, version } = this.#initialized;
    if (spoken === protocolVersion) return;
    await this.stop();
    throw workerError(
      'version',
      `The worker of Snowmelt ${version} speaks version ${spoken} of the protocol, this window version ${protocolVersion}.`,
      'The extension was updated meanwhile: reload the window.',
    );
  }

  async #send<R>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<R> {
    if (token?.isCancellationRequested === true) throw cancelledError();
    if (this.#hasEnded) throw endedError(await this.ended);
    try {
      return await (token === undefined
        ? this.#connection.sendRequest<R>(method, params)
        : this.#connection.sendRequest<R>(method, params, token));
    } catch (error) {
      const document = documentOf(error);
      if (document !== undefined) throw new WorkerError(document, { cause: error });
      // Whatever else a request fails with comes of a connection that has ended, or is about to.
      if (isAnswer(error)) throw new WorkerError({ code: 'internal', message: error.message }, { cause: error });
      this.#killAfterGrace();
      this.#child.stdin.end();
      throw endedError(await this.ended, error);
    }
  }
}

/** The extension host's own environment, as a plain Node process needs it: no editor, no debugger. */
function workerEnvironment(env: NodeJS.ProcessEnv, home: string | undefined): NodeJS.ProcessEnv {
  const plain = { ...env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: undefined };
  return home === undefined ? plain : { ...plain, SNOWMELT_HOME: home };
}

function endedError(end: WorkerEnd, cause?: unknown): WorkerError {
  return workerError(
    'worker-ended',
    `Snowmelt's worker ended while it was at work (${end}).`,
    'No table is left half-filled: start the command again.',
    cause,
  );
}

/** What the worker says of a failure. */
function documentOf(error: unknown): ErrorDocument | undefined {
  if (typeof error !== 'object' || error === null || !('data' in error)) return undefined;
  const { data } = error;
  if (typeof data !== 'object' || data === null || !('code' in data) || !('message' in data)) return undefined;
  return data as ErrorDocument;
}

/** Codes of vscode-jsonrpc for what became of the connection: written, read, given up, inactive. */
const connectionCodes: readonly unknown[] = [-32_099, -32_098, -32_097, -32_096];

/** Whether the worker itself refused: a method that it does not know, parameters that it does not understand. */
function isAnswer(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'number' && error.code <= -32_000 && !connectionCodes.includes(error.code);
}

function logLines(stream: Readable, log: Log): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') log.warn(line);
  });
  stream.on('end', () => {
    if (rest.trim() !== '') log.warn(rest);
  });
}
