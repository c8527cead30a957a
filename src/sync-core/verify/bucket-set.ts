/**
 * How a table is divided into buckets: by the last bits of two hashes of each row, that of its block and that of its key. A block is the
 * rows whose keys have the same text but for its last characters. So rows that lie together and change together, as new ids do,
 * are in few buckets; the buckets are about equal in size whatever the keys are; and what a block is too coarse for, the keys divide.
 */
export interface Division {
  /** Bits of the block's hash. */
  readonly block: number;
  /** Bits of the key's hash. */
  readonly key: number;
}

/** Some buckets of a division. A bucket's number has the bits of the key above those of the block. */
export interface BucketSet {
  readonly division: Division;
  readonly numbers: readonly number[];
}

/** What a bucket's rows come to on one side: how many, and for each group of columns the sum of their hashes, in digits. */
export interface BucketHash {
  readonly rows: number;
  readonly sums: readonly string[];
}

/** Of either hash; numbers of buckets are exact in JavaScript then. */
export const mostBits = 20;

/** Characters at the end of a key's text that do not count for its block: a hundred ids in a row. */
export const blockCharacters = 2;

/** Whether the buckets of both have the same numbers. */
export function isSameDivision(a: Division, b: Division): boolean {
  return a.block === b.block && a.key === b.key;
}

/** The digits of 2 to the power of `bits`, exactly. */
export function powerOfTwo(bits: number): string {
  return String(2n ** BigInt(bits));
}
