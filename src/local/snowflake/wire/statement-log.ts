import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

/** One statement that the server received, as it is written to the log. Bind values are never part of it. */
export interface LoggedStatement {
  /** ISO 8601, when the statement arrived. */
  readonly time: string;
  readonly session: number;
  readonly user: string;
  readonly queryId: string;
  readonly queryTag: string;
  readonly text: string;
  /** How many binds came with it. */
  readonly binds: number;
  readonly outcome: 'success' | 'error' | 'cancelled';
  /** Snowflake's error code, of an outcome that is not success. */
  readonly code: number | null;
  readonly rows: number | null;
  readonly ms: number;
}

/** A file with one JSON line for every statement. */
export interface StatementLog {
  write(statement: LoggedStatement): void;
  /** Resolves once every line is in the file. */
  close(): Promise<void>;
}

/** Opens a statement log, appending to `file`. Rejects if the file cannot be opened for writing. */
export async function openStatementLog(file: string): Promise<StatementLog> {
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  await once(stream, 'open');
  stream.on('error', () => {
    // A full disk must not end the statements being logged; close() reports it.
  });
  return {
    write: (statement) => {
      stream.write(`${JSON.stringify(statement)}\n`);
    },
    close: async () => {
      stream.end();
      await finished(stream);
    },
  };
}
