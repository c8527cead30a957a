import { connect } from 'node:net';
import type { ServerIdentity } from './server.ts';
import { requestCode } from './wire-messages.ts';

const patienceMs = 2000;

/**
 * Asks whoever listens on the port of 127.0.0.1 whether it is one of our servers. Undefined when nobody listens, or
 * somebody else does. Our server answers also while its backend is busy.
 */
export async function identifyServer(port: number): Promise<ServerIdentity | undefined> {
  const request = Buffer.alloc(8);
  request.writeInt32BE(request.length, 0);
  request.writeInt32BE(requestCode.identify, 4);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.length > 4096) socket.destroy();
    });
    socket.on('end', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(readIdentity(answer));
    });
  });
}

function readIdentity(answer: string): ServerIdentity | undefined {
  try {
    const identity = JSON.parse(answer) as Partial<ServerIdentity> | null;
    return identity?.server === 'snowmelt-postgis' ? (identity as ServerIdentity) : undefined;
  } catch {
    return undefined;
  }
}
