import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { pgDump } from '@electric-sql/pglite-tools/pg_dump';

/**
 * pg_dump 18, compiled to WebAssembly, believes that it talks to a PGlite in its own thread and wants each answer before
 * the call returns. Here the calls go to the other thread, which has the socket, and this one sleeps until the answer comes.
 */
const { port, answered, args } = workerData;
const cell = new Int32Array(answered);

function exchange(bytes) {
  const before = Atomics.load(cell, 0);
  port.postMessage(bytes);
  for (let received; ; Atomics.wait(cell, 0, before)) {
    received = receiveMessageOnPort(port);
    if (received) return received.message;
  }
}

const pg = {
  execProtocolRawStream(bytes, { onRawData }) {
    const answer = exchange(bytes.slice());
    if (answer.length > 0) onRawData(answer);
    return Promise.resolve();
  },
  // What the wrapper asks before and after is about a PGlite that it shares with others.
  query: () => Promise.resolve({ rows: [{ search_path: '' }] }),
  exec: () => Promise.resolve([]),
};

const dump = await pgDump({ pg, args });
port.postMessage({ dump: await dump.text() });
port.close();
