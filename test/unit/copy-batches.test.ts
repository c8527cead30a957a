import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { isSyncError } from '../../src/sync-core/errors.ts';
import type { CopyText } from '../../src/sync-core/snowflake/copy-text-decoder.ts';
import { copyInBatches, type CopyBatch } from '../../src/sync-core/stage/copy-batches.ts';

function textOf(lines: readonly string[]): CopyText {
  return { body: Buffer.from(lines.map((line) => `${line}\n`).join('')), rows: lines.length };
}

/** Hands the same bytes out again and again, as a decoder does: what is not copied in time is overwritten. */
function linesOf(texts: readonly (readonly string[])[], read: { count: number; closed: boolean } = state()) {
  return async function* lines(): AsyncGenerator<CopyText, void, undefined> {
    const buffer = Buffer.alloc(10_000);
    try {
      for (const lines of texts) {
        const { body, rows } = textOf(lines);
        body.copy(buffer.fill('?'));
        read.count += 1;
        yield { body: buffer.subarray(0, body.length), rows };
        await Promise.resolve();
      }
    } finally {
      read.closed = true;
    }
  };
}

function state(): { count: number; closed: boolean } {
  return { count: 0, closed: false };
}

describe('copy batches', () => {
  const ignore = (): void => undefined;
  const never = new AbortController().signal;

  it('keeps every line, in order, whatever the sizes', async () => {
    const line = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\n', ' '));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(line, { minLength: 1, maxLength: 5 })),
        fc.integer({ min: 1, max: 64 }),
        async (texts, batchBytes) => {
          const copied: string[] = [];
          let rows = 0;
          const all = texts.flat();
          const arrived = await copyInBatches(linesOf(texts), all.length, {
            batchBytes,
            signal: never,
            onCopied: ignore,
            copy: async (batch) => {
              await Promise.resolve();
              copied.push(batch.body.toString('utf8'));
              rows += batch.rows;
            },
          });
          const { body } = textOf(all);
          assert.equal(copied.join(''), body.toString('utf8'));
          assert.deepEqual(arrived, { rows: all.length, bytes: body.length });
          assert.equal(rows, all.length);
        },
      ),
    );
  });

  it('fills one batch while the other is sent, and reads no further', async () => {
    const read = state();
    let release = ignore;
    const sent: CopyBatch[] = [];
    const texts = Array.from({ length: 100 }, () => ['x'.repeat(9)]);
    const done = copyInBatches(linesOf(texts, read), 100, {
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
    assert.equal(read.count, 21);
    release();
    assert.equal((await done).rows, 100);
    assert.equal(sent.length, 10);
  });

  it('reports lines that end early, with what had arrived, and lines too many', async () => {
    for (const expected of [3, 1]) {
      const read = state();
      await assert.rejects(
        copyInBatches(linesOf([['a', 'b']], read), expected, {
          signal: never,
          onCopied: ignore,
          copy: () => Promise.resolve(),
        }),
        (error) => isSyncError(error, 'snowflake.resultCut') && error.message.includes(`2 of ${expected}`),
      );
      assert.equal(read.closed, true);
    }
  });

  it('reports lines that break off', async () => {
    const done = copyInBatches(
      async function* () {
        yield textOf(['a']);
        await Promise.reject(new Error('socket hang up'));
      },
      3,
      { signal: never, onCopied: ignore, copy: () => Promise.resolve() },
    );
    await assert.rejects(
      done,
      (error) => isSyncError(error, 'snowflake.resultCut') && (error.cause as Error).message === 'socket hang up',
    );
  });

  it('stops at the first batch that cannot be copied', async () => {
    let copies = 0;
    const read = state();
    const failure = new Error('disk full');
    const texts = Array.from({ length: 1_000 }, (_, index) => [String(index)]);
    const done = copyInBatches(linesOf(texts, read), texts.length, {
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
    assert.ok(read.count < 30 && read.closed, `read ${read.count} texts`);
  });

  it('does not wait for lines once a batch could not be copied', async () => {
    const failure = new Error('disk full');
    const done = copyInBatches(
      async function* (signal) {
        yield textOf(['a'.repeat(20)]);
        yield textOf(['b']);
        await delay(3_600_000, undefined, { signal });
      },
      3,
      { batchBytes: 21, signal: never, onCopied: ignore, copy: () => delay(1).then(() => Promise.reject(failure)) },
    );
    await assert.rejects(done, failure);
  });

  it('stops when it is aborted while it waits for lines', async () => {
    const controller = new AbortController();
    const read = state();
    const done = copyInBatches(
      async function* (signal) {
        try {
          yield textOf(['a']);
          read.count += 1;
          await delay(3_600_000, undefined, { signal });
        } finally {
          read.closed = true;
        }
      },
      3,
      { signal: controller.signal, onCopied: ignore, copy: () => Promise.resolve() },
    );
    while (read.count === 0) await new Promise(setImmediate);
    controller.abort();
    await assert.rejects(done, (error) => isSyncError(error, 'cancelled'));
    assert.equal(read.closed, true);
  });
});
