import * as vscode from 'vscode';
import type { ConnectionDocument, ErrorDocument } from '../../worker/protocol/protocol.ts';
import { Disposable } from '../disposable.ts';
import { newOperation } from '../process/operation.ts';
import type { WorkerClient } from '../process/worker-client.ts';
import { errorDocumentOf } from '../process/worker-failure.ts';
import type { Project } from './project.ts';

/** What is tested: Snowflake as the configuration connects to it, or one of its targets. */
export type Connection =
  | { readonly side: 'source'; readonly project: Project }
  | { readonly side: 'target'; readonly project: Project; readonly target: string };

/** The latest test of a connection. */
export type ConnectionTest =
  | { readonly state: 'testing' }
  /** `at` in ms since the epoch. */
  | { readonly state: 'connected'; readonly document: ConnectionDocument; readonly at: number }
  | { readonly state: 'failed'; readonly error: ErrorDocument; readonly at: number };

/** Tests connections, and remembers until the window closes how each came out. */
export class ConnectionTests extends Disposable {
  readonly #client: WorkerClient;
  readonly #latest = new Map<string, ConnectionTest>();
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;

  constructor(client: WorkerClient) {
    super();
    this.#client = client;
  }

  latest(connection: Connection): ConnectionTest | undefined {
    return this.#latest.get(keyOf(connection));
  }

  /**
   * Connects, asks who and what is there, and disconnects. Never rejects: how it came out is in the answer. A test that was
   * cancelled leaves the one before it.
   */
  async test(connection: Connection, token?: vscode.CancellationToken): Promise<ConnectionTest> {
    const key = keyOf(connection);
    const before = this.#latest.get(key);
    this.#remember(key, { state: 'testing' });
    const after = await this.#ask(connection, token);
    this.#remember(key, after.state === 'failed' && after.error.code === 'cancelled' ? before : after);
    return after;
  }

  async #ask(connection: Connection, token?: vscode.CancellationToken): Promise<ConnectionTest> {
    const { side, project } = connection;
    try {
      const document = await this.#client.request(
        'connection/test',
        {
          config: project.config,
          side,
          ...(side === 'target' && { target: connection.target }),
          operation: newOperation('person'),
        },
        token,
      );
      return { state: 'connected', document, at: Date.now() };
    } catch (error) {
      return { state: 'failed', error: errorDocumentOf(error), at: Date.now() };
    }
  }

  #remember(key: string, test: ConnectionTest | undefined): void {
    if (test === undefined) this.#latest.delete(key);
    else this.#latest.set(key, test);
    this.#changed.fire();
  }
}

function keyOf(connection: Connection): string {
  return JSON.stringify([connection.project.config, connection.side === 'target' ? connection.target : null]);
}
