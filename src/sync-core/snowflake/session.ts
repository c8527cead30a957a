import { setTimeout as delay } from 'node:timers/promises';
import type snowflake from 'snowflake-sdk';
import { abortError, throwIfAborted } from '../abort.ts';
import { SyncError } from '../errors.ts';
import type { CopyText } from './copy-text-decoder.ts';
import { createDriverConnection, importDriver, type DriverConnection, type ResultLinks } from './driver-core.ts';
import { defaultPatience, resultLines, type DownloadPatience } from './result-lines.ts';
import type { ResultReply } from './result-reply.ts';
import { isNetworkFailure, toSnowflakeError } from './snowflake-error.ts';
import { stringConstant } from './string-constant.ts';

/** What the driver is connected with; secrets are in it, so it is never shown. */
export type SnowflakeConnectionOptions = snowflake.ConnectionOptions;

export interface SnowflakeSessionOptions {
  /** `QUERY_TAG` of every statement, so that an administrator sees who is who in QUERY_HISTORY. */
  readonly queryTag: string;
  /** Aborting it cancels what runs. */
  readonly signal?: AbortSignal;
  /** Told of every statement that has ended. */
  readonly onStatement?: (text: string, ms: number) => void;
  /** More session parameters, by name. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  /** How long and how often the download of a result's chunk is tried. */
  readonly patience?: Partial<DownloadPatience>;
}

/** A finished statement's whole result, for small ones. */
export interface QueryResult {
  readonly queryId: string;
  readonly columns: readonly string[];
  /** Every value as the driver's text, null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A finished query with one text column, whose rows have not been read yet. */
export interface RowSource {
  readonly queryId: string;
  /** Rows of the result, as the service says. */
  readonly rowCount: number;
  /**
   * The rows, each exactly once, as the bytes of the column's text with a line end behind it. A text is valid until the next is
   * asked for. Chunks are fetched as they are needed: see {@link resultLines}. To be read once.
   */
  lines(signal: AbortSignal): AsyncIterable<CopyText>;
}

/** Attempts of a statement that only reads, when the network fails. */
const readAttempts = 3;
const retryDelayMs = 500;

/**
 * The largest chunk of a result in MB, the least that the service offers: it is what has to be read again when a download breaks.
 * @see https://docs.snowflake.com/en/sql-reference/parameters#client-result-chunk-size
 */
const resultChunkMegabytes = 16;

/**
 * One session of the unpatched driver. The driver is imported when the first session is opened: it costs 300 ms and 108 MB.
 */
export class SnowflakeSession {
  readonly #connection: snowflake.Connection;
  readonly #links: ResultLinks;
  readonly #options: SnowflakeSessionOptions;
  #closed = false;

  private constructor({ connection, links }: DriverConnection, options: SnowflakeSessionOptions) {
    this.#connection = connection;
    this.#links = links;
    this.#options = options;
  }

  /** Imports the driver, where a log-in is to be timed without that. */
  static async prepare(): Promise<void> {
    await importDriver();
  }

  /** @throws SyncError `snowflake.connect`, `snowflake.auth` or `cancelled`. */
  static async open(
    connection: SnowflakeConnectionOptions,
    options: SnowflakeSessionOptions,
  ): Promise<SnowflakeSession> {
    throwIfAborted(options.signal);
    const opened = await createDriverConnection({
      application: 'Snowmelt',
      // By default the driver keeps asking an unreachable host for minutes.
      sfRetryMaxLoginRetries: 2,
      resultPrefetch: 1,
      rowStreamHighWaterMark: 1_000,
      ...connection,
      queryTag: options.queryTag,
      // By default NULL comes as the text NULL wherever values are fetched as text.
      representNullAsStringNull: false,
    });
    try {
      await abortable(options.signal, connect(opened.connection));
    } catch (error) {
      if (options.signal?.aborted === true) throw abortError(options.signal, error);
      throw toSnowflakeError(error);
    }
    const session = new SnowflakeSession(opened, options);
    const parameters = { CLIENT_RESULT_CHUNK_SIZE: resultChunkMegabytes, ...options.parameters };
    try {
      await session.read(alterSession(parameters));
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /**
   * Runs a statement that only reads, and again when the network failed on the way.
   * @throws SyncError `snowflake.…` or `cancelled`.
   */
  async read(text: string): Promise<QueryResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.execute(text);
      } catch (error) {
        const retry = attempt < readAttempts && isNetworkFailure(error instanceof Error ? error.cause : undefined);
        if (!retry || this.#options.signal?.aborted === true) throw error;
        await delay(retryDelayMs * attempt, undefined, { signal: this.#options.signal });
      }
    }
  }

  /** Runs a statement once and returns its whole result. */
  async execute(text: string): Promise<QueryResult> {
    const { statement, rows } = await this.#run(text, false);
    return {
      queryId: statement.getQueryId(),
      columns: (statement.getColumns() ?? []).map((column) => column.getName()),
      rows: (rows as unknown[][]).map((row) => row.map(textOf)),
    };
  }

  /** Runs a query with one text column to its end on the warehouse; its rows are fetched when they are read. */
  async submit(text: string): Promise<RowSource> {
    const { statement, reply } = await this.#run(text, true);
    if (reply === undefined)
      throw new SyncError('internal', 'The Snowflake driver finished a query without its reply.');
    if (reply.columnCount !== 1) {
      throw new SyncError('internal', `A query of COPY lines has ${reply.columnCount} columns.`);
    }
    const { queryId } = reply;
    const rowCount = statement.getNumRows();
    return {
      queryId,
      rowCount,
      lines: (signal) =>
        resultLines(reply, rowCount, {
          links: this.#links,
          renew: () => abortable(signal, this.#renew(queryId)),
          patience: { ...defaultPatience, ...this.#options.patience },
          signal,
        }),
    };
  }

  /** Ends the session on the service too. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await new Promise<void>((resolve) => {
      this.#connection.destroy(() => {
        resolve();
      });
    });
  }

  async #run(text: string, streamResult: boolean): Promise<Finished> {
    const startedAt = performance.now();
    try {
      return await this.#finish(text, (complete) =>
        this.#connection.execute({
          sqlText: text,
          streamResult,
          rowMode: 'array',
          fetchAsString: ['String', 'Boolean', 'Number', 'Date', 'JSON', 'Buffer'],
          complete,
        }),
      );
    } finally {
      this.#options.onStatement?.(text, performance.now() - startedAt);
    }
  }

  /** The result of a finished query again, with new links to its chunks. */
  async #renew(queryId: string): Promise<ResultReply> {
    const { reply } = await this.#finish(`the result of ${queryId}`, (complete) =>
      this.#connection.fetchResult({ queryId, streamResult: true, complete }),
    );
    if (reply === undefined)
      throw new SyncError('internal', 'The Snowflake driver fetched a result without its reply.');
    return reply;
  }

  /** Starts something at the driver and waits until it is complete, or cancels it. */
  async #finish(text: string, start: (complete: snowflake.StatementCallback) => DriverStatement): Promise<Finished> {
    const { signal } = this.#options;
    throwIfAborted(signal);
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const running = start((error, statement, rows) => {
          const reply = this.#links.takeReply(statement.getQueryId());
          // The driver passes null, whatever its types say.
          if (error instanceof Error) reject(error);
          else resolve({ statement, rows: rows ?? [], reply });
        });
        onAbort = () => {
          running.cancel(() => undefined);
          reject(new Error('aborted'));
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    } catch (error) {
      if (signal?.aborted === true) throw abortError(signal, error);
      throw toSnowflakeError(error, text);
    } finally {
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    }
  }
}

type DriverStatement = snowflake.RowStatement | snowflake.FileAndStageBindStatement;

interface Finished {
  readonly statement: DriverStatement;
  readonly rows: readonly unknown[];
  /** What the service said of the result; undefined for a statement that failed. */
  readonly reply: ResultReply | undefined;
}

/** Logs in, by whatever way: the browser needs connectAsync, whose promise resolves even when its callback is given an error. */
async function connect(connection: snowflake.Connection): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    connection
      .connectAsync((error) => {
        if (error instanceof Error) reject(error);
        else resolve();
      })
      .catch(reject);
  });
}

/** @see https://docs.snowflake.com/en/sql-reference/sql/alter-session */
export function alterSession(parameters: Readonly<Record<string, string | number | boolean>>): string {
  const sets = Object.entries(parameters).map(([name, value]) =>
    typeof value === 'string' ? `${name} = ${stringConstant(value)}` : `${name} = ${value}`,
  );
  return `ALTER SESSION SET ${sets.join(' ')}`;
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The promise, or a rejection as soon as the signal is aborted: the driver's log-in cannot be cancelled. */
async function abortable<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (signal === undefined) return promise;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(abortError(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
