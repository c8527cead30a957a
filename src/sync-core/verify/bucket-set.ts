/**
 * Buckets of a table: rows whose bucket hash, a number of {@link bucketHashBits} bits, ends in the bits of the bucket's number. Its lower
 * half comes from the row's block, its upper half from the row's key. A block is the rows whose keys have the same text but for its
 * last characters. So rows that lie together and change together, as new ids do, are in few buckets; and buckets are about equal in
 * size whatever the keys are, and even a block that is large can be divided, because a hash of the block is what numbers them.
 */
export interface BucketSet {
  /** How many of the low bits make a bucket: there are 2 to this power. */
  readonly bits: number;
  readonly numbers: readonly number[];
}

/** What a bucket's rows come to on one side: how many, and for each group of columns the sum of their hashes, in digits. */
export interface BucketHash {
  readonly rows: number;
  readonly sums: readonly string[];
}

/** Bits of a bucket hash that come from the block; as many again come from the key. */
export const blockBits = 20;
export const bucketHashBits = 2 * blockBits;

/** Characters at the end of a key's text that do not count for its block: a thousand ids in a row. */
export const blockCharacters = 3;

/** The digits of 2 to the power of `bits`, exactly. */
export function bucketCount(bits: number): string {
  return String(2n ** BigInt(bits));
}
