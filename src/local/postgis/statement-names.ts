import { createHash } from 'node:crypto';
import { cString, encodeMessage, readCString, readErrorFields } from './wire-messages.ts';
import type { WireMessage } from './wire-messages.ts';

/** PostgreSQL tells names apart by their first 63 bytes (NAMEDATALEN - 1). */
const significantBytes = 63;

/**
 * Gives each connection prepared statements of its own in the one backend, by a prefix on the names that cross the wire.
 * Portals need none: they live no longer than a transaction, and a connection keeps the backend that long.
 */
export class StatementNames {
  readonly #prefix: string;
  readonly #prepared = new Set<string>();

  constructor(connectionId: number) {
    this.#prefix = `~${connectionId}~`;
  }

  /** Names (the client's own) that this connection prepared and has not closed, as far as it asked for. */
  get prepared(): ReadonlySet<string> {
    return this.#prepared;
  }

  /** The client closed the statement by other means than a Close. */
  forget(name: string): void {
    this.#prepared.delete(name);
  }

  /** The backend's name for the client's; the unnamed statement stays unnamed. */
  toBackend(name: string): string {
    if (name === '') return '';
    const own = this.#prefix + name;
    if (Buffer.byteLength(own) <= significantBytes) return own;
    const significant = Buffer.from(name).subarray(0, significantBytes);
    return `${this.#prefix}${createHash('sha1').update(significant).digest('hex')}`;
  }

  /** The client's message as the backend is to see it. */
  translate(message: WireMessage): Buffer {
    const { type, body } = message;
    if (type === 'P') {
      const { text, next } = readCString(body, 0);
      if (text === '') return message.frame;
      this.#prepared.add(text);
      return encodeMessage('P', Buffer.concat([cString(this.toBackend(text)), body.subarray(next)]));
    }
    if (type === 'B') {
      const portal = readCString(body, 0);
      const statement = readCString(body, portal.next);
      if (statement.text === '') return message.frame;
      const name = cString(this.toBackend(statement.text));
      return encodeMessage('B', Buffer.concat([body.subarray(0, portal.next), name, body.subarray(statement.next)]));
    }
    if ((type === 'D' || type === 'C') && body[0] === 0x53) {
      const { text } = readCString(body, 1);
      if (text === '') return message.frame;
      if (type === 'C') this.#prepared.delete(text);
      return encodeMessage(type, Buffer.concat([Buffer.of(0x53), cString(this.toBackend(text))]));
    }
    return message.frame;
  }

  /** The backend's error or notice with the client's own names in it. */
  restore(frame: Buffer): Buffer {
    if (!frame.includes(this.#prefix)) return frame;
    const fields = [...readErrorFields(frame.subarray(5))].map(([field, text]) =>
      cString(field + text.replaceAll(this.#prefix, '')),
    );
    return encodeMessage(String.fromCharCode(frame[0] ?? 0), Buffer.concat([...fields, Buffer.of(0)]));
  }

  /** Close messages for all that is prepared still; nothing is afterwards. */
  closeAll(): Buffer {
    const messages = [...this.#prepared].map((name) =>
      encodeMessage('C', Buffer.concat([Buffer.of(0x53), cString(this.toBackend(name))])),
    );
    this.#prepared.clear();
    return Buffer.concat(messages);
  }
}
