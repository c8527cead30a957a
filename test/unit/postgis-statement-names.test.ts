import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StatementNames } from '../../src/local/postgis/statement-names.ts';
import { cString, encodeMessage, errorResponse, readErrorFields } from '../../src/local/postgis/wire-messages.ts';
import type { WireMessage } from '../../src/local/postgis/wire-messages.ts';

function message(type: string, ...parts: (string | Buffer)[]): WireMessage {
  const frame = encodeMessage(
    type,
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? cString(part) : part))),
  );
  return { type, frame, body: frame.subarray(5) };
}

const name = fc
  .string({ minLength: 1, maxLength: 80, unit: 'binary' })
  .filter((text) => !/[\0\ud800-\udfff]/.test(text));

describe('StatementNames', () => {
  it('keeps the names of two connections apart', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const [one, two] = [new StatementNames(1), new StatementNames(12)];
        assert.notEqual(one.toBackend(a), two.toBackend(b));
      }),
    );
  });

  it('tells names apart as PostgreSQL does, by their first 63 bytes, and needs no more for its own', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const names = new StatementNames(123_456);
        const significant = (text: string) => Buffer.from(text).subarray(0, 63).toString('hex');
        assert.equal(names.toBackend(a) === names.toBackend(b), significant(a) === significant(b));
        assert.ok(Buffer.byteLength(names.toBackend(a)) <= 63);
      }),
    );
  });

  it('changes the name in each message that has one, and nothing else', () => {
    const names = new StatementNames(7);
    const own = names.toBackend('s');
    const rest = Buffer.from('SELECT $1\0\0\x01\0\0\0\x17', 'latin1');
    assert.deepEqual(names.translate(message('P', 's', rest)), message('P', own, rest).frame);
    assert.deepEqual(names.translate(message('B', 'portal', 's', rest)), message('B', 'portal', own, rest).frame);
    for (const type of ['D', 'C']) {
      assert.deepEqual(
        names.translate(message(type, Buffer.from('S'), 's')),
        message(type, Buffer.from('S'), own).frame,
      );
      const portal = message(type, Buffer.from('P'), 's');
      assert.deepEqual(names.translate(portal), portal.frame);
    }
    for (const unnamed of [
      message('P', '', rest),
      message('B', '', '', rest),
      message('D', Buffer.from('S'), ''),
      message('E', 's', rest),
    ]) {
      assert.deepEqual(names.translate(unnamed), unnamed.frame);
    }
  });

  it('knows what is prepared, and closes it', () => {
    const names = new StatementNames(7);
    for (const each of ['a', 'b', 'c']) names.translate(message('P', each, Buffer.from('SELECT 1\0\0\0')));
    names.translate(message('C', Buffer.from('S'), 'b'));
    assert.deepEqual([...names.prepared], ['a', 'c']);
    const closes = ['a', 'c'].map((each) => message('C', Buffer.from('S'), names.toBackend(each)).frame);
    assert.deepEqual(names.closeAll(), Buffer.concat(closes));
    assert.equal(names.prepared.size, 0);
  });

  it("gives the client's name back in errors", () => {
    const names = new StatementNames(7);
    const error = errorResponse({
      severity: 'ERROR',
      code: '26000',
      message: `prepared statement "${names.toBackend('x')}" does not exist`,
    });
    assert.equal(readErrorFields(names.restore(error).subarray(5)).get('M'), 'prepared statement "x" does not exist');
    const other = errorResponse({ severity: 'ERROR', code: '42P01', message: 'relation "x" does not exist' });
    assert.equal(names.restore(other), other);
  });

  it('refuses a name without an end', () => {
    const names = new StatementNames(1);
    const frame = encodeMessage('P', Buffer.from('no end'));
    assert.throws(() => names.translate({ type: 'P', frame, body: frame.subarray(5) }), RangeError);
  });
});
