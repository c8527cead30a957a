import { SyncError } from '../errors.ts';
import type { PostgresSession } from '../postgres/session.ts';
import type { RowSource, SnowflakeSession } from '../snowflake/session.ts';
import type { BucketHash, BucketSet, Division } from './bucket-set.ts';
import { readingOptions, type Comparison } from './comparison.ts';
import { sourceBuckets, sourceRowHashes } from './source-hashes.ts';
import { targetBuckets, targetRowHashes } from './target-hashes.ts';

/** Rows of one side with the same hash of the key: how many there are of each hash of the row. Hashes are digits, without sign. */
export type RowHashes = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** One side of a comparison, as far as its hashes go. Each call is one statement, which reads the whole table. */
export interface ComparedSide {
  /** @param within only these buckets are divided; null divides the whole table. Buckets without rows are left out. */
  buckets(division: Division, within: BucketSet | null): Promise<ReadonlyMap<number, BucketHash>>;
  /** Every row of the buckets: to be asked only for so many as fit into memory. */
  rowHashes(within: BucketSet): Promise<RowHashes>;
}

/** The source. Its statements see the same rows where the snapshot has a moment. */
export function sourceSide(
  session: SnowflakeSession,
  { snapshot, row }: Comparison,
  signal: AbortSignal,
): ComparedSide {
  return {
    buckets: async (division, within) => {
      const { rows } = await session.read(sourceBuckets(snapshot.query, row, division, within));
      return new Map(
        rows.map(([bucket, count, ...sums]) => [
          Number(bucket),
          { rows: Number(count), sums: sums.map((sum) => sum ?? '') },
        ]),
      );
    },
    rowHashes: async (within) => {
      const hashes = new Map<string, Map<string, number>>();
      for (const line of await linesOf(await session.submit(sourceRowHashes(snapshot.query, row, within)), signal)) {
        const [key = '', whole = '', copies] = line.split(',');
        add(hashes, key, whole, Number(copies));
      }
      return hashes;
    },
  };
}

/** The target. Each statement sees the rows of its own moment. */
export function targetSide(session: PostgresSession, comparison: Comparison): ComparedSide {
  const { config, live, row } = comparison;
  const options = readingOptions(config);
  return {
    buckets: async (division, within) => {
      const rows = await session.query<{ bucket: string; rows: string; sums: string[] }>(
        targetBuckets(live, row, division, within),
        [],
        options,
      );
      return new Map(rows.map(({ bucket, rows: count, sums }) => [Number(bucket), { rows: Number(count), sums }]));
    },
    rowHashes: async (within) => {
      const rows = await session.query<{ key: string; row: string; copies: string }>(
        targetRowHashes(live, row, within),
        [],
        options,
      );
      const hashes = new Map<string, Map<string, number>>();
      for (const { key, row: whole, copies } of rows) add(hashes, unsigned(key), unsigned(whole), Number(copies));
      return hashes;
    },
  };
}

/** A hash as Snowflake has it, of one as Postgres has it. */
export function unsigned(hash: string): string {
  return String(BigInt.asUintN(64, BigInt(hash)));
}

/** A hash as Postgres has it, of one as Snowflake has it. */
export function signed(hash: string): string {
  return String(BigInt.asIntN(64, BigInt(hash)));
}

function add(hashes: Map<string, Map<string, number>>, key: string, row: string, copies: number): void {
  const known = hashes.get(key);
  if (known === undefined) hashes.set(key, new Map([[row, copies]]));
  else known.set(row, (known.get(row) ?? 0) + copies);
}

/** The whole result as lines, for one that is known to be small. */
async function linesOf(source: RowSource, signal: AbortSignal): Promise<string[]> {
  const lines: string[] = [];
  for await (const { body } of source.lines(signal)) {
    const text = body.toString('latin1');
    if (!text.endsWith('\n')) throw new SyncError('internal', 'A result of hashes has a line without its end.');
    lines.push(...text.slice(0, -1).split('\n'));
  }
  return lines;
}
