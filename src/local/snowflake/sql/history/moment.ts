import { lastTokenOf } from './table-versions.ts';

/** A point in the order of all commits: what was committed up to it, and nothing else. */
export interface Moment {
  /** The greatest token that belongs to it, as far as is known when the statement is compiled. */
  readonly token: bigint;
  /** A Postgres expression: the token when the statement runs. */
  readonly sql: string;
  /** Whether it was given as a time, or by what was committed. */
  readonly of: 'clock' | 'version';
  /** What retention counts from, in ms since the epoch; null where retention does not matter: now, and where a stream has its own limit. */
  readonly at: number | null;
}

/** The moment of a time: all that was committed until the end of that millisecond. */
export function clockMoment(milliseconds: number): Moment {
  const token = lastTokenOf(milliseconds);
  return { token, sql: String(token), of: 'clock', at: milliseconds };
}

export function versionMoment(token: bigint, at: number | null): Moment {
  return { token, sql: String(token), of: 'version', at };
}

/**
 * The rows that a table had. Queries give its columns under the names that they have in Postgres, and `row_id`, a bigint. What is asked for
 * before the table was made, or past its retention, throws 707; changes where they were not tracked throw 91930.
 */
export interface TableHistory {
  stateAt(moment: Moment): string;
  /** The whole table at two moments, its changes in between having been tracked. */
  statesOf(from: Moment, to: Moment): { readonly before: string; readonly after: string };
  /** The same, but the second has all rows of the first, and those that were inserted since, whatever else happened to either. */
  grown(from: Moment, to: Moment): { readonly before: string; readonly after: string };
  /** The same as `statesOf` without the rows that did not change. Throws 1044 for a table with a geospatial column. */
  delta(from: Moment, to: Moment): { readonly before: string; readonly after: string };
  /** The rows that were inserted between two moments, as they were then. */
  appended(from: Moment, to: Moment): string;
}
