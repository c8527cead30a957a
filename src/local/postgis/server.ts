import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Backend } from './backend.ts';
import { ClientStream } from './client-stream.ts';
import { Connection } from './connection.ts';
import { Housekeeping } from './housekeeping.ts';
import type { LoopbackPort } from './loopback-port.ts';
import { ProtocolViolation } from './message-framer.ts';
import { SharedBackend } from './shared-backend.ts';
import { readStartup } from './startup.ts';
import { fatal } from './wire-messages.ts';

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
  readonly #clients = new Map<ClientStream, Promise<void>>();
  readonly #connections = new Set<Connection>();
  readonly #housekeeping: Housekeeping;
  #nextId = 1;

  constructor(port: LoopbackPort, backend: Backend, identity: ServerIdentity) {
    this.#port = port;
    this.#shared = new SharedBackend(backend);
    this.#housekeeping = new Housekeeping(this.#shared);
    this.#identity = identity;
    port.serveTo((socket) => {
      this.#accept(socket);
    });
  }

  /** Disconnects the clients; what they had not committed is rolled back. Those that come now wait for another server. */
  async close(code: '57P01' | '57P02'): Promise<void> {
    this.#port.hold();
    const message =
      code === '57P01' ? 'the embedded PostGIS is shutting down' : 'the embedded PostGIS crashed and is starting again';
    for (const stream of this.#clients.keys()) {
      stream.write(fatal(code, message));
      stream.destroySoon();
    }
    for (const connection of this.#connections) connection.cancel();
    await Promise.allSettled([...this.#clients.values(), this.#housekeeping.close()]);
  }

  #accept(socket: Socket): void {
    const stream = new ClientStream(socket);
    const served = this.#serve(stream)
      .catch((error: unknown) => {
        const code = error instanceof ProtocolViolation || error instanceof RangeError ? '08P01' : '57P02';
        stream.write(fatal(code, error instanceof Error ? error.message : String(error)));
      })
      .finally(() => {
        stream.end();
        this.#clients.delete(stream);
      });
    this.#clients.set(stream, served);
  }

  async #serve(stream: ClientStream): Promise<void> {
    const request = await readStartup(stream);
    if (request?.kind === 'identify') stream.write(Buffer.from(`${JSON.stringify(this.#identity)}\n`));
    if (request?.kind === 'cancel') {
      for (const connection of this.#connections)
        if (connection.isMeantBy(request.pid, request.secret)) connection.cancel();
    }
    if (request?.kind !== 'session') return;
    const user = request.parameters.get('user') ?? '';
    const database = request.parameters.get('database') ?? user;
    if (database !== databaseName) {
      const hint = `The embedded PostGIS has one database: "${databaseName}".`;
      stream.write(fatal('3D000', `database "${database}" does not exist`, hint));
      return;
    }
    const id = this.#nextId++;
    const secret = randomInt(2 ** 31);
    const connection = new Connection(this.#shared, this.#housekeeping, stream, {
      id,
      secret,
      user,
      parameters: request.parameters,
    });
    this.#connections.add(connection);
    try {
      await connection.serve();
    } finally {
      this.#connections.delete(connection);
    }
  }
}
