import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { protocolVersion, type ClientCapabilities, type InitializeResult } from '../../src/worker/protocol/protocol.ts';

const program = join(import.meta.dirname, '../../dist/snowmelt.mjs');

/** The built `snowmelt serve`, with a client that has initialized it. */
export interface ServedWorker {
  readonly child: ChildProcess;
  readonly client: MessageConnection;
  readonly info: InitializeResult;
  /** Everything that was on stdout. */
  stdout(): Buffer;
  stderr(): string;
  /** Shuts it down. @returns its exit code. */
  close(): Promise<number | null>;
}

export async function startServedWorker(
  env: NodeJS.ProcessEnv,
  capabilities: ClientCapabilities = { secrets: false },
): Promise<ServedWorker> {
  const child = spawn(process.execPath, [program, 'serve'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  const toClient = new PassThrough();
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk)).pipe(toClient);
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const client = createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(child.stdin));
  client.listen();
  const info = await client.sendRequest<InitializeResult>('initialize', {
    protocolVersion,
    client: 'test 1.0',
    capabilities,
  });
  return {
    child,
    client,
    info,
    stdout: () => Buffer.concat(stdout),
    stderr: () => Buffer.concat(stderr).toString(),
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        await client.sendRequest('shutdown');
        await client.sendNotification('exit');
      }
      const [code] = await closed;
      client.dispose();
      return code;
    },
  };
}

/** The messages in what a worker has written. Throws where anything else is in it. */
export function framesOf(stdout: Buffer): unknown[] {
  const messages: unknown[] = [];
  for (let at = 0; at < stdout.length;) {
    const header = /^Content-Length: (\d+)\r\n\r\n/.exec(stdout.toString('latin1', at, at + 100));
    if (header === null) throw new Error(`no frame at ${at}: ${stdout.toString('utf8', at, at + 200)}`);
    const from = at + header[0].length;
    at = from + Number(header[1]);
    messages.push(JSON.parse(stdout.toString('utf8', from, at)));
  }
  return messages;
}
