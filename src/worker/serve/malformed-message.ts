import type { ErrorCodes } from 'vscode-jsonrpc/node';

/** A message that stood in a frame of its own and is none of JSON-RPC; what follows it can still be read. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
  /** JSON-RPC's code. */
  readonly code: ErrorCodes;
  /** Of the request that it was meant to be; null where that cannot be told. */
  readonly id: string | number | null;

  constructor(code: ErrorCodes, message: string, id: string | number | null) {
    super(message);
    this.code = code;
    this.id = id;
  }
}
