import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { WireError, type Envelope } from './wire-error.ts';

const gunzipAsync = promisify(gunzip);
const LARGEST_BODY_BYTES = 64 * 1024 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/** One HTTP request with its reply. */
export interface Exchange {
  readonly url: URL;
  /** What the groups of the route's path matched. */
  readonly captures: readonly string[];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborted when the client is gone before the reply is complete. */
  readonly signal: AbortSignal;
  /** The body, unzipped where it is gzip, as a JSON object; an empty body is an empty object. */
  json(): Promise<JsonObject>;
}

/** One entry of the server's route table. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE';
  /** Matched against the whole path. */
  readonly path: RegExp;
  /** Gives the JSON reply, or writes the response itself and gives undefined. */
  handle(exchange: Exchange): Promise<Envelope | undefined> | Envelope | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a request's body as a JSON object. The driver announces gzip for bodies that it then sends as they are (its
 * compression finishes after the request has left), so the bytes decide, not the header.
 */
export async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > LARGEST_BODY_BYTES) throw new WireError('390000', 'The request is too large.');
    pieces.push(piece);
  }
  let body = Buffer.concat(pieces);
  if (body.length === 0) return {};
  try {
    if (body[0] === 0x1f && body[1] === 0x8b) body = await gunzipAsync(body, { maxOutputLength: LARGEST_BODY_BYTES });
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isJsonObject(value)) return value;
  } catch {
    throw new WireError('390000', 'The request is not JSON.');
  }
  throw new WireError('390000', 'The request is not a JSON object.');
}

/** Sends a JSON reply, unless the client has gone. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed || response.headersSent) return;
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  response.end(body);
}
