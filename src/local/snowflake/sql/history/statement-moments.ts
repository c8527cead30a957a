import { statementNotFound } from '../errors.ts';
import { millisecondsOf } from './table-versions.ts';

interface StatementMoment {
  /** What was committed when the statement ended, or the statement's own commit. */
  readonly token: bigint;
  readonly changes: boolean;
}

const day = 24 * 60 * 60 * 1000;
/** How far back a query id may be (sql-reference/constructs/at-before). */
const lifetime = 14 * day;
/** As many as a busy day has; a stand-in is no account of a company. */
const most = 200_000;

/** Where finished statements stand in the order of commits, by query id; forgotten when the engine ends. */
export class StatementMoments {
  private readonly moments = new Map<string, StatementMoment>();

  /** For a statement whose changes, if it made any, were committed with `token`. */
  add(queryId: string, token: bigint, changes: boolean): void {
    this.moments.set(queryId.toLowerCase(), { token, changes });
    for (const oldest of this.moments.keys()) {
      if (this.moments.size <= most) break;
      this.moments.delete(oldest);
    }
  }

  /** The greatest token that belongs to the moment at the statement's end, or just before it. Throws 709 for an id that is unknown or too old. */
  find(queryId: string, before: boolean, now: Date): bigint {
    const found = this.moments.get(queryId.toLowerCase());
    if (found === undefined || millisecondsOf(found.token) < now.getTime() - lifetime) throw statementNotFound(queryId);
    return before && found.changes ? found.token - 1n : found.token;
  }
}
