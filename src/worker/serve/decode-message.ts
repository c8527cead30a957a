import { ErrorCodes, type Message } from 'vscode-jsonrpc/node';
import { MalformedMessage } from './malformed-message.ts';

/**
 * The message of a frame. Looked at here, because the connection takes its messages for well-formed.
 *
 * @throws MalformedMessage, which never quotes what was received: an answer may carry a secret.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new MalformedMessage(ErrorCodes.ParseError, 'The message is not JSON in UTF-8.', null);
  }
  if (Array.isArray(value)) throw invalid('Batches are not supported: send each message in a frame of its own.', null);
  if (typeof value !== 'object' || value === null) throw invalid('A message must be an object.', null);
  const { jsonrpc, method, params, id } = value as Readonly<Record<string, unknown>>;
  const known = isId(id) ? id : null;
  if (jsonrpc !== '2.0') throw invalid('"jsonrpc" must be "2.0".', known);
  if (id !== undefined && known === null) throw invalid('"id" must be a string or a number.', null);
  if (method === undefined) {
    if (known === null) throw invalid('A message must have a "method", or be the answer to a request.', null);
    if (!('result' in value) && !isError((value as { readonly error?: unknown }).error)) {
      throw invalid('An answer must have a "result" or an "error".', null);
    }
  } else if (typeof method !== 'string') {
    throw invalid('"method" must be a string.', known);
  } else if (params !== undefined && (typeof params !== 'object' || params === null)) {
    // Clients that have no params often say null.
    if (params !== null) throw invalid('"params" must be an object.', known);
  } else if (method === '$/cancelRequest' && !isId((params as { readonly id?: unknown } | undefined)?.id)) {
    throw invalid('"params" of $/cancelRequest must have the "id" of a request.', null);
  }
  return value as Message;
}

function isId(id: unknown): id is string | number {
  return typeof id === 'string' || typeof id === 'number';
}

function isError(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'number' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}

function invalid(message: string, id: string | number | null): MalformedMessage {
  return new MalformedMessage(ErrorCodes.InvalidRequest, message, id);
}
