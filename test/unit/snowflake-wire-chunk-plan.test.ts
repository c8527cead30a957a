import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { StatementResult, WireRow } from '../../src/local/snowflake/engine.ts';
import { chunkBody } from '../../src/local/snowflake/wire/chunk-body.ts';
import { planChunks } from '../../src/local/snowflake/wire/chunk-plan.ts';

interface Watched extends StatementResult {
  rowsRead: number;
  largestRead: number;
}

function resultOf(rowCount: number, row: (index: number) => WireRow): Watched {
  return {
    queryId: 'q',
    columns: [],
    rowCount,
    statementTypeId: 0x1000,
    rowsRead: 0,
    largestRead: 0,
    read(offset, count) {
      const rows = Array.from({ length: Math.max(Math.min(count, rowCount - offset), 0) }, (_, step) =>
        row(offset + step),
      );
      this.rowsRead += rows.length;
      this.largestRead = Math.max(this.largestRead, count);
      return Promise.resolve(rows);
    },
    dispose: () => Promise.resolve(),
  };
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

const limits = { inlineBytes: 1000, firstChunkBytes: 1000, maximumBytes: 16_000 };

describe('chunk plan', () => {
  it('hands out every row once, in order, whatever the rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 5000 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom('x', '\t', 'é', '\u{1f30d}', '"'),
        async (rowCount, sizes, character) => {
          const row = (index: number): WireRow => [
            String(index),
            index % 5 === 0 ? null : character.repeat(sizes[index % sizes.length]!),
          ];
          const result = resultOf(rowCount, row);
          const plan = await planChunks(result, limits);
          const rows: unknown[] = [...plan.inline];
          for (const chunk of plan.chunks) {
            assert.ok(chunk.rowCount > 0);
            const body = await textOf(chunkBody(result, chunk));
            const parsed = JSON.parse(`[${body}]`) as unknown[];
            assert.equal(parsed.length, chunk.rowCount);
            rows.push(...parsed);
          }
          assert.deepEqual(
            rows,
            Array.from({ length: rowCount }, (_, index) => row(index)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps all rows in the reply when they fit', async () => {
    const plan = await planChunks(
      resultOf(9, (index) => [`${index}`.padEnd(80)]),
      limits,
    );
    assert.equal(plan.inline.length, 9);
    assert.deepEqual(plan.chunks, []);
  });

  const shapes: Record<string, (index: number) => WireRow> = {
    uniform: () => ['x'.repeat(150)],
    growing: (index) => ['x'.repeat(10 + Math.floor(index / 200))],
    shrinking: (index) => ['x'.repeat(1010 - Math.floor(index / 200))],
    'mostly small, now and then huge': (index) => ['x'.repeat((index * 2654435761) % 97 === 0 ? 3000 : 40)],
  };
  for (const [name, row] of Object.entries(shapes)) {
    it(`keeps every chunk under the bound: ${name}`, async () => {
      const result = resultOf(200_000, row);
      const plan = await planChunks(result, { inlineBytes: 10_000, firstChunkBytes: 100_000, maximumBytes: 1_600_000 });
      const sizes: number[] = [];
      for (const chunk of plan.chunks) sizes.push((await textOf(chunkBody(result, chunk))).length);
      assert.ok(Math.max(...sizes) <= 1_600_000, `largest chunk ${Math.max(...sizes)}`);
      assert.ok(Math.max(...sizes) > 800_000, `the bound is not used: largest chunk ${Math.max(...sizes)}`);
    });
  }

  it('begins small and doubles', async () => {
    const plan = await planChunks(
      resultOf(100_000, () => ['x'.repeat(150)]),
      {
        inlineBytes: 10_000,
        firstChunkBytes: 100_000,
        maximumBytes: 1_000_000,
      },
    );
    const sizes = plan.chunks.map((chunk) => Math.round(chunk.estimatedBytes / 100_000));
    assert.deepEqual(sizes.slice(0, 6), [1, 2, 4, 8, 10, 10]);
  });

  it('gives a row that is larger than the bound a chunk of its own', async () => {
    const plan = await planChunks(
      resultOf(3, () => ['x'.repeat(50_000)]),
      limits,
    );
    assert.deepEqual(plan.inline, []);
    assert.deepEqual(
      plan.chunks.map((chunk) => chunk.rowCount),
      [1, 1, 1],
    );
  });

  it('plans four million rows from some thousands', async () => {
    const result = resultOf(4_000_000, (index) => [String(index)]);
    await planChunks(result, { inlineBytes: 100_000, firstChunkBytes: 100_000, maximumBytes: 16_000_000 });
    assert.ok(result.rowsRead < 20_000, `${result.rowsRead} rows read`);
    assert.ok(result.largestRead <= 1024);
  });

  it('reports a result that ends early', async () => {
    const result = resultOf(10, (index) => [String(index)]);
    const short = { ...result, rowCount: 20 };
    await assert.rejects(planChunks(short, limits), /ended after 10 of 20 rows/);
  });
});

describe('chunk body', () => {
  it('is the same every time', async () => {
    const result = resultOf(20_000, (index) => [String(index), null, 'a\tb"\\']);
    const span = { offset: 100, rowCount: 15_000, estimatedBytes: 15_000 * 30 };
    assert.equal(await textOf(chunkBody(result, span)), await textOf(chunkBody(result, span)));
  });

  it('fails rather than to end early when the engine loses rows', async () => {
    const result = resultOf(1000, (index) => [String(index)]);
    await assert.rejects(
      textOf(chunkBody(result, { offset: 0, rowCount: 1001, estimatedBytes: 10_000 })),
      /1000 rows of q from row 0, not 1001/,
    );
  });

  it('reads wide rows few at a time', async () => {
    const result = resultOf(20, () => ['x'.repeat(1_000_000)]);
    await textOf(chunkBody(result, { offset: 0, rowCount: 20, estimatedBytes: 20_000_000 }));
    assert.equal(result.largestRead, 1);
  });
});
