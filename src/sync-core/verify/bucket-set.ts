/** Buckets of a table: rows whose key's hash, as a number without sign, ends in the bits of the bucket's number. */
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

/** The digits of 2 to the power of `bits`, exactly. */
export function bucketCount(bits: number): string {
  return String(2n ** BigInt(bits));
}
