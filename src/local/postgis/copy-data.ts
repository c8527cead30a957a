import type { ClientStream } from './client-stream.ts';
import { cString, encodeMessage } from './wire-messages.ts';
import type { WireMessage } from './wire-messages.ts';

/** COPY data handed to the backend at once, in bytes. */
const feedLimit = 1024 * 1024;
/** COPY data that is gathered before the backend is asked to take it, per connection, in bytes. */
const gatherLimit = 16 * 1024 * 1024;

/** Why the server ends a client's COPY in its place. */
export const unfinishedCopy = 'the client did not finish its data';

/**
 * What the client has sent of its COPY, up to its end; nothing when it left instead. A message that has no place in a
 * COPY ends it like a CopyFail and stays where it is: PostgreSQL would take it for the loss of the connection, which is
 * the end of the backend.
 */
export function takeCopyMessages(stream: ClientStream): WireMessage[] {
  const messages: WireMessage[] = [];
  let bytes = 0;
  while (bytes < feedLimit) {
    const next = stream.failed ? undefined : stream.peek();
    if (next === undefined || !isCopyMessage(next)) break;
    messages.push(next);
    stream.tryRead();
    bytes += next.frame.length;
    if (next.type === 'c' || next.type === 'f') break;
  }
  return messages;
}

/**
 * The client's COPY data up to its end, or up to as much as may wait here; undefined when the client left before the end,
 * so that nothing of it is to be loaded.
 */
export async function gatherCopyMessages(stream: ClientStream): Promise<Buffer[] | undefined> {
  const gathered: Buffer[] = [];
  let bytes = 0;
  while (bytes < gatherLimit) {
    await stream.whenReadable();
    const next = stream.peek();
    if (next && next.type !== 'X' && !isCopyMessage(next)) return [...gathered, copyFail(unfinishedCopy)];
    const message = stream.tryRead();
    if (message === undefined || message.type === 'X') return undefined;
    gathered.push(message.frame);
    bytes += message.frame.length;
    if (message.type === 'c' || message.type === 'f') break;
  }
  return gathered;
}

/** Whether a message may come while the backend takes COPY data. */
function isCopyMessage({ type }: WireMessage): boolean {
  return 'dcfHS'.includes(type);
}

export function copyFail(reason: string): Buffer {
  return encodeMessage('f', cString(reason));
}
