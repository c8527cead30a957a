import * as vscode from 'vscode';
import type { ErrorDocument, RunRecord } from '../../worker/protocol/protocol.ts';
import { Disposable } from '../disposable.ts';
import type { Project } from '../model/project.ts';
import { newOperation } from '../process/operation.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { errorDocumentOf } from '../process/worker-failure.ts';

/** Runs that are read at first, and more of them each time that somebody asks for more. */
const page = 50;

/** The runs of a target, as the ledger told them the last time. */
export interface RunHistory {
  /** Newest first. What was known stays when it could not be read again. */
  readonly runs: readonly RunRecord[];
  /** The ledger has older ones. */
  readonly hasMore: boolean;
  readonly error: ErrorDocument | undefined;
  readonly isReading: boolean;
  /** Undefined where it has to be read, whatever the occasion. */
  readonly readAt: Occasion | undefined;
}

/** What a history was read for: another occasion is a reason to read it again. */
export interface Occasion {
  /** The last runs of the tables, as they were known then. */
  readonly runs: string;
  /** When the target had last answered, in ms since the epoch. */
  readonly seenAt: number | undefined;
}

const unread: RunHistory = { runs: [], hasMore: false, error: undefined, isReading: false, readAt: undefined };

/** Reads the histories of targets, a page at a time. */
export class RunHistories extends Disposable {
  readonly #worker: WorkerClient;
  readonly #known = new Map<string, RunHistory>();
  readonly #limits = new Map<string, number>();
  readonly #changes = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changes.event;

  constructor(worker: WorkerClient) {
    super();
    this.#worker = worker;
  }

  get({ config }: Project, target: string): RunHistory {
    return this.#known.get(keyOf(config, target)) ?? unread;
  }

  /** Reads as many runs as were asked for. Never rejects: what went wrong is in the history. Once at a time. */
  async read(project: Project, target: string, occasion: Occasion): Promise<void> {
    const key = keyOf(project.config, target);
    const before = this.get(project, target);
    if (before.isReading) return;
    this.#set(key, { ...before, isReading: true });
    const limit = this.#limitOf(key);
    const operation = newOperation('background');
    let after: Pick<RunHistory, 'runs' | 'hasMore' | 'error'>;
    try {
      const { runs } = await this.#worker.request('history', { config: project.config, target, limit, operation });
      after = { runs, hasMore: runs.length >= limit, error: undefined };
    } catch (thrown) {
      after = { runs: before.runs, hasMore: before.hasMore, error: errorDocumentOf(thrown) };
    }
    this.#set(key, { ...after, isReading: false, readAt: limit === this.#limitOf(key) ? occasion : undefined });
  }

  /** Has one page more read. */
  extend(project: Project, target: string): void {
    const key = keyOf(project.config, target);
    this.#limits.set(key, this.#limitOf(key) + page);
    this.#set(key, { ...this.get(project, target), readAt: undefined });
  }

  #limitOf(key: string): number {
    return this.#limits.get(key) ?? page;
  }

  #set(key: string, history: RunHistory): void {
    this.#known.set(key, history);
    if (!this.isDisposed) this.#changes.fire();
  }
}

function keyOf(config: string, target: string): string {
  return JSON.stringify([config, target]);
}
