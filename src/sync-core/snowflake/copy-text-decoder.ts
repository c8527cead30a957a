import { SyncError } from '../errors.ts';

/** COPY text of whole rows, each with its line end. */
export interface CopyText {
  readonly body: Buffer;
  readonly rows: number;
}

/** Where in a chunk's JSON the next byte is expected. */
const at = {
  /** Before the first row, or after a comma. */
  row: 0,
  value: 1,
  text: 2,
  escape: 3,
  hex: 4,
  /** Behind a high surrogate, which wants a low one. */
  surrogate: 5,
  surrogateEscape: 6,
  rowEnd: 7,
  comma: 8,
} as const;

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const lineEnd = 0x0a;
const letterN = 0x6e;
const letterU = 0x75;
/** Stands for a surrogate that is alone, as it does wherever JavaScript writes UTF-8. */
const replacementCharacter = 0xfffd;

/** Bytes that stand for themselves in a JSON string: not a quote, a backslash or a control character. */
const plain = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte !== quote && byte !== backslash),
);

const space = Uint8Array.from({ length: 256 }, (_, byte) => Number([0x20, 0x09, 0x0a, 0x0d].includes(byte)));

/** What a byte behind a backslash stands for; 0 where it may not be there. */
const escaped = new Uint8Array(256);
for (const [letter, value] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})) {
  escaped[letter.charCodeAt(0)] = value.charCodeAt(0);
}

const notHex = 255;
const hexValue = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? notHex : digit;
});

/** Bytes of the buffer that a decoder works in, and goes back to after a row that needed more. */
const usualCapacity = 256 * 1024;
/** A replacement character for a byte that came before, and the row's end. */
const slack = 8;

/**
 * Turns the body of a result chunk with one text column, `["…"],["…"]`, into the bytes of its values with a line end behind
 * each, as it arrives: no row is ever a JavaScript string. It takes what JSON.parse would take, and nothing else. One chunk,
 * one decoder. The driver's own way, JSON.parse of a whole chunk and a stream of rows, holds several chunks at once
 * and goes through 4 objects a row.
 */
export class CopyTextDecoder {
  #buffer = Buffer.allocUnsafe(usualCapacity);
  /** Bytes in the buffer: those of whole rows that were handed out last, and of the row that is under way. */
  #length = 0;
  #rowStart = 0;
  #state: number = at.row;
  #empty = true;
  #codeUnit = 0;
  #hexDigits = 0;
  #highSurrogate = 0;
  /** Bytes of JSON before the current input. */
  #offset = 0;

  /**
   * Takes the next piece of the body, of any size.
   * @returns the rows that it has completed. Valid until the next call: the bytes are the decoder's own.
   * @throws Error for what is not the JSON of such a chunk; SyncError `internal` for a NULL.
   */
  decode(input: Uint8Array): CopyText {
    this.#makeRoom(input.length);
    const buffer = this.#buffer;
    const end = input.length;
    let length = this.#length;
    let state = this.#state;
    let rows = 0;
    for (let index = 0; index < end; index += 1) {
      let byte = input[index] ?? 0;
      switch (state) {
        case at.text:
          while (plain[byte] === 1) {
            buffer[length++] = byte;
            index += 1;
            if (index === end) break;
            byte = input[index] ?? 0;
          }
          if (index === end) break;
          if (byte === backslash) state = at.escape;
          else if (byte === quote) {
            buffer[length++] = lineEnd;
            state = at.rowEnd;
          } else throw this.#unexpected(index, byte);
          break;
        case at.escape:
          if (byte === letterU) {
            this.#codeUnit = 0;
            this.#hexDigits = 0;
            state = at.hex;
          } else {
            const value = escaped[byte] ?? 0;
            if (value === 0) throw this.#unexpected(index, byte);
            buffer[length++] = value;
            state = at.text;
          }
          break;
        case at.hex: {
          const digit = hexValue[byte] ?? 0;
          if (digit === notHex) throw this.#unexpected(index, byte);
          this.#codeUnit = this.#codeUnit * 16 + digit;
          this.#hexDigits += 1;
          if (this.#hexDigits === 4) {
            length = this.#writeCodeUnit(length);
            state = this.#highSurrogate === 0 ? at.text : at.surrogate;
          }
          break;
        }
        case at.surrogate:
          if (byte === backslash) state = at.surrogateEscape;
          else {
            length = this.#writeLoneSurrogate(length);
            state = at.text;
            index -= 1;
          }
          break;
        case at.surrogateEscape:
          if (byte !== letterU) length = this.#writeLoneSurrogate(length);
          state = at.escape;
          index -= 1;
          break;
        case at.rowEnd:
          if (byte === closeBracket) {
            this.#rowStart = length;
            this.#empty = false;
            rows += 1;
            state = at.comma;
          } else if (space[byte] === 0) throw this.#unexpected(index, byte);
          break;
        case at.comma:
          if (byte === comma) state = at.row;
          else if (space[byte] === 0) throw this.#unexpected(index, byte);
          break;
        case at.row:
          if (byte === openBracket) state = at.value;
          else if (space[byte] === 0) throw this.#unexpected(index, byte);
          break;
        default:
          if (byte === quote) state = at.text;
          else if (byte === letterN) throw nullLine();
          else if (space[byte] === 0) throw this.#unexpected(index, byte);
      }
    }
    this.#offset += end;
    this.#length = length;
    this.#state = state;
    return { body: buffer.subarray(0, this.#rowStart), rows };
  }

  /** @throws Error where the body has ended within a row, or behind a comma. */
  end(): void {
    const whole = this.#state === at.comma || (this.#state === at.row && this.#empty);
    if (!whole) throw new Error(`the JSON ended early, after ${this.#offset} bytes`);
  }

  /** Forgets the rows that were handed out, and makes room for all that `more` bytes of JSON can become. */
  #makeRoom(more: number): void {
    const underWay = this.#length - this.#rowStart;
    const needed = underWay + more + slack;
    let target = this.#buffer;
    if (needed > target.length) target = Buffer.allocUnsafe(Math.max(needed, 2 * target.length));
    else if (target.length > usualCapacity && needed <= usualCapacity) target = Buffer.allocUnsafe(usualCapacity);
    this.#buffer.copy(target, 0, this.#rowStart, this.#length);
    this.#buffer = target;
    this.#length = underWay;
    this.#rowStart = 0;
  }

  #writeCodeUnit(length: number): number {
    const unit = this.#codeUnit;
    const high = this.#highSurrogate;
    if (high !== 0 && unit >= 0xdc00 && unit <= 0xdfff) {
      this.#highSurrogate = 0;
      return this.#writeCodePoint(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00), length);
    }
    const from = high === 0 ? length : this.#writeLoneSurrogate(length);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      this.#highSurrogate = unit;
      return from;
    }
    const lone = unit >= 0xdc00 && unit <= 0xdfff;
    return this.#writeCodePoint(lone ? replacementCharacter : unit, from);
  }

  #writeLoneSurrogate(length: number): number {
    this.#highSurrogate = 0;
    return this.#writeCodePoint(replacementCharacter, length);
  }

  #writeCodePoint(point: number, length: number): number {
    const buffer = this.#buffer;
    let next = length;
    if (point < 0x80) buffer[next++] = point;
    else if (point < 0x800) {
      buffer[next++] = 0xc0 | (point >> 6);
      buffer[next++] = 0x80 | (point & 0x3f);
    } else {
      if (point < 0x10000) buffer[next++] = 0xe0 | (point >> 12);
      else {
        buffer[next++] = 0xf0 | (point >> 18);
        buffer[next++] = 0x80 | ((point >> 12) & 0x3f);
      }
      buffer[next++] = 0x80 | ((point >> 6) & 0x3f);
      buffer[next++] = 0x80 | (point & 0x3f);
    }
    return next;
  }

  /** Says where, but not what is around it: that may be anyone's data. */
  #unexpected(index: number, byte: number): Error {
    return new Error(`the JSON is corrupt at byte ${this.#offset + index} (0x${byte.toString(16).padStart(2, '0')})`);
  }
}

/** The rows of a result that came in the reply itself, as the driver has parsed them. */
export function copyTextOf(rows: readonly (readonly (string | null)[])[]): CopyText {
  const lines = rows.map(([line]) => {
    if (typeof line !== 'string') throw nullLine();
    return `${line}\n`;
  });
  return { body: Buffer.from(lines.join('')), rows: lines.length };
}

function nullLine(): SyncError {
  return new SyncError('internal', 'Snowflake returned NULL for a COPY line.');
}
