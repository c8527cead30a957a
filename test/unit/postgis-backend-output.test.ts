import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BackendOutput } from '../../src/local/postgis/backend-output.ts';
import { encodeMessage } from '../../src/local/postgis/wire-messages.ts';

const messages = fc.array(
  fc.record({ type: fc.constantFrom(...Array.from('DDDDddTCZENGS')), body: fc.uint8Array({ maxLength: 200 }) }),
  { maxLength: 30 },
);
const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 });
const isRow = (type: string): boolean => type === 'D' || type === 'd';

describe('BackendOutput', () => {
  it('passes rows on as they are and shows every other message whole, however the output is cut', () => {
    fc.assert(
      fc.property(messages, cuts, (sent, lengths) => {
        const stream = Buffer.concat(sent.map(({ type, body }) => encodeMessage(type, Buffer.from(body))));
        const shown: string[] = [];
        const output = new BackendOutput((message) => {
          shown.push(message.frame.toString('hex'));
          if (message.type === 'Z') return undefined;
          return message.type === 'E' ? encodeMessage('E', Buffer.from('instead')) : message.frame;
        });
        const received: Buffer[] = [];
        for (let at = 0, i = 0; at < stream.length; i += 1) {
          const length = lengths[i % lengths.length]!;
          received.push(
            ...output.push(Buffer.from(stream.subarray(at, at + length))).map((piece) => Buffer.from(piece)),
          );
          at += length;
        }
        const others = sent.filter(({ type }) => !isRow(type));
        assert.deepEqual(
          shown,
          others.map(({ type, body }) => encodeMessage(type, Buffer.from(body)).toString('hex')),
        );
        const expected = sent
          .filter(({ type }) => type !== 'Z')
          .map(({ type, body }) => encodeMessage(type, Buffer.from(type === 'E' ? 'instead' : body)));
        assert.deepEqual(Buffer.concat(received), Buffer.concat(expected));
      }),
    );
  });

  it('does not hold a long row back', () => {
    const output = new BackendOutput((message) => message.frame);
    const row = encodeMessage('D', Buffer.alloc(1_000_000, 'x'));
    const first = Buffer.concat(output.push(row.subarray(0, 65_536)));
    assert.equal(first.length, 65_536);
    const rest = Buffer.concat([row.subarray(65_536), encodeMessage('C', Buffer.from('SELECT 1\0'))]);
    assert.deepEqual(Buffer.concat([first, ...output.push(rest)]), Buffer.concat([row.subarray(0, 65_536), rest]));
  });
});
