import { connect } from 'node:net';
import { MessageChannel, Worker } from 'node:worker_threads';
import { MessageFramer } from '../../src/local/postgis/message-framer.ts';

/**
 * The plain dump that pg_dump 18 makes of a server. Debian's own, of version 15, refuses a server that is newer than
 * itself. `args` are pg_dump's; it always writes INSERTs.
 */
export async function pgDump18(host: string, port: number, args: string[] = []): Promise<string> {
  const socket = connect(port, host);
  const channel = new MessageChannel();
  const answered = new SharedArrayBuffer(4);
  const thread = new Worker(new URL('./pg-dump-thread.mjs', import.meta.url), {
    workerData: { port: channel.port2, answered, args },
    transferList: [channel.port2],
  });
  const sent = new MessageFramer(1 << 30);
  const received = new MessageFramer(1 << 30);
  let started = false;
  const state = { done: false };
  let answer: Buffer[] = [];

  const reply = (): void => {
    channel.port1.postMessage(Buffer.concat(answer));
    answer = [];
    Atomics.add(new Int32Array(answered), 0, 1);
    Atomics.notify(new Int32Array(answered), 0);
  };

  try {
    return await new Promise<string>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', () => {
        if (!state.done) reject(new Error('the server closed the connection'));
      });
      thread.on('error', reject);
      socket.on('data', (chunk) => {
        received.push(chunk);
        for (let message; (message = received.next());) {
          answer.push(message.frame);
          if (message.type === 'Z') reply();
        }
      });
      channel.port1.on('message', (message: Uint8Array | { dump: string }) => {
        if (!(message instanceof Uint8Array)) {
          resolve(message.dump);
          return;
        }
        socket.write(message);
        sent.push(Buffer.from(message));
        /** Only what PostgreSQL answers with ReadyForQuery is waited for; libpq may send a long query in parts. */
        let asks = !started && sent.nextUntyped() !== undefined;
        started ||= asks;
        for (let next; started && (next = sent.next());) {
          asks = next.type === 'Q' || next.type === 'S';
          state.done = next.type === 'X';
        }
        if (!asks) reply();
      });
    });
  } finally {
    socket.destroy();
    channel.port1.close();
    await thread.terminate();
  }
}
