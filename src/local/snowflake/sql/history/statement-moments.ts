import { statementNotFound } from '../errors.ts';
import { versionMoment, type Moment } from './moment.ts';

interface StatementMoment {
  /** What was committed when the statement ended, or the statement's own commit. */
  readonly token: bigint;
  readonly changes: boolean;
  /** When it ended, in ms since the epoch. */
  readonly at: number;
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
  add(queryId: string, token: bigint, changes: boolean, now: Date): void {
    this.moments.set(queryId.toLowerCase(), { token, changes, at: now.getTime() });
    for (const oldest of this.moments.keys()) {
      if (this.moments.size <= most) break;
      this.moments.delete(oldest);
    }
  }

  /** The moment at the statement's end, or just before it. Throws 709 for an id that is unknown or too old. */
  find(queryId: string, before: boolean, now: Date): Moment {
    const found = this.moments.get(queryId.toLowerCase());
    if (found === undefined || found.at < now.getTime() - lifetime) throw statementNotFound(queryId);
    return versionMoment(before && found.changes ? found.token - 1n : found.token, found.at);
  }
}
