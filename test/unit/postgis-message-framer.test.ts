import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MessageFramer, ProtocolViolation } from '../../src/local/postgis/message-framer.ts';
import { encodeMessage } from '../../src/local/postgis/wire-messages.ts';

const letter = fc.constantFrom(...Array.from('QPBDESHdcfXZTC'));
const messages = fc.array(
  fc.record({ type: letter, body: fc.uint8Array({ maxLength: 300 }) }, { noNullPrototype: true }),
  { maxLength: 20 },
);
/** Lengths of chunks, used in turn; 0 is an empty chunk. */
const cuts = fc
  .array(fc.integer({ min: 0, max: 40 }), { minLength: 1 })
  .filter((lengths) => lengths.some((n) => n > 0));

describe('MessageFramer', () => {
  it('gives the messages that were sent, however they were cut into chunks', () => {
    fc.assert(
      fc.property(messages, cuts, (sent, lengths) => {
        const stream = Buffer.concat(sent.map(({ type, body }) => encodeMessage(type, Buffer.from(body))));
        const framer = new MessageFramer(1000);
        const received: { type: string; body: Uint8Array }[] = [];
        for (let at = 0, i = 0; at < stream.length; i += 1) {
          const length = lengths[i % lengths.length]!;
          framer.push(stream.subarray(at, at + length));
          at += length;
          for (let message; (message = framer.next());) {
            assert.deepEqual(message.frame, encodeMessage(message.type, message.body));
            received.push({ type: message.type, body: new Uint8Array(message.body) });
          }
        }
        assert.deepEqual(received, sent);
        assert.equal(framer.buffered, 0);
      }),
    );
  });

  it('waits for the rest of a message', () => {
    const framer = new MessageFramer(100);
    const message = encodeMessage('Q', Buffer.from('SELECT 1\0'));
    for (const byte of message.subarray(0, -1)) {
      framer.push(Buffer.of(byte));
      assert.equal(framer.next(), undefined);
    }
    framer.push(message.subarray(-1));
    assert.equal(framer.next()?.body.toString(), 'SELECT 1\0');
    assert.equal(framer.next(), undefined);
  });

  it('reads messages without a type byte before those with one', () => {
    const framer = new MessageFramer(100);
    framer.push(Buffer.concat([Buffer.of(0, 0, 0, 8, 1, 2, 3, 4), encodeMessage('Q', Buffer.from('x\0'))]));
    assert.deepEqual(framer.nextUntyped(), Buffer.of(1, 2, 3, 4));
    assert.equal(framer.next()?.type, 'Q');
  });

  it('refuses lengths that cannot be, before it waits for so many bytes', () => {
    for (const length of [-1, 0, 3, 105, 2 ** 31 - 1]) {
      const framer = new MessageFramer(100);
      const header = Buffer.alloc(5);
      header.write('Q');
      header.writeInt32BE(length, 1);
      framer.push(header);
      assert.throws(() => framer.next(), ProtocolViolation);
    }
  });

  it('joins a message of many chunks in time that grows with its length only', () => {
    const framer = new MessageFramer(1 << 28);
    const body = Buffer.alloc(1 << 26, 'x');
    const message = encodeMessage('d', body);
    for (let at = 0; at < message.length; at += 16_384) {
      framer.push(message.subarray(at, at + 16_384));
      if (at + 16_384 < message.length) assert.equal(framer.next(), undefined);
    }
    assert.equal(framer.next()?.body.length, body.length);
  });
});
