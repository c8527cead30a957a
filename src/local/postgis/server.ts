import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Backend } from './backend.ts';
import { BackendQueue } from './backend-queue.ts';
import { ClientStream } from './client-stream.ts';
import { Connection } from './connection.ts';
import type { SharedBackend } from './connection.ts';
import type { LoopbackPort } from './loopback-port.ts';
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
  readonly #port: LoopbackPort;
  readonly #shared: SharedBackend;
  readonly #identity: ServerIdentity;
  readonly #open = new Map<ClientStream, Promise<void>>();
  #nextId = 1;

  constructor(port: LoopbackPort, backend: Backend, identity: ServerIdentity) {
    this.#port = port;
    this.#shared = { backend, queue: new BackendQueue(), lastUser: undefined };
    this.#identity = identity;
    port.serveTo((socket) => {
      this.#accept(socket);
    });
  }

  /** Takes no more clients and disconnects those that are there; what they had not committed is rolled back. */
  async close(): Promise<void> {
    const closed = this.#port.close();
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
