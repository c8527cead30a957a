import type { HashDifference, RowCopies } from './bucket-comparison.ts';
import type { RowDifference } from './verification.ts';

/** The numbers of rows that differ, all of them, and the first of those rows. */
export class DifferenceTally {
  missing = 0;
  extra = 0;
  different = 0;
  readonly rows: RowDifference[] = [];

  get total(): number {
    return this.missing + this.extra + this.different;
  }

  /** Counts rows that were looked at closely, and keeps them up to the limit. */
  addRows(rows: readonly RowDifference[], limit: number): void {
    for (const row of rows) {
      this[row.kind] += row.copies;
      if (this.rows.length < limit) this.rows.push(row);
    }
  }

  /** Counts rows that differ in columns that are not hashed, of which the first are shown. */
  addUnhashed(count: number, rows: readonly RowDifference[]): void {
    this.different += count;
    this.rows.push(...rows);
  }

  /** Counts rows of which nothing but the hashes is known: those under one key are the same row with other values. */
  addHashes(differences: readonly HashDifference[]): void {
    const count = (rows: readonly RowCopies[]): number => rows.reduce((sum, { copies }) => sum + copies, 0);
    for (const { source, target } of differences) {
      const [ours, theirs] = [count(source), count(target)];
      const pairs = Math.min(ours, theirs);
      this.different += pairs;
      this.missing += ours - pairs;
      this.extra += theirs - pairs;
    }
  }
}
