import type { ClientStream } from './client-stream.ts';
import { ProtocolViolation } from './message-framer.ts';
import type { StatementNames } from './statement-names.ts';
import type { Unit } from './unit.ts';
import { readCString } from './wire-messages.ts';
import type { WireMessage } from './wire-messages.ts';

/** Pipelined extended messages without a Sync are handed over at this size, in bytes. */
const unitLimit = 1024 * 1024;

const extendedTypes = new Set(['P', 'B', 'D', 'E', 'C', 'S', 'H']);
const copyTypes = new Set(['d', 'c', 'f']);

/** Gathers a client's messages into units, in the names that the backend knows its statements by. */
export class UnitReader {
  readonly #stream: ClientStream;
  readonly #names: StatementNames;
  /** The Parse of the unnamed statement, to repeat it where another connection's replaced it in the backend. */
  #unnamed: Buffer | undefined;

  constructor(stream: ClientStream, names: StatementNames) {
    this.#stream = stream;
    this.#names = names;
  }

  /**
   * The next unit; undefined when the client has left, or said that it does. COPY data outside of a COPY, as it comes in
   * after one failed, is passed over. Throws {@link ProtocolViolation} or RangeError for what is no message of a client.
   */
  async read(): Promise<Unit | undefined> {
    const parts: Buffer[] = [];
    const texts: string[] = [];
    let bytes = 0;
    let parsesUnnamed = false;
    let unnamed: Buffer | undefined;
    for (;;) {
      const message = await this.#stream.read();
      if (message === undefined || message.type === 'X') return undefined;
      const { type } = message;
      if (copyTypes.has(type)) continue;
      const simple = type === 'Q' || type === 'F';
      if (!simple && !extendedTypes.has(type)) {
        throw new ProtocolViolation(`invalid frontend message type ${message.frame[0] ?? 0}`);
      }
      if (usesUnnamed(message) && !parsesUnnamed) unnamed = this.#unnamed;
      if (type === 'P' && message.body[0] === 0) {
        parsesUnnamed = true;
        this.#unnamed = Buffer.from(message.frame);
      } else if (type === 'Q') {
        this.#unnamed = undefined;
      }
      const text = statementText(message);
      if (text !== undefined) texts.push(text);
      parts.push(this.#names.translate(message));
      bytes += message.frame.length;
      if (simple || type === 'S' || type === 'H' || bytes >= unitLimit) {
        return { bytes: Buffer.concat(parts), texts, simple, lastType: type, parsesUnnamed, unnamed };
      }
    }
  }

  /** Passes over what follows an error in the extended protocol; false when the client left before its Sync. */
  async skipToSync(): Promise<boolean> {
    for (;;) {
      const message = await this.#stream.read();
      if (message === undefined || message.type === 'X') return false;
      if (message.type === 'S') return true;
    }
  }
}

function usesUnnamed(message: WireMessage): boolean {
  const { type, body } = message;
  if (type === 'B') return body[readCString(body, 0).next] === 0;
  return type === 'D' && body[0] === 0x53 && body[1] === 0;
}

/** The SQL of a Query or Parse. */
function statementText({ type, body }: WireMessage): string | undefined {
  if (type === 'Q') return readCString(body, 0).text;
  return type === 'P' ? readCString(body, readCString(body, 0).next).text : undefined;
}
