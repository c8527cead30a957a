import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type {
  ClientRequests,
  ErrorDocument,
  InitializeResult,
  NoticeParams,
  RunEventParams,
  SecretParams,
} from '../../worker/protocol/protocol.ts';
import { Disposable } from '../disposable.ts';
import type { Log } from '../log.ts';
import { WorkerError, type RequestMethod, type SettledRequest, type WorkerClient } from './worker-client.ts';
import { cancelledError, errorDocumentOf, workerError } from './worker-failure.ts';
import { WorkerProcess, type WorkerEnd, type WorkerLaunch } from './worker-process.ts';

/** A second death within this time, in ms, is no accident: the worker stays dead until a person starts it again. */
const patienceMs = 60_000;

export interface WorkerSettings {
  /** The absolute path of the worker's program. */
  readonly program: string;
  readonly log: Log;
  /** The folder of the local parts, as it is set now; undefined for the default one. */
  readonly home: () => string | undefined;
  /** Null where the person declined. */
  readonly answerSecret: (params: SecretParams, token: vscode.CancellationToken) => Promise<string | null>;
}

/**
 * Keeps one worker while it is needed: started by the first request, started again where it dies, and left dead where it
 * dies again at once. Says so to the person in either case.
 */
export class SupervisedWorker extends Disposable implements WorkerClient {
  readonly #settings: WorkerSettings;
  readonly #runEvents = this.register(new vscode.EventEmitter<RunEventParams>());
  readonly #notices = this.register(new vscode.EventEmitter<NoticeParams>());
  readonly #settled = this.register(new vscode.EventEmitter<SettledRequest>());
  readonly #changes = this.register(new vscode.EventEmitter<void>());
  readonly onRunEvent = this.#runEvents.event;
  readonly onNotice = this.#notices.event;
  readonly onDidSettle = this.#settled.event;
  readonly onDidChangeRunning = this.#changes.event;
  #worker: Promise<WorkerProcess> | undefined;
  #process: WorkerProcess | undefined;
  #diedAt: number | undefined;
  #stoppedBy: WorkerError | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  /** What the worker was started with that there is, or that is being started. */
  #launched: WorkerLaunch | undefined;

  constructor(settings: WorkerSettings) {
    super();
    this.#settings = settings;
  }

  get running(): InitializeResult | undefined {
    return this.#process?.initialized;
  }

  async request<M extends RequestMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    token?: vscode.CancellationToken,
  ): Promise<ClientRequests[M]['result']> {
    const { log } = this.#settings;
    const startedAt = Date.now();
    const operation = params.operation;
    log.debug(`${method} asked`);
    log.trace(`${method} ${JSON.stringify(params)}`);
    const asked = this.#ask(method, params, token);
    this.#underWay.add(asked);
    try {
      const result = await asked;
      log.debug(`${method} answered after ${Date.now() - startedAt} ms`);
      this.#settled.fire({ method, params, operation, result, error: undefined });
      return result;
    } catch (thrown) {
      const error = errorDocumentOf(thrown);
      logFailure(log, method, error, Date.now() - startedAt);
      this.#settled.fire({ method, params, operation, result: undefined, error });
      throw thrown instanceof WorkerError ? thrown : new WorkerError(error, { cause: thrown });
    } finally {
      this.#underWay.delete(asked);
    }
  }

  startAgain(): void {
    if (this.#stoppedBy === undefined) return;
    this.#stoppedBy = undefined;
    this.#diedAt = undefined;
    this.#startAtOnce();
  }

  /**
   * Where the local parts are in another folder now, the next request gets another worker; the one that there is ends what it is at.
   * @returns whether they are.
   */
  moveHome(): boolean {
    const worker = this.#worker;
    if (worker === undefined || this.#launched?.home === this.#settings.home()) return false;
    this.#process = undefined;
    this.#worker = undefined;
    this.#launched = undefined;
    void this.#stopWhenIdle(worker);
    this.#changes.fire();
    return true;
  }

  /** Ends the worker, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.dispose();
    await this.#worker?.then(
      (worker) => worker.stop(),
      () => undefined,
    );
  }

  override dispose(): void {
    if (this.isDisposed) return;
    super.dispose();
    void this.#process?.stop();
  }

  async #stopWhenIdle(worker: Promise<WorkerProcess>): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await worker.then(
      (process) => process.stop(),
      () => undefined,
    );
  }

  async #ask<M extends RequestMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    token: vscode.CancellationToken | undefined,
  ): Promise<ClientRequests[M]['result']> {
    const worker = await this.#started();
    if (token?.isCancellationRequested === true) throw cancelledError();
    return worker.request(method, params, token);
  }

  #started(): Promise<WorkerProcess> {
    if (!vscode.workspace.isTrusted) {
      const message = 'Snowmelt connects to nothing in a workspace that is not trusted.';
      return Promise.reject(workerError('untrusted', message, 'Trust the workspace to go on.'));
    }
    if (this.isDisposed) return Promise.reject(cancelledError());
    if (this.#stoppedBy !== undefined) return Promise.reject(this.#stoppedBy);
    this.#worker ??= this.#start();
    return this.#worker;
  }

  async #start(): Promise<WorkerProcess> {
    const { log } = this.#settings;
    const startedAt = Date.now();
    const launch = this.#launch();
    this.#launched = launch;
    try {
      const worker = await WorkerProcess.start(launch);
      log.info(
        `Worker ${worker.initialized.version} started as process ${worker.initialized.processId} in ${Date.now() - startedAt} ms.`,
      );
      void worker.ended.then((end) => {
        this.#onEnded(worker, end);
      });
      // The window closed meanwhile.
      if (this.isDisposed) void worker.stop();
      // Its place was taken meanwhile.
      if (this.#launched !== launch) return worker;
      this.#process = worker;
      this.#changes.fire();
      return worker;
    } catch (error) {
      if (this.#launched !== launch) throw error;
      this.#worker = undefined;
      if (this.#isSecondDeath()) this.#stay(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  #launch(): WorkerLaunch {
    const { program, log, home, answerSecret } = this.#settings;
    return {
      program,
      log,
      workingDir: workingDir(),
      home: home(),
      client: `vscode ${vscode.version}`,
      onRunEvent: (params) => {
        this.#runEvents.fire(params);
      },
      onNotice: (params) => {
        log.info(`${params.level}: ${params.message}`);
        this.#notices.fire(params);
      },
      answerSecret: async (params, token) => ({ secret: await answerSecret(params, token) }),
    };
  }

  #onEnded(worker: WorkerProcess, end: WorkerEnd): void {
    if (this.#process !== worker) return;
    this.#process = undefined;
    this.#worker = undefined;
    if (this.isDisposed) return;
    this.#settings.log.error(`The worker ended: ${end}.`);
    const interrupted = this.#underWay.size;
    if (this.#isSecondDeath()) this.#stay(end);
    else {
      const lost = interrupted === 0 ? '' : ' What was under way has failed.';
      void this.#say(`Snowmelt's worker ended unexpectedly (${end}) and was started again.${lost}`);
      this.#startAtOnce();
    }
    this.#changes.fire();
  }

  #startAtOnce(): void {
    this.#started().catch((error: unknown) => {
      if (this.#stoppedBy === undefined) void this.#say(errorDocumentOf(error).message);
    });
  }

  #isSecondDeath(): boolean {
    const now = Date.now();
    const isSecond = this.#diedAt !== undefined && now - this.#diedAt < patienceMs;
    this.#diedAt = now;
    return isSecond;
  }

  #stay(end: WorkerEnd): void {
    const message = `Snowmelt's worker ended twice within a minute (${end}) and stays stopped.`;
    this.#stoppedBy = workerError('worker-stopped', message, 'Start it again with Refresh.');
    void this.#say(message, 'Start Again');
  }

  async #say(message: string, ...actions: 'Start Again'[]): Promise<void> {
    const chosen = await vscode.window.showErrorMessage(message, ...actions, 'Show Log');
    if (chosen === 'Start Again') this.startAgain();
    else if (chosen === 'Show Log') this.#settings.log.show();
  }
}

function logFailure(log: Log, method: string, error: ErrorDocument, ms: number): void {
  const line = `${method} failed after ${ms} ms [${error.code}]: ${error.message}`;
  if (error.code === 'cancelled') log.debug(line);
  else log.warn([line, ...(error.causes ?? [])].join('\n  cause: '));
}

/** The first folder of the workspace; relative paths in what a `"command"` of the configuration runs begin there. */
function workingDir(): string {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  return folder?.uri.fsPath ?? homedir();
}
