/**
 * How closely a table is compared with its source. `count`: the numbers of rows. `checksum`: hashes of the columns, by bucket of the
 * key. `diff`: down to the rows that differ.
 */
export type VerifyLevel = 'count' | 'checksum' | 'diff';

/** What a comparison of a table with its source has found. */
export interface Verification {
  readonly status: 'equal' | 'different';
  readonly table: string;
  readonly level: VerifyLevel;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** The moment of the source that was compared, ISO 8601; null where Snowflake could give no consistent snapshot. */
  readonly snapshot: string | null;
  /** Target columns whose values were hashed on both sides; empty at `count`. */
  readonly hashedColumns: readonly string[];
  /** Target columns that were compared in another way or not at all, and why; empty at `count`. */
  readonly otherColumns: readonly UnhashedColumn[];
  /** The buckets of the key that were compared, and how many of them differ; null at `count`. */
  readonly buckets: { readonly compared: number; readonly different: number } | null;
  /** The columns that were hashed together, and whether they are the same in all rows; empty at `count`. */
  readonly columnGroups: readonly { readonly columns: readonly string[]; readonly equal: boolean }[];
  /** Rows of the source whose key the target lacks; null below `diff`. */
  readonly missing: number | null;
  /** Rows of the target whose key the source lacks; null below `diff`. */
  readonly extra: number | null;
  /** Rows whose key both have, with other values; null below `diff`. */
  readonly different: number | null;
  /** The first of the rows that differ; empty below `diff`. */
  readonly rows: readonly RowDifference[];
  /** Rows that were changed in the target to make it equal. */
  readonly repaired: number;
  readonly ms: number;
}

export interface UnhashedColumn {
  readonly column: string;
  readonly reason: string;
}

/** `missing` is not in the target, `extra` not in the source. Values are in Postgres' text form. */
export interface RowDifference {
  readonly kind: 'missing' | 'extra' | 'different';
  /** The row's key; of a table without one, nothing. */
  readonly key: Readonly<Record<string, string | null>>;
  /** The columns that differ; of a missing or extra row, all of them. */
  readonly columns: readonly ColumnDifference[];
  /** How many such rows there are: more than 1 only in a table without a key. */
  readonly copies: number;
}

export interface ColumnDifference {
  readonly column: string;
  /** Null also where the row is not in the source. */
  readonly source: string | null;
  /** Null also where the row is not in the target. */
  readonly target: string | null;
}
