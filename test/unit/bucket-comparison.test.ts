import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  areSame,
  compareBuckets,
  comparisonBounds,
  differingRows,
  firstBits,
  type ComparisonBounds,
  type HashDifference,
} from '../../src/sync-core/verify/bucket-comparison.ts';
import { blockCharacters, type BucketSet, type Division } from '../../src/sync-core/verify/bucket-set.ts';
import type { ComparedSide } from '../../src/sync-core/verify/compared-side.ts';

interface Row {
  readonly key: string;
  readonly value: string;
}

const hashes = new Map<string, bigint>();

function hash(text: string): bigint {
  const known = hashes.get(text) ?? BigInt(`0x${createHash('md5').update(text).digest('hex').slice(16)}`);
  hashes.set(text, known);
  return known;
}

/** A side in memory, which remembers what it was asked for. */
class MemorySide implements ComparedSide {
  readonly asked: string[] = [];
  /** The most rows of which hashes were asked for at once, and the most sums. */
  most = { rows: 0, buckets: 0 };
  readonly #rows: readonly Row[];

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
  }

  #bucket({ key }: Row, { block, key: bits }: Division): number {
    const low = hash(key.slice(0, Math.max(0, key.length - blockCharacters))) % 2n ** BigInt(block);
    return Number(low + (hash(key) % 2n ** BigInt(bits)) * 2n ** BigInt(block));
  }

  #within(within: BucketSet | null): readonly Row[] {
    if (within === null) return this.#rows;
    const numbers = new Set(within.numbers);
    return this.#rows.filter((row) => numbers.has(this.#bucket(row, within.division)));
  }

  buckets(division: Division, within: BucketSet | null): ReturnType<ComparedSide['buckets']> {
    this.asked.push(`buckets ${division.block}+${division.key}`);
    const found = new Map<number, { rows: number; sums: bigint }>();
    for (const row of this.#within(within)) {
      const number = this.#bucket(row, division);
      const { rows, sums } = found.get(number) ?? { rows: 0, sums: 0n };
      found.set(number, { rows: rows + 1, sums: sums + hash(`${row.key},${row.value}`) });
    }
    this.most = { ...this.most, buckets: Math.max(this.most.buckets, found.size) };
    return Promise.resolve(new Map([...found].map(([at, { rows, sums }]) => [at, { rows, sums: [String(sums)] }])));
  }

  rowHashes(within: BucketSet): ReturnType<ComparedSide['rowHashes']> {
    this.asked.push('rows');
    const found = new Map<string, Map<string, number>>();
    const rows = this.#within(within);
    for (const { key, value } of rows) {
      const [ofKey, ofRow] = [String(hash(key)), String(hash(`${key},${value}`))];
      const known = found.get(ofKey) ?? new Map<string, number>();
      found.set(ofKey, known.set(ofRow, (known.get(ofRow) ?? 0) + 1));
    }
    this.most = { ...this.most, rows: Math.max(this.most.rows, rows.length) };
    return Promise.resolve(found);
  }
}

async function differences(
  source: ComparedSide,
  target: ComparedSide,
  bits: number,
  bounds: ComparisonBounds,
): Promise<HashDifference[]> {
  const { different } = await compareBuckets(source, target, bits);
  const found: HashDifference[] = [];
  const { signal } = new AbortController();
  for await (const some of differingRows(source, target, different, { signal, bounds })) found.push(...some);
  return found;
}

/** What differs, found by looking at every row. */
function expected(source: readonly Row[], target: readonly Row[]): string[] {
  const count = (rows: readonly Row[], row: Row): number =>
    rows.filter(({ key, value }) => key === row.key && value === row.value).length;
  const differing = [...source, ...target].filter((row) => count(source, row) !== count(target, row));
  return [...new Set(differing.map(({ key }) => String(hash(key))))].toSorted();
}

const rows = fc.array(
  fc.record({ key: fc.integer({ min: 0, max: 900 }).map(String), value: fc.constantFrom('a', 'b', 'c') }),
  { maxLength: 300 },
);

describe('comparison by buckets', () => {
  it('finds the keys whose rows differ, however small the steps are', async () => {
    const bounds = fc.record({
      firstBucket: fc.constant(1),
      smallBucket: fc.integer({ min: 1, max: 20 }),
      rowsAtOnce: fc.integer({ min: 1, max: 40 }),
      bucketsAtOnce: fc.integer({ min: 1, max: 5 }),
      dividedAtOnce: fc.integer({ min: 1, max: 5 }),
      divisionBits: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(rows, rows, fc.integer({ min: 0, max: 6 }), bounds, async (source, changes, bits, limits) => {
        const changed = new Set(changes.map(({ key }) => key));
        const target = [...source.filter(({ key }) => !changed.has(key)), ...changes];
        const found = await differences(new MemorySide(source), new MemorySide(target), bits, limits);
        assert.deepEqual(found.map(({ key }) => key).toSorted(), expected(source, target));
        for (const { key, inSource } of found) {
          assert.equal(
            inSource,
            source.some((row) => String(hash(row.key)) === key),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  const many = Array.from({ length: 20_000 }, (_, index): Row => ({ key: String(100_000 + index), value: 'a' }));

  it('asks for no more at once than its bounds allow', async () => {
    const bounds = { ...comparisonBounds, smallBucket: 16, rowsAtOnce: 500, dividedAtOnce: 8, divisionBits: 4 };
    const some = many.slice(0, 3_000);
    const source = new MemorySide(some);
    const target = new MemorySide(some.map((row, index) => (index % 3 === 0 ? { ...row, value: 'b' } : row)));
    const found = await differences(source, target, 6, bounds);
    assert.equal(found.length, 1_000);
    assert.ok(source.most.rows <= bounds.rowsAtOnce, `${source.most.rows} rows at once`);
    assert.ok(source.most.buckets <= Math.max(2 ** 6, 8 * 2 ** 4), `${source.most.buckets} sums at once`);
  });

  it('needs two steps where few rows differ, and finds rows that lie together in few buckets', async () => {
    const source = new MemorySide(many);
    const target = new MemorySide(
      many.map((row, index) => (index >= 4_000 && index < 4_200 ? { ...row, value: 'b' } : row)),
    );
    const bits = firstBits(many.length);
    const { different } = await compareBuckets(source, target, bits);
    assert.ok(different.length <= 2, `${different.length} of ${2 ** bits} buckets differ`);
    assert.equal((await differences(source, target, bits, comparisonBounds)).length, 200);
    assert.deepEqual(source.asked, [`buckets ${bits}+0`, `buckets ${bits}+0`, 'rows']);
  });

  it('divides a table by its rows, within bounds', () => {
    assert.deepEqual(
      [0, 500, 128 * 32, 1_000_000, 1e12].map((rows_) => firstBits(rows_)),
      [4, 4, 5, 13, 16],
    );
  });

  it('sees that a side has changed', async () => {
    const before = await new MemorySide(many).buckets({ block: 4, key: 0 }, null);
    const after = await new MemorySide([...many.slice(1), { key: '1', value: 'a' }]).buckets(
      { block: 4, key: 0 },
      null,
    );
    assert.equal(areSame(before, before), true);
    assert.equal(areSame(before, after), false);
  });
});
