import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { readAhead } from '../../src/local/sample/read-ahead.ts';

describe('readAhead', () => {
  /** Numbers as text, and how many of them have been made. */
  function counted(count: number, failure?: Error) {
    const state = { made: 0, closed: false };
    function* source(): Generator<string, void, undefined> {
      try {
        while (state.made < count) {
          state.made += 1;
          yield String(state.made);
        }
        if (failure) throw failure;
      } finally {
        state.closed = true;
      }
    }
    return { state, source: source() };
  }

  it('gives everything in order, whether the consumer waits or not', async () => {
    for (const waits of [false, true]) {
      const { source } = counted(50);
      const seen: string[] = [];
      for (const chunk of readAhead(source, 4)) {
        seen.push(chunk);
        if (waits) await turn();
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 50 }, (_, index) => String(index + 1)),
      );
    }
  });

  it('makes chunks while the consumer is busy, but no more than it may', async () => {
    const { source, state } = counted(50);
    const chunks = readAhead(source, 4);
    chunks.next();
    for (let n = 0; n < 20; n += 1) await turn();
    assert.equal(state.made, 5);
    chunks.next();
    for (let n = 0; n < 20; n += 1) await turn();
    assert.equal(state.made, 6);
    chunks.return();
    for (let n = 0; n < 20; n += 1) await turn();
    assert.equal(state.made, 6);
    assert.ok(state.closed);
  });

  it('fails where its source does, after what came before', async () => {
    const failure = new Error('no more');
    const { source } = counted(3, failure);
    const seen: string[] = [];
    await assert.rejects(async () => {
      for (const chunk of readAhead(source, 10)) {
        seen.push(chunk);
        await turn();
      }
    }, failure);
    assert.deepEqual(seen, ['1', '2', '3']);
  });
});
