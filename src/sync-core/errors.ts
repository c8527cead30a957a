import { redactSecrets } from './redact-secrets.ts';

/** The steps of the pipeline, in their order. */
export type SyncStep = 'plan' | 'extract' | 'stage' | 'verify' | 'swap' | 'record';

/**
 * Every code that a {@link SyncError} can carry, what it means, and the exit code of the process that ends with it.
 * Codes are part of the public interface (`--json`, JSON-RPC, the ledger): they are added, never renamed.
 */
export const errorCodes = {
  'config.invalid': {
    exitCode: 2,
    meaning: 'The configuration file has problems; all of them are in details.problems.',
  },
  'config.notFound': { exitCode: 2, meaning: 'There is no configuration file where one was looked for.' },
  'connection.invalid': {
    exitCode: 2,
    meaning: 'The settings of a connection, to Snowflake or to Postgres, are incomplete or contradict each other.',
  },
  'secret.unavailable': {
    exitCode: 2,
    meaning: 'A password, token or key could not be obtained from where it is kept.',
  },
  usage: { exitCode: 2, meaning: 'The command or request was not understood, or names something that does not exist.' },

  'snowflake.connect': { exitCode: 4, meaning: 'Snowflake cannot be reached.' },
  'snowflake.auth': { exitCode: 4, meaning: 'Snowflake refused the log-in.' },
  'snowflake.statement': { exitCode: 1, meaning: 'Snowflake refused or failed a statement.' },
  'snowflake.objectMissing': { exitCode: 1, meaning: 'A Snowflake object does not exist, or the role may not see it.' },
  'snowflake.cancelled': { exitCode: 1, meaning: 'Snowflake ended a statement: its time limit, or an administrator.' },
  'snowflake.resultCut': { exitCode: 1, meaning: 'A result or unloaded file ended before all of it had arrived.' },

  'postgres.connect': { exitCode: 4, meaning: 'The Postgres server cannot be reached.' },
  'postgres.auth': { exitCode: 4, meaning: 'The Postgres server refused the log-in.' },
  'postgres.tls': { exitCode: 4, meaning: 'No TLS connection as sslmode asks for: not offered, or not trusted.' },
  'postgres.statement': { exitCode: 1, meaning: 'Postgres refused or failed a statement.' },
  'postgres.privilege': { exitCode: 1, meaning: 'The Postgres role lacks a privilege.' },
  'postgres.diskFull': { exitCode: 1, meaning: 'The Postgres server has no space left.' },
  'postgres.connectionLost': { exitCode: 1, meaning: 'An established Postgres connection was cut.' },

  'source.changed': { exitCode: 1, meaning: 'The source no longer has the columns that the run was planned for.' },
  'source.duplicateKey': { exitCode: 1, meaning: 'The source has rows twice that the target allows once.' },
  'source.nullKey': { exitCode: 1, meaning: 'The source has rows without a key.' },
  'source.unsupported': { exitCode: 1, meaning: 'The source has a form that cannot be extracted as asked.' },
  'target.incompatible': { exitCode: 1, meaning: 'The existing target relation cannot take the source as it is.' },
  'target.missing': { exitCode: 1, meaning: 'The target relation does not exist.' },
  'value.unrepresentable': { exitCode: 1, meaning: 'A value that no Postgres type can hold, such as a NUL character.' },
  'value.outOfRange': { exitCode: 1, meaning: "A value outside its column's type." },
  'arrival.mismatch': { exitCode: 3, meaning: 'What arrived is not what Snowflake says it sent.' },
  'verify.difference': { exitCode: 3, meaning: 'Source and target differ.' },
  'guard.empty': { exitCode: 1, meaning: 'The source is empty and the target is not.' },
  'guard.shrunk': { exitCode: 1, meaning: 'The source has shrunk by more than maxShrink.' },
  'claim.held': { exitCode: 1, meaning: 'Another process is syncing this table.' },
  'claim.lost': { exitCode: 1, meaning: 'Another process took over this run because its heartbeat had stopped.' },
  'swap.lockTimeout': { exitCode: 1, meaning: 'The lock for the swap was not granted in time.' },
  'rollback.unavailable': { exitCode: 1, meaning: 'There is no earlier generation to go back to.' },
  'incremental.unavailable': { exitCode: 1, meaning: 'The incremental mode that was asked for cannot work here.' },
  'ledger.incompatible': { exitCode: 1, meaning: 'The ledger was written by a newer Snowmelt.' },
  'local.failed': { exitCode: 1, meaning: 'An embedded part (PostGIS, the Snowflake stand-in) failed.' },

  cancelled: { exitCode: 130, meaning: 'The user cancelled.' },
  internal: { exitCode: 1, meaning: 'A fault of Snowmelt itself.' },
} as const satisfies Record<string, { readonly exitCode: ExitCode; readonly meaning: string }>;

/** 0 done, 1 failed, 2 bad usage or configuration, 3 verification found a difference, 4 cannot connect, 130 cancelled. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130;

/** The stable name of a kind of failure; see {@link errorCodes}. */
export type SyncErrorCode = keyof typeof errorCodes;

/** A place in a file: `line` and `column` count from 1, `offset` from 0, in UTF-16 code units. */
export interface SourceRange {
  readonly offset: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a configuration file. */
export interface ConfigProblem extends SourceRange {
  readonly severity: 'error' | 'warning';
  /** Where in the document: object keys and array indexes from the root. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What was probably meant, where that can be said. */
  readonly suggestion?: string;
}

/** A session that holds a lock that the swap waits for. */
export interface LockHolder {
  readonly pid: number;
  readonly user: string;
  readonly applicationName: string;
  readonly query: string;
  /** How long its transaction has been open; null where the role may not see that. */
  readonly ageMs: number | null;
}

/** What an error of some code must say in a form that programs can read. Other codes may carry any plain JSON. */
export interface SyncErrorDetails {
  'config.invalid': { readonly file: string; readonly problems: readonly ConfigProblem[] };
  'value.unrepresentable': ValueErrorDetails;
  'value.outOfRange': ValueErrorDetails;
  'arrival.mismatch': {
    readonly expectedRows: number;
    readonly arrivedRows: number;
    readonly expectedBytes?: number;
    readonly arrivedBytes?: number;
  };
  'guard.empty': { readonly sourceRows: 0; readonly liveRows: number };
  'guard.shrunk': { readonly sourceRows: number; readonly liveRows: number; readonly maxShrink: number };
  /** `holder` says who in words (user, host, process); `since` is an ISO 8601 time. */
  'claim.held': { readonly holder: string; readonly since: string; readonly runId?: string };
  'swap.lockTimeout': { readonly waitedMs: number; readonly attempts: number; readonly holders: readonly LockHolder[] };
}

/** The value that could not be stored. `key` shows the row's key columns, where they are known. */
export interface ValueErrorDetails {
  readonly column: string;
  readonly key?: string;
  readonly reason: string;
}

/** `C` is one code, so that `SyncError<'claim.held'>` has the details of that code. */
type DetailsOf<C extends SyncErrorCode> = C extends keyof SyncErrorDetails
  ? SyncErrorDetails[C]
  : Readonly<Record<string, unknown>>;

/** Where a failure happened. `table` is the table's name in the configuration, `target` the target's. */
export interface SyncErrorContext {
  readonly table?: string | undefined;
  readonly target?: string | undefined;
  readonly step?: SyncStep | undefined;
}

interface CommonOptions extends SyncErrorContext {
  /** What to do next, as a sentence to the person who reads the message. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** What {@link SyncError} is built from: codes of {@link SyncErrorDetails} must have their details. */
export type SyncErrorOptions<C extends SyncErrorCode> = C extends keyof SyncErrorDetails
  ? CommonOptions & { readonly details: SyncErrorDetails[C] }
  : CommonOptions & { readonly details?: Readonly<Record<string, unknown>> | undefined };

type OptionsArgument<C extends SyncErrorCode> = C extends keyof SyncErrorDetails
  ? [options: SyncErrorOptions<C>]
  : [options?: SyncErrorOptions<C>];

/**
 * Every failure that a person can do something about. `message` says what failed, on which table and target; `remedy` what
 * to do next. Secrets are taken out of message, remedy and details when it is built. `cause` is kept as it came and goes
 * through {@link redactSecrets} wherever it is shown ({@link formatError}, {@link toErrorDocument}).
 */
export class SyncError<C extends SyncErrorCode = SyncErrorCode> extends Error {
  override readonly name = 'SyncError';
  readonly code: C;
  readonly remedy: string | undefined;
  readonly table: string | undefined;
  readonly target: string | undefined;
  readonly step: SyncStep | undefined;
  readonly details: DetailsOf<C> | undefined;

  constructor(code: C, message: string, ...[options]: OptionsArgument<C>) {
    const given: (CommonOptions & { readonly details?: unknown }) | undefined = options;
    super(redactSecrets(message), given?.cause === undefined ? undefined : { cause: given.cause });
    this.code = code;
    this.remedy = given?.remedy === undefined ? undefined : redactSecrets(given.remedy);
    this.table = given?.table;
    this.target = given?.target;
    this.step = given?.step;
    this.details = redactSecrets(given?.details) as DetailsOf<C> | undefined;
  }
}

/** Whether `error` is a {@link SyncError}, and of this code where one is given: then its details have that code's type. */
export function isSyncError<C extends SyncErrorCode = SyncErrorCode>(error: unknown, code?: C): error is SyncError<C> {
  return error instanceof SyncError && (code === undefined || error.code === code);
}

/** Whether `error` is what an AbortSignal with its default reason makes waiting calls reject with. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || ('code' in error && error.code === 'ABORT_ERR'));
}

/**
 * Any thrown value as a SyncError that says where it happened. A SyncError keeps its code, message, stack and whatever
 * context it already has; an AbortError becomes `cancelled`; everything else is `internal` with the original as its cause.
 */
export function toSyncError(error: unknown, context: SyncErrorContext = {}): SyncError {
  if (error instanceof SyncError) {
    const known = error as SyncError;
    const table = known.table ?? context.table;
    const target = known.target ?? context.target;
    const step = known.step ?? context.step;
    if (table === known.table && target === known.target && step === known.step) return known;
    const { code, message, remedy, details, cause, stack } = known;
    const located = new SyncError(code, message, { remedy, table, target, step, details, cause } as never);
    if (stack !== undefined) located.stack = stack;
    return located;
  }
  if (isAbortError(error)) return new SyncError('cancelled', 'Cancelled.', { ...context, cause: error });
  return new SyncError('internal', `Internal error: ${messageOf(error)}`, {
    ...context,
    cause: error,
    remedy: 'This is a fault of Snowmelt itself. Please report it with the stack that is shown.',
  });
}

/** The code with which a process ends that ends with this error; see {@link ExitCode}. */
export function exitCodeOf(error: unknown): Exclude<ExitCode, 0> {
  return errorCodes[toSyncError(error).code].exitCode;
}

/** The form in which `--json`, JSON-RPC and the ledger carry an error. Plain JSON, without secrets. */
export interface ErrorDocument {
  readonly code: SyncErrorCode;
  readonly message: string;
  readonly remedy?: string;
  readonly table?: string;
  readonly target?: string;
  readonly step?: SyncStep;
  readonly details?: unknown;
  /** Messages of the chain of causes, outermost first. */
  readonly causes?: readonly string[];
}

/** Any thrown value in the form that `--json` and JSON-RPC carry. Never throws. */
export function toErrorDocument(error: unknown): ErrorDocument {
  const { code, message, remedy, table, target, step, details, cause } = toSyncError(error);
  const causes = causeMessages(cause, message);
  return {
    code,
    message,
    ...(remedy !== undefined && { remedy }),
    ...(table !== undefined && { table }),
    ...(target !== undefined && { target }),
    ...(step !== undefined && { step }),
    ...(details !== undefined && { details }),
    ...(causes.length > 0 && { causes }),
  };
}

/**
 * Any thrown value as lines for a terminal: the message, its causes where they say more, where it happened, and what to
 * do next. Faults of Snowmelt itself show their stack. No trailing newline; never throws.
 */
export function formatError(error: unknown): string {
  const failure = toSyncError(error);
  const { code, message, remedy, table, target, step, cause } = failure;
  const place = [
    table !== undefined && `table ${table}`,
    target !== undefined && `target ${target}`,
    step !== undefined && `step ${step}`,
  ].filter((part) => part !== false);
  const stack = code === 'internal' ? (cause instanceof Error ? cause.stack : failure.stack) : undefined;
  return [
    `error: ${message} [${code}]`,
    ...(place.length > 0 ? [`  at: ${place.join(', ')}`] : []),
    ...(stack === undefined
      ? causeMessages(cause, message).map((text) => `  cause: ${text.replaceAll('\n', '\n    ')}`)
      : [redactSecrets(stack).replace(/^/gm, '  ')]),
    ...(remedy === undefined ? [] : [`  what to do: ${remedy}`]),
  ].join('\n');
}

const deepestCause = 8;

/** What the chain of causes says that `shown` has not said already. */
function causeMessages(cause: unknown, shown: string): string[] {
  const messages: string[] = [];
  let at = cause;
  for (let depth = 0; depth < deepestCause && at !== undefined && at !== null; depth++) {
    const message = redactSecrets(messageOf(at));
    if (message !== '' && !shown.includes(message) && !messages.includes(message)) messages.push(message);
    at = at instanceof Error ? at.cause : undefined;
  }
  return messages;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) {
    // Node rejects a connection to a name with several addresses with an AggregateError whose own message is empty.
    if (error.message === '' && error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
    return error.message === '' ? error.name : error.message;
  }
  if (typeof error === 'string') return error;
  try {
    return typeof error === 'object' ? JSON.stringify(error) : `a thrown ${typeof error}`;
  } catch {
    return Object.prototype.toString.call(error);
  }
}
