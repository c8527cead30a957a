import pg from 'pg';
import { isSyncError, SyncError, type SyncErrorCode } from '../errors.ts';

/** Longest part of a statement that a message shows, in characters. */
const shownStatement = 200;

/** Codes of Node for a socket that broke; one that was never there is told apart by the caller. */
const brokenSocket = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * A failure of an established session as a SyncError.
 * @param statement what ran, shown in the message where Postgres complained of it.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function toPostgresError(error: unknown, statement?: string): SyncError {
  if (isSyncError(error)) return error;
  if (error instanceof pg.DatabaseError) return fromDatabaseError(error, statement);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if ((typeof code === 'string' && brokenSocket.has(code)) || /connection terminated|not queryable/i.test(message)) {
    return new SyncError('postgres.connectionLost', 'The connection to Postgres was cut.', {
      cause: error,
      remedy:
        'Run it again: the live table is as it was. If it happens again, look at the server log for a restart or an out-of-memory kill.',
    });
  }
  return new SyncError('internal', `Postgres session: ${message}`, { cause: error });
}

function fromDatabaseError(error: pg.DatabaseError, statement: string | undefined): SyncError {
  const state = error.code ?? '';
  const where = statement === undefined ? '' : ` (while running: ${shorten(statement)})`;
  const { code, remedy } = classify(state);
  const detail = [error.detail, error.hint].filter((part) => part !== undefined && part !== '').join(' ');
  return new SyncError(code, `Postgres: ${error.message}${detail === '' ? '' : ` — ${detail}`}${where}`, {
    cause: error,
    remedy,
    details: { sqlState: state, ...(error.where !== undefined && { where: error.where }) },
  });
}

/** The codes that a failed statement can have and that need no details of their own. */
type StatementErrorCode = Extract<SyncErrorCode, `postgres.${string}` | 'cancelled'>;

function classify(state: string): { readonly code: StatementErrorCode; readonly remedy: string | undefined } {
  switch (state) {
    case '42501':
      return {
        code: 'postgres.privilege',
        remedy: 'Grant the role what is missing, or connect as a role that has it.',
      };
    case '53100':
      return {
        code: 'postgres.diskFull',
        remedy: 'Free space on the server, then run it again: the live table is as it was.',
      };
    case '57P01':
    case '57P02':
    case '57P03':
      return {
        code: 'postgres.connectionLost',
        remedy: 'An administrator or a restart ended the session. Run it again: the live table is as it was.',
      };
    case '25P03':
    case '25P04':
    case '57P05':
      return {
        code: 'postgres.connectionLost',
        remedy:
          'The server ended the session after it had been silent for too long. Run it again: the live table is as it was.',
      };
  }
  if (state.startsWith('08'))
    return { code: 'postgres.connectionLost', remedy: 'Run it again: the live table is as it was.' };
  if (state.startsWith('28')) return { code: 'postgres.auth', remedy: 'Check user and password of the target.' };
  return { code: 'postgres.statement', remedy: undefined };
}

function shorten(statement: string): string {
  const line = statement.replace(/\s+/g, ' ').trim();
  return line.length <= shownStatement ? line : `${line.slice(0, shownStatement)}…`;
}

/** SQLSTATE of a failure that came from Postgres, or undefined. */
export function sqlStateOf(error: unknown): string | undefined {
  const cause = isSyncError(error) ? error.cause : error;
  return cause instanceof pg.DatabaseError ? cause.code : undefined;
}
