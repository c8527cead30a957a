/**
 * The parts of the PostgreSQL frontend/backend protocol 3.0 that the server itself reads or writes
 * (https://www.postgresql.org/docs/18/protocol-message-formats.html). Everything else passes through untouched.
 */

/** One typed message. Both buffers may share memory with the chunk that it came in. */
export interface WireMessage {
  /** The type byte as a character. */
  readonly type: string;
  /** The whole message: type byte, length word, body. */
  readonly frame: Buffer;
  readonly body: Buffer;
}

export const requestCode = {
  cancel: 80877102,
  ssl: 80877103,
  gssEncryption: 80877104,
  /**
   * Ours: answered with one JSON line about the server (see `ServerIdentity`) and a close, also while the backend is
   * busy. It is how the controlling code tells our server from a stranger on the same port.
   */
  identify: 80877170,
} as const;

export function encodeMessage(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const message = Buffer.allocUnsafe(5 + body.length);
  message[0] = type.charCodeAt(0);
  message.writeInt32BE(4 + body.length, 1);
  body.copy(message, 5);
  return message;
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8');
}

/** The C string at `offset`, and the offset after its terminator. Throws a RangeError where there is no terminator. */
export function readCString(body: Buffer, offset: number): { text: string; next: number } {
  const end = body.indexOf(0, offset);
  if (end < 0) throw new RangeError('a string in the message has no terminator');
  return { text: body.toString('utf8', offset, end), next: end + 1 };
}

export interface ErrorFields {
  readonly severity: 'ERROR' | 'FATAL';
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

export function errorResponse(fields: ErrorFields): Buffer {
  const parts = [`S${fields.severity}`, `V${fields.severity}`, `C${fields.code}`, `M${fields.message}`];
  if (fields.detail !== undefined) parts.push(`D${fields.detail}`);
  if (fields.hint !== undefined) parts.push(`H${fields.hint}`);
  return encodeMessage('E', Buffer.concat([...parts.map(cString), Buffer.of(0)]));
}

/** The error after which a connection ends. */
export function fatal(code: string, message: string, hint?: string): Buffer {
  return errorResponse({ severity: 'FATAL', code, message, ...(hint === undefined ? {} : { hint }) });
}

/** The fields of an ErrorResponse or NoticeResponse, by their one-letter code. */
export function readErrorFields(body: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  for (let offset = 0; offset < body.length && body[offset] !== 0;) {
    const { text, next } = readCString(body, offset + 1);
    fields.set(String.fromCharCode(body[offset] ?? 0), text);
    offset = next;
  }
  return fields;
}

/** An ErrorResponse of the fields that {@link readErrorFields} reads. */
export function encodeErrorFields(fields: ReadonlyMap<string, string>): Buffer {
  return encodeMessage(
    'E',
    Buffer.concat([...[...fields].map(([field, text]) => cString(field + text)), Buffer.of(0)]),
  );
}

export function backendKeyData(id: number, secret: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeInt32BE(id, 0);
  key.writeInt32BE(secret, 4);
  return encodeMessage('K', key);
}

export function parameterStatus(name: string, value: string): Buffer {
  return encodeMessage('S', Buffer.concat([cString(name), cString(value)]));
}

export function readParameterStatus(body: Buffer): [name: string, value: string] {
  const name = readCString(body, 0);
  return [name.text, readCString(body, name.next).text];
}

/** The channel of a NotificationResponse. */
export function readChannel(body: Buffer): string {
  return readCString(body, 4).text;
}

export function commandComplete(tag: string): Buffer {
  return encodeMessage('C', cString(tag));
}

export type TransactionStatus = 'I' | 'T' | 'E';

export function readyForQuery(status: TransactionStatus): Buffer {
  return encodeMessage('Z', Buffer.from(status));
}

export function simpleQuery(sql: string): Buffer {
  return encodeMessage('Q', cString(sql));
}

/** The values of a text-format DataRow. */
export function readDataRow(body: Buffer): (string | null)[] {
  const values: (string | null)[] = [];
  let offset = 2;
  for (let left = body.readInt16BE(0); left > 0; left -= 1) {
    const length = body.readInt32BE(offset);
    offset += 4;
    if (length < 0) values.push(null);
    else values.push(body.toString('utf8', offset, (offset += length)));
  }
  return values;
}
