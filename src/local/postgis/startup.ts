import type { ClientStream } from './client-stream.ts';
import { ProtocolViolation } from './message-framer.ts';
import { cString, encodeMessage, readCString, requestCode } from './wire-messages.ts';

/** What a client asks for before its session starts. */
export type StartupRequest =
  | { readonly kind: 'session'; readonly parameters: ReadonlyMap<string, string> }
  | { readonly kind: 'cancel'; readonly pid: number; readonly secret: number }
  | { readonly kind: 'identify' };

const protocolMajor = 3;

/**
 * Reads up to the StartupMessage. Encryption is refused with `N`, after which a client with `sslmode=prefer` goes on in
 * the clear: the server listens on the loopback interface only. Undefined when the client leaves first.
 */
export async function readStartup(stream: ClientStream): Promise<StartupRequest | undefined> {
  for (let body; (body = await stream.readUntyped());) {
    if (body.length < 4) throw new ProtocolViolation('a startup packet of no length');
    const code = body.readInt32BE(0);
    switch (code) {
      case requestCode.ssl:
      case requestCode.gssEncryption:
        stream.write(Buffer.from('N'));
        continue;
      case requestCode.cancel:
        if (body.length < 12) throw new ProtocolViolation('a cancel request that is too short');
        return { kind: 'cancel', pid: body.readInt32BE(4), secret: body.readInt32BE(8) };
      case requestCode.identify:
        return { kind: 'identify' };
    }
    if (code >> 16 !== protocolMajor) {
      throw new ProtocolViolation(`unsupported frontend protocol ${code >> 16}.${code & 0xffff}: server supports 3.0`);
    }
    const parameters = readParameters(body);
    const options = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'));
    if ((code & 0xffff) !== 0 || options.length > 0) stream.write(negotiateProtocolVersion(options));
    stream.startMessages();
    return { kind: 'session', parameters };
  }
  return undefined;
}

function readParameters(body: Buffer): Map<string, string> {
  const parameters = new Map<string, string>();
  for (let offset = 4; offset < body.length && body[offset] !== 0;) {
    const name = readCString(body, offset);
    const value = readCString(body, name.next);
    parameters.set(name.text, value.text);
    offset = value.next;
  }
  return parameters;
}

/** NegotiateProtocolVersion: 3.0 is what is spoken, and none of the named options is known. */
function negotiateProtocolVersion(options: readonly string[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(protocolMajor << 16, 0);
  head.writeInt32BE(options.length, 4);
  return encodeMessage('v', Buffer.concat([head, ...options.map(cString)]));
}
