import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface Answer {
  readonly type: string;
  /** The body, one character for each byte. */
  readonly text: string;
}

/** A PostgreSQL client that sends exactly the messages that a test says, for what no driver can be made to do. */
export class WireClient {
  readonly parameters = new Map<string, string>();
  #key = Buffer.alloc(8);
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  readonly #answers: Answer[] = [];
  #wake: () => void = () => undefined;
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#receive(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static async connect(port: number, parameters: Record<string, string>): Promise<WireClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new WireClient(socket);
    const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
    const body = Buffer.from(`\0\x03\0\0${pairs.join('')}\0`);
    socket.write(Buffer.concat([int32(body.length + 4), body]));
    await client.until('Z');
    return client;
  }

  /** `body` is UTF-8 text, or a Buffer. */
  send(type: string, body: string | Buffer = ''): void {
    const bytes = Buffer.from(body);
    this.#socket.write(Buffer.concat([Buffer.from(type), int32(bytes.length + 4), bytes]));
  }

  /** Resolves when what was sent has left this process. */
  async flushed(): Promise<void> {
    await new Promise<void>((resolve) =>
      this.#socket.write('', () => {
        resolve();
      }),
    );
  }

  /** The messages up to the first of a type, without ParameterStatus, which goes to {@link parameters}. */
  async until(type: string): Promise<Answer[]> {
    for (;;) {
      const at = this.#answers.findIndex((answer) => answer.type === type);
      if (at >= 0) return this.#answers.splice(0, at + 1);
      if (this.#closed) throw new Error(`the connection ended after ${JSON.stringify(this.#answers)}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async query(sql: string): Promise<Answer[]> {
    this.send('Q', `${sql}\0`);
    return this.until('Z');
  }

  /** Sends a CancelRequest for this session; resolves when the server has taken it. */
  async cancel(port: number, secret = this.#key.readInt32BE(4)): Promise<void> {
    const socket = connect(port, '127.0.0.1');
    socket.end(Buffer.concat([int32(16), int32(80877102), this.#key.subarray(0, 4), int32(secret)]));
    socket.resume();
    await once(socket, 'close');
  }

  /**
   * Cancels until a message of a type is there: a cancel that comes before the statement began, or while it cannot be
   * cancelled, does nothing.
   */
  async cancelUntil(type: string, port: number): Promise<void> {
    while (!this.#answers.some((answer) => answer.type === type)) {
      await this.cancel(port);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Reads nothing more. */
  pause(): void {
    this.#socket.pause();
  }

  /** Ends without a word, as when the process dies. */
  vanish(): void {
    this.#socket.resetAndDestroy();
  }

  end(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 5 && this.#buffer.length > this.#buffer.readInt32BE(1)) {
      const end = 1 + this.#buffer.readInt32BE(1);
      const type = String.fromCharCode(this.#buffer[0] ?? 0);
      const text = this.#buffer.toString('latin1', 5, end);
      this.#buffer = this.#buffer.subarray(end);
      const [name = '', value = ''] = text.split('\0');
      if (type === 'K') this.#key = Buffer.from(text, 'latin1');
      if (type === 'S') this.parameters.set(name, value);
      else this.#answers.push({ type, text });
    }
    this.#wake();
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
