import type { WireMessage } from './wire-messages.ts';

/**
 * Reads the backend's output as it comes in chunks. Rows (DataRow, CopyData) are only counted off by their length and
 * passed on as they are; every other message is shown whole to `inspect`, which says what becomes of it.
 */
export class BackendOutput {
  readonly #inspect: (message: WireMessage) => Buffer | undefined;
  #partial: Buffer = Buffer.alloc(0);
  #rowBytesLeft = 0;

  /** @param inspect returns what is sent to the client in the message's place; undefined sends nothing. */
  constructor(inspect: (message: WireMessage) => Buffer | undefined) {
    this.#inspect = inspect;
  }

  /** What is to be sent to the client of this chunk and what was kept of the one before. */
  push(chunk: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    let data = this.#partial.length > 0 ? Buffer.concat([this.#partial, chunk]) : chunk;
    this.#partial = Buffer.alloc(0);
    let offset = Math.min(this.#rowBytesLeft, data.length);
    this.#rowBytesLeft -= offset;
    let sent = 0;
    while (offset < data.length) {
      const type = data[offset];
      const isRow = type === 0x44 || type === 0x64;
      const end = data.length - offset < 5 ? Infinity : offset + 1 + data.readInt32BE(offset + 1);
      if (isRow && end !== Infinity) {
        this.#rowBytesLeft = Math.max(0, end - data.length);
        offset = Math.min(end, data.length);
        continue;
      }
      if (offset > sent) pieces.push(data.subarray(sent, offset));
      sent = offset;
      if (end > data.length) {
        this.#partial = data.subarray(offset);
        data = data.subarray(0, offset);
        break;
      }
      const frame = data.subarray(offset, end);
      const instead = this.#inspect({ type: String.fromCharCode(type ?? 0), frame, body: frame.subarray(5) });
      if (instead) pieces.push(instead);
      offset = end;
      sent = end;
    }
    if (offset > sent) pieces.push(data.subarray(sent, offset));
    return pieces;
  }
}
