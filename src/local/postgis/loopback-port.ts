import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { LocalPostgisError } from './local-postgis-error.ts';

/** A port of 127.0.0.1 that is ours. Clients that come before there is a server for them are kept waiting. */
export class LoopbackPort {
  readonly listener: Server;
  readonly number: number;
  #early: Socket[] = [];
  #accept: ((socket: Socket) => void) | undefined;

  private constructor(listener: Server) {
    this.listener = listener;
    this.number = (listener.address() as AddressInfo).port;
    listener.on('connection', (socket) => {
      if (this.#accept) this.#accept(socket);
      else this.#early.push(socket.on('error', () => undefined));
    });
  }

  /** Port 0 takes any free one. Throws {@link LocalPostgisError} `port-in-use`. */
  static async open(port: number): Promise<LoopbackPort> {
    const listener = createServer({ allowHalfOpen: true });
    try {
      await new Promise<void>((resolve, reject) => {
        listener.once('error', reject);
        listener.listen(port, '127.0.0.1', resolve);
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      const message = `port ${port} of 127.0.0.1 is taken; name another one, or 0 for any`;
      throw new LocalPostgisError('port-in-use', message, { cause: error });
    }
    return new LoopbackPort(listener);
  }

  /** From here on clients go to `accept`, those that waited first. */
  serveTo(accept: (socket: Socket) => void): void {
    this.#accept = accept;
    for (const socket of this.#early) accept(socket);
    this.#early = [];
  }

  /** From here on clients wait again. */
  hold(): void {
    this.#accept = undefined;
  }

  /** Takes no more clients; resolves when those that are there have gone. */
  async close(): Promise<void> {
    for (const socket of this.#early) socket.destroy();
    if (!this.listener.listening) return;
    await new Promise<void>((resolve) => {
      this.listener.close(() => {
        resolve();
      });
    });
  }
}
