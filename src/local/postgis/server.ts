import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Backend } from './backend.ts';
import { BackendQueue } from './backend-queue.ts';
import { ClientStream } from './client-stream.ts';
import { Connection } from './connection.ts';
import type { SharedBackend } from './connection.ts';
import { readStartup } from './startup.ts';
import { encodeMessage, errorResponse, parameterStatus, readyForQuery } from './wire-messages.ts';

/** What the server says of itself to whoever asks with `requestCode.identify`. */
export interface ServerIdentity {
  readonly server: 'snowmelt-postgis';
  readonly instance: string;
  readonly pid: number;
}

/** The only database there is: PGlite's backend is attached to it for good. */
export const databaseName = 'postgres';

/** Speaks the PostgreSQL protocol on the loopback interface for the one backend. */
export class PostgisServer {
  readonly port: number;
  readonly #listener: Server;
  readonly #shared: SharedBackend;
  readonly #identity: ServerIdentity;
  readonly #open = new Map<ClientStream, Promise<void>>();
  #nextId = 1;

  private constructor(listener: Server, backend: Backend, identity: ServerIdentity) {
    this.#listener = listener;
    this.#shared = { backend, queue: new BackendQueue(), lastUser: undefined };
    this.#identity = identity;
    this.port = (listener.address() as AddressInfo).port;
    listener.on('connection', (socket) => {
      this.#accept(socket);
    });
  }

  /** Listens on 127.0.0.1; port 0 takes a free one. Rejects when the port is taken. */
  static async listen(backend: Backend, port: number, identity: ServerIdentity): Promise<PostgisServer> {
    const listener = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(port, '127.0.0.1', () => {
        listener.off('error', reject);
        resolve();
      });
    });
    return new PostgisServer(listener, backend, identity);
  }

  /** Takes no more clients and disconnects those that are there; what they had not committed is rolled back. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) =>
      this.#listener.close(() => {
        resolve();
      }),
    );
    for (const stream of this.#open.keys()) {
      stream.write(
        errorResponse({ severity: 'FATAL', code: '57P01', message: 'the embedded PostGIS is shutting down' }),
      );
      stream.destroy();
    }
    await Promise.allSettled(this.#open.values());
    await closed;
  }

  #accept(socket: Socket): void {
    const stream = new ClientStream(socket);
    const served = this.#serve(stream)
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        stream.write(errorResponse({ severity: 'FATAL', code: '08P01', message }));
      })
      .finally(() => {
        stream.end();
        this.#open.delete(stream);
      });
    this.#open.set(stream, served);
  }

  async #serve(stream: ClientStream): Promise<void> {
    const request = await readStartup(stream);
    if (request?.kind === 'identify') stream.write(Buffer.from(`${JSON.stringify(this.#identity)}\n`));
    if (request?.kind !== 'session') return;
    const id = this.#nextId++;
    const user = request.parameters.get('user') ?? '';
    const database = request.parameters.get('database') ?? user;
    if (database !== databaseName) {
      stream.write(
        errorResponse({
          severity: 'FATAL',
          code: '3D000',
          message: `database "${database}" does not exist`,
          hint: `The embedded PostGIS has one database: "${databaseName}".`,
        }),
      );
      return;
    }
    const applicationName = request.parameters.get('application_name') ?? '';
    const connection = new Connection(this.#shared, stream, { id, user, applicationName });
    const key = Buffer.alloc(8);
    key.writeInt32BE(id, 0);
    key.writeInt32BE(randomInt(2 ** 31), 4);
    stream.write(
      Buffer.concat([
        encodeMessage('R', Buffer.alloc(4)),
        ...this.#shared.backend.facts.parameters.map(([name, value]) => parameterStatus(name, value)),
        encodeMessage('K', key),
        readyForQuery('I'),
      ]),
    );
    await connection.serve();
  }
}
