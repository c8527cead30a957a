import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { CopyTextDecoder, copyTextOf } from '../../src/sync-core/snowflake/copy-text-decoder.ts';

/** Every way in which JSON can write a character. */
const written = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text).slice(1, -1)),
  fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '/', '\u007f', '\u2028'),
  fc.integer({ min: 0, max: 0xffff }).map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`),
  fc.integer({ min: 0, max: 0xffff }).map((unit) => `\\u${unit.toString(16).toUpperCase().padStart(4, '0')}`),
  fc.constantFrom('\\ud83d\\ude00', '\\ud83d', '\\ude00', '\\ud83d\\ud83d\\ude00', '\\ud83dx', '\\ud83d\\n', '😀'),
);
const value = fc.array(written, { maxLength: 8 }).map((parts) => parts.join(''));
const gap = fc.constantFrom('', '', '', ' ', '\n', '\t \r');

/** A chunk's body, and what its values are. */
const chunk = fc
  .array(fc.tuple(value, gap, gap), { maxLength: 12 })
  .map((rows) => rows.map(([text, before, after]) => `${before}[${after}"${text}"${before}]${after}`).join(','))
  .map((body) => ({ body, values: (JSON.parse(`[${body}]`) as [string][]).map(([text]) => text) }));

function decodePieces(body: Buffer, sizes: readonly number[]): { text: string; rows: number } {
  const decoder = new CopyTextDecoder();
  const decoded: Buffer[] = [];
  let rows = 0;
  for (let at = 0, turn = 0; at < body.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    const text = decoder.decode(body.subarray(at, at + size));
    assert.equal(text.body.length === 0, text.rows === 0);
    assert.ok(text.rows === 0 || text.body.at(-1) === 0x0a, 'ends with a whole line');
    decoded.push(Buffer.from(text.body));
    rows += text.rows;
    at += size;
  }
  decoder.end();
  return { text: Buffer.concat(decoded).toString('latin1'), rows };
}

function failureOf(body: string): Error {
  const decoder = new CopyTextDecoder();
  try {
    decoder.decode(Buffer.from(body));
    decoder.end();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  assert.fail(`${body} was accepted`);
}

describe('COPY text of a result chunk', () => {
  it('is what JSON.parse makes of the chunk, wherever its pieces are cut', () => {
    fc.assert(
      fc.property(
        chunk,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        ({ body, values }, sizes) => {
          const expected = Buffer.from(values.map((text) => `${text}\n`).join(''));
          assert.deepEqual(decodePieces(Buffer.from(body), sizes), {
            text: expected.toString('latin1'),
            rows: values.length,
          });
          assert.deepEqual(decodePieces(Buffer.from(body), [1]), {
            text: expected.toString('latin1'),
            rows: values.length,
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has every control character, NUL among them, as its own byte', () => {
    const text = String.fromCharCode(...Array.from({ length: 0x20 }, (_, code) => code));
    const decoded = new CopyTextDecoder().decode(Buffer.from(`[${JSON.stringify(text)}]`));
    assert.deepEqual([...decoded.body], [...Array(0x20).keys(), 0x0a]);
  });

  it('keeps a row that is larger than its buffer, and goes back to a small one', () => {
    const decoder = new CopyTextDecoder();
    const large = 'ü'.repeat(1_000_000);
    const body = Buffer.from(`["a"],["${large}"],["b"]`);
    const lines: string[] = [];
    for (let at = 0; at < body.length; at += 65_536) {
      lines.push(decoder.decode(body.subarray(at, at + 65_536)).body.toString('utf8'));
    }
    decoder.end();
    assert.equal(lines.join(''), `a\n${large}\nb\n`);
    const after = decoder.decode(Buffer.from(',["c"]'));
    assert.ok(after.body.buffer.byteLength < 1_000_000, 'the large buffer was given back');
  });

  it('refuses what is no chunk of one text column, without showing it', () => {
    for (const body of [
      '{"a"]',
      '["a"',
      '["a',
      '["a\\',
      '["a\\u00',
      '["a"],',
      '["a"]["b"]',
      '["a","b"]',
      '[1]',
      '[]',
      '["a\nb"]',
      '["\\x"]',
      '["\\u00zz"]',
      '[["a"]]',
      '<?xml version="1.0"?>',
      ',["a"]',
    ]) {
      assert.match(
        failureOf(body).message,
        /^the JSON (?:is corrupt at byte \d+ \(0x..\)|ended early, after \d+ bytes)$/,
      );
    }
  });

  it('takes an empty chunk', () => {
    assert.deepEqual(decodePieces(Buffer.from(' '), [1]), { text: '', rows: 0 });
  });

  it('reports NULL, in a chunk and in the rows of the reply', () => {
    assert.ok(isSyncError(failureOf('["a"],[null]'), 'internal'));
    assert.throws(
      () => copyTextOf([['a'], [null]]),
      (error) => isSyncError(error, 'internal'),
    );
    assert.throws(
      () => copyTextOf([[]]),
      (error) => isSyncError(error, 'internal'),
    );
  });

  it('has the rows of the reply in the same form', () => {
    const { body, rows } = copyTextOf([['a\tb'], ['\u0000😀'], ['']]);
    assert.deepEqual([body.toString('utf8'), rows], ['a\tb\n\u0000😀\n\n', 3]);
  });
});
