import type { WireMessage } from './wire-messages.ts';

/** What a client sent cannot be a message of the protocol; the connection cannot go on. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

/**
 * Cuts a stream of bytes into protocol messages, wherever the chunks happen to end. A message that spans chunks is
 * joined once, when its last byte is there, so its cost is linear in its length.
 */
export class MessageFramer {
  readonly #maximumLength: number;
  readonly #chunks: Buffer[] = [];
  #buffered = 0;

  /** @param maximumLength longest message body in bytes; a longer one throws {@link ProtocolViolation}. */
  constructor(maximumLength: number) {
    this.#maximumLength = maximumLength;
  }

  /** Bytes that wait for the rest of their message. */
  get buffered(): number {
    return this.#buffered;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /** The next whole message with a type byte, or undefined until more bytes arrive. */
  next(): WireMessage | undefined {
    const header = this.#peek(5);
    if (header === undefined) return undefined;
    const frame = this.#takeFrame(1, header.readInt32BE(1));
    return frame && { type: String.fromCharCode(frame[0] ?? 0), frame, body: frame.subarray(5) };
  }

  /** The body of the next message without a type byte: what a client sends before and as its StartupMessage. */
  nextUntyped(): Buffer | undefined {
    const header = this.#peek(4);
    return header && this.#takeFrame(0, header.readInt32BE(0))?.subarray(4);
  }

  #takeFrame(start: number, length: number): Buffer | undefined {
    if (length < 4 || length - 4 > this.#maximumLength) {
      throw new ProtocolViolation(`a message of ${length} bytes; the limit is ${this.#maximumLength}`);
    }
    const total = start + length;
    if (this.#buffered < total) return undefined;
    const joined = this.#join(total);
    this.#drop(total);
    return joined.subarray(0, total);
  }

  #peek(length: number): Buffer | undefined {
    return this.#buffered < length ? undefined : this.#join(length);
  }

  /** A first chunk of at least `length` bytes. */
  #join(length: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= length) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks.splice(0, this.#chunks.length, joined);
    return joined;
  }

  #drop(length: number): void {
    this.#buffered -= length;
    const first = this.#chunks[0];
    if (first === undefined) return;
    if (first.length === length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
  }
}
