import type * as vscode from 'vscode';
import type {
  ClientRequests,
  ErrorDocument,
  InitializeResult,
  NoticeParams,
  RunEventParams,
} from '../../worker/protocol/protocol.ts';

/** A request that the worker could not fulfil, or that no worker could be had for. `message` is for people. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly document: ErrorDocument;

  constructor(document: ErrorDocument, options?: ErrorOptions) {
    super(document.message, options);
    this.document = document;
  }
}

export type RequestMethod = Exclude<keyof ClientRequests, 'initialize' | 'shutdown'>;

/** A request that has come to its end: with a result, or with an error. */
export interface SettledRequest {
  readonly method: RequestMethod;
  readonly params: ClientRequests[RequestMethod]['params'];
  readonly operation: string | undefined;
  readonly result: ClientRequests[RequestMethod]['result'] | undefined;
  readonly error: ErrorDocument | undefined;
}

/** The worker process, started by the first request and again, once, where it dies. */
export interface WorkerClient {
  /**
   * Rejects with a {@link WorkerError}; with the code `cancelled` where the token was fired. Never starts a worker in an
   * untrusted workspace.
   */
  request<M extends RequestMethod>(
    method: M,
    params: ClientRequests[M]['params'],
    token?: vscode.CancellationToken,
  ): Promise<ClientRequests[M]['result']>;
  readonly onRunEvent: vscode.Event<RunEventParams>;
  readonly onNotice: vscode.Event<NoticeParams>;
  readonly onDidSettle: vscode.Event<SettledRequest>;
  /** Undefined while no worker runs. */
  readonly running: InitializeResult | undefined;
  readonly onDidChangeRunning: vscode.Event<void>;
  /** For a person who wants it: a worker that has died too often is given another chance. */
  startAgain(): void;
}
