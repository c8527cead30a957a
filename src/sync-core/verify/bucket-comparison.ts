import { throwIfAborted } from '../abort.ts';
import { isSameDivision, mostBits, type BucketHash, type BucketSet, type Division } from './bucket-set.ts';
import type { ComparedSide, RowHashes } from './compared-side.ts';

/**
 * Two tables compared by hashes alone, coarse to fine. Nothing but hashes moves, and what is held at any time is bounded, however
 * large the tables are and however much of them differs.
 */

/** What all buckets of both sides have come to. */
export interface BucketsComparison {
  readonly division: Division;
  /** The source's buckets, by which it is seen later whether it has changed. */
  readonly source: Buckets;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** Buckets whose rows or sums are not the same. */
  readonly different: readonly DifferentBucket[];
  /** For each group of columns, whether all buckets have the same sums. */
  readonly equalGroups: readonly boolean[];
}

/** Buckets by their numbers; those without rows are left out. */
export type Buckets = ReadonlyMap<number, BucketHash>;

export interface DifferentBucket {
  readonly division: Division;
  readonly number: number;
  /** Of the side that has more. */
  readonly rows: number;
}

/** Rows that differ under one hash of the key. Hashes are digits, without sign. */
export interface HashDifference {
  readonly key: string;
  /** Whether the source has rows of that key, be they equal ones. */
  readonly inSource: boolean;
  /** The hashes of rows that only the source has, and of those that only the target has; of equal rows, the surplus. */
  readonly source: readonly RowCopies[];
  readonly target: readonly RowCopies[];
}

export interface RowCopies {
  readonly row: string;
  /** More than 0; more than 1 only where rows are there several times. */
  readonly copies: number;
}

/** Sizes that bound memory and statements; smaller ones are for tests. */
export interface ComparisonBounds {
  /** Rows of a bucket in the first division of a table, about. */
  readonly firstBucket: number;
  /** Rows of a bucket that is not divided any more, where not all that differ are fetched at once. */
  readonly smallBucket: number;
  /** Rows whose hashes are fetched at once. */
  readonly rowsAtOnce: number;
  /** Buckets that a statement names: a list of Snowflake holds 16,384 expressions. */
  readonly bucketsAtOnce: number;
  /** Buckets that are divided at once. */
  readonly dividedAtOnce: number;
  /** Bits of the key that a further division adds. */
  readonly divisionBits: number;
}

export const comparisonBounds: ComparisonBounds = {
  firstBucket: 128,
  smallBucket: 64,
  rowsAtOnce: 65_536,
  bucketsAtOnce: 8_192,
  dividedAtOnce: 1_024,
  divisionBits: 6,
};

/** The most buckets that a whole table is divided into, as a power of 2: the answer has to fit into memory. */
const mostFirstBits = 16;

/** Into how many buckets a table of so many rows is divided first, as a power of 2. */
export function firstBits(rows: number, bounds: ComparisonBounds = comparisonBounds): number {
  const wanted = Math.ceil(Math.log2(Math.max(1, rows / bounds.firstBucket)));
  return Math.min(Math.max(wanted, 4), mostFirstBits);
}

/** Compares all buckets, in one statement of each side. @param bits how many there are, as a power of 2. */
export async function compareBuckets(
  source: ComparedSide,
  target: ComparedSide,
  bits: number,
): Promise<BucketsComparison> {
  const division = { block: bits, key: 0 };
  const [ofSource, ofTarget] = await Promise.all([source.buckets(division, null), target.buckets(division, null)]);
  const sum = (buckets: Buckets): number => [...buckets.values()].reduce((rows, bucket) => rows + bucket.rows, 0);
  const groups = Math.max(0, ...[ofSource, ofTarget].map((buckets) => firstOf(buckets)?.sums.length ?? 0));
  const numbers = [...new Set([...ofSource.keys(), ...ofTarget.keys()])];
  return {
    division,
    source: ofSource,
    sourceRows: sum(ofSource),
    targetRows: sum(ofTarget),
    different: differentBuckets(division, ofSource, ofTarget),
    equalGroups: Array.from({ length: groups }, (_, group) =>
      numbers.every(
        (number) => (ofSource.get(number)?.sums[group] ?? '0') === (ofTarget.get(number)?.sums[group] ?? '0'),
      ),
    ),
  };
}

/** Whether the buckets of one side are the same at two times. */
export function areSame(before: Buckets, after: Buckets): boolean {
  return differentBuckets({ block: 0, key: 0 }, before, after).length === 0;
}

/**
 * Goes down from buckets that differ to the rows that do. Where the hashes of all their rows can be fetched at once, they are. Otherwise
 * large buckets are divided first, and the rows of small ones follow, a bounded number at a time: each step reads both tables,
 * and a row's hashes are more to move than its share of a bucket's. Differences are yielded as they are found.
 */
export async function* differingRows(
  source: ComparedSide,
  target: ComparedSide,
  different: readonly DifferentBucket[],
  options: { readonly signal: AbortSignal; readonly bounds?: ComparisonBounds },
): AsyncGenerator<readonly HashDifference[], void, undefined> {
  const { signal } = options;
  const wanted = options.bounds ?? comparisonBounds;
  const rows = different.reduce((sum, bucket) => sum + bucket.rows, 0);
  const bounds = rows <= wanted.rowsAtOnce ? { ...wanted, smallBucket: rows } : wanted;
  // The last ones first: a bucket that was divided is finished before the next one is begun.
  const pending = [...different];
  while (pending.length > 0) {
    throwIfAborted(signal);
    const last = pending.at(-1);
    if (last === undefined) return;
    if (isSmall(last, bounds)) {
      const within = takeSmall(pending, bounds);
      const [ofSource, ofTarget] = await Promise.all([source.rowHashes(within), target.rowHashes(within)]);
      const differences = compareRowHashes(ofSource, ofTarget);
      if (differences.length > 0) yield differences;
    } else {
      const within = takeLarge(pending, bounds);
      const { block, key } = within.division;
      const division = { block, key: Math.min(key + bounds.divisionBits, mostBits) };
      const [ofSource, ofTarget] = await Promise.all([
        source.buckets(division, within),
        target.buckets(division, within),
      ]);
      pending.push(...differentBuckets(division, ofSource, ofTarget));
    }
  }
}

function firstOf(buckets: Buckets): BucketHash | undefined {
  for (const bucket of buckets.values()) return bucket;
  return undefined;
}

function differentBuckets(division: Division, source: Buckets, target: Buckets): DifferentBucket[] {
  const different: DifferentBucket[] = [];
  for (const number of new Set([...source.keys(), ...target.keys()])) {
    const [a, b] = [source.get(number), target.get(number)];
    const same = a?.rows === b?.rows && a?.sums.every((sum, i) => sum === b?.sums[i]) === true;
    if (!same) different.push({ division, number, rows: Math.max(a?.rows ?? 0, b?.rows ?? 0) });
  }
  return different;
}

function isSmall({ division, rows }: DifferentBucket, { smallBucket }: ComparisonBounds): boolean {
  return rows <= smallBucket || division.key >= mostBits;
}

/** Takes small buckets of one division from the end, as many as fit. */
function takeSmall(pending: DifferentBucket[], bounds: ComparisonBounds): BucketSet {
  const { division } = pending.at(-1) ?? { division: { block: 0, key: 0 } };
  const numbers: number[] = [];
  let rows = 0;
  for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
    const fits =
      numbers.length === 0 || (rows + next.rows <= bounds.rowsAtOnce && numbers.length < bounds.bucketsAtOnce);
    if (!isSameDivision(next.division, division) || !isSmall(next, bounds) || !fits) break;
    pending.pop();
    numbers.push(next.number);
    rows += next.rows;
  }
  return { division, numbers };
}

/** Takes large buckets of one division from the end, as many as are divided at once. */
function takeLarge(pending: DifferentBucket[], bounds: ComparisonBounds): BucketSet {
  const { division } = pending.at(-1) ?? { division: { block: 0, key: 0 } };
  const numbers: number[] = [];
  for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
    if (!isSameDivision(next.division, division) || isSmall(next, bounds) || numbers.length >= bounds.dividedAtOnce)
      break;
    pending.pop();
    numbers.push(next.number);
  }
  return { division, numbers };
}

/** What is left when every row that both sides have is taken away. */
export function compareRowHashes(source: RowHashes, target: RowHashes): HashDifference[] {
  const differences: HashDifference[] = [];
  for (const key of new Set([...source.keys(), ...target.keys()])) {
    const left = (mine: RowHashes, theirs: RowHashes): RowCopies[] =>
      [...(mine.get(key) ?? [])]
        .map(([row, copies]) => ({ row, copies: copies - (theirs.get(key)?.get(row) ?? 0) }))
        .filter(({ copies }) => copies > 0);
    const difference = { key, inSource: source.has(key), source: left(source, target), target: left(target, source) };
    if (difference.source.length + difference.target.length > 0) differences.push(difference);
  }
  return differences;
}
