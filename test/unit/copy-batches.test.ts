import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { copyInBatches, type CopyBatch } from '../../src/sync-core/stage/copy-batches.ts';

function rowsOf(lines: readonly string[]): Readable {
  return Readable.from(
    lines.map((line) => [line]),
    { objectMode: true },
  );
}

describe('copy batches', () => {
  const ignore = (): void => undefined;
  const never = new AbortController().signal;

  it('keeps every line, in order, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\n', ' '))),
        fc.integer({ min: 1, max: 64 }),
        async (lines, batchBytes) => {
          const copied: string[] = [];
          let rows = 0;
          const arrived = await copyInBatches(rowsOf(lines), lines.length, {
            batchBytes,
            signal: never,
            onCopied: ignore,
            copy: async (batch) => {
              copied.push(batch.body.toString('utf8'));
              rows += batch.rows;
              await Promise.resolve();
            },
          });
          const expected = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          assert.equal(copied.join(''), expected.toString('utf8'));
          assert.deepEqual(arrived, { rows: lines.length, bytes: expected.length });
          assert.equal(rows, lines.length);
        },
      ),
    );
  });

  it('fills one batch while the other is sent, and reads no further', async () => {
    let read = 0;
    const source = new Readable({
      objectMode: true,
      highWaterMark: 1,
      read() {
        read += 1;
        this.push(read > 100 ? null : ['x'.repeat(9)]);
      },
    });
    let release = ignore;
    const sent: CopyBatch[] = [];
    const done = copyInBatches(source, 100, {
      batchBytes: 100,
      signal: never,
      onCopied: ignore,
      copy: (batch) => {
        sent.push(batch);
        return sent.length === 1 ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve();
      },
    });
    // Everything that can happen without the first batch settling happens within a few turns of the event loop.
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    assert.equal(sent.length, 1);
    assert.ok(read < 30, `read ${read} rows`);
    release();
    assert.equal((await done).rows, 100);
    assert.equal(sent.length, 10);
  });

  it('reports a stream that ends early, with what had arrived', async () => {
    await assert.rejects(
      copyInBatches(rowsOf(['a', 'b']), 3, { signal: never, onCopied: ignore, copy: () => Promise.resolve() }),
      (error) => isSyncError(error, 'snowflake.resultCut') && error.message.includes('2 of 3'),
    );
  });

  it('reports a stream that fails', async () => {
    const source = new Readable({ objectMode: true, read: ignore });
    source.push(['a']);
    const done = copyInBatches(source, 3, { signal: never, onCopied: ignore, copy: () => Promise.resolve() });
    source.destroy(new Error('socket hang up'));
    await assert.rejects(
      done,
      (error) => isSyncError(error, 'snowflake.resultCut') && (error.cause as Error).message === 'socket hang up',
    );
  });

  it('stops at the first batch that cannot be copied', async () => {
    let copies = 0;
    const failure = new Error('disk full');
    const lines = Array.from({ length: 1_000 }, (_, index) => String(index));
    const done = copyInBatches(rowsOf(lines), lines.length, {
      batchBytes: 16,
      signal: never,
      onCopied: ignore,
      copy: () => {
        copies += 1;
        return copies === 3 ? Promise.reject(failure) : Promise.resolve();
      },
    });
    await assert.rejects(done, failure);
    assert.equal(copies, 3);
  });

  it('stops when it is aborted while it waits for rows', async () => {
    const controller = new AbortController();
    const source = new Readable({ objectMode: true, read: ignore });
    const done = copyInBatches(source, 3, {
      signal: controller.signal,
      onCopied: ignore,
      copy: () => Promise.resolve(),
    });
    controller.abort();
    await assert.rejects(done, { name: 'AbortError' });
    assert.equal(source.destroyed, true);
  });
});
