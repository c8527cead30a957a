/**
 * What the stand-in's wire server asks of its SQL engine. The server knows HTTP, sessions, chunks and query ids; the
 * engine knows Snowflake's SQL, types and catalog.
 */

/** A column of a result, with Snowflake's own full type. */
export interface ResultColumn {
  /** As Snowflake reports it: upper case unless it was quoted. */
  readonly name: string;
  /** Full type text as `DESCRIBE RESULT` prints it: `NUMBER(38,0)`, `VARCHAR(100)`, `TIMESTAMP_NTZ(9)`, `GEOGRAPHY`, `VECTOR(FLOAT, 3)`. */
  readonly type: string;
  readonly nullable: boolean;
  /** The table's column that the value comes from, where it does. */
  readonly origin?: { readonly database: string; readonly schema: string; readonly table: string };
}

/** One row as the driver's JSON row set carries it: text or null for each column (dates as days since the epoch, timestamps as seconds with a fraction, …). */
export type WireRow = readonly (string | null)[];

/** A finished statement's result. Readable, by its query id, until `dispose`. */
export interface StatementResult {
  readonly queryId: string;
  readonly columns: readonly ResultColumn[];
  readonly rowCount: number;
  /** The driver's `statementTypeId` (0x1000 SELECT, 0x3000 DML + 0x100 INSERT …, 0x6000 DDL …). */
  readonly statementTypeId: number;
  /** Rows `[offset, offset + count)` in the result's own order. Bounded memory: the caller asks for modest ranges. */
  read(offset: number, count: number): Promise<WireRow[]>;
  dispose(): Promise<void>;
}

/** One bind value as the driver sends it. */
export interface Bind {
  readonly type: string;
  readonly value: string | null;
}

export interface ExecuteOptions {
  /** The query id that the server gave this statement; `RESULT_SCAN` and `DESCRIBE RESULT` know it by this. */
  readonly queryId: string;
  readonly binds?: Readonly<Record<string, Bind>>;
  /** Aborting cancels the statement on the engine; `execute` then rejects with code 604 (SQL execution canceled). */
  readonly signal: AbortSignal;
}

/** A session's current objects; changed by `USE` and reported back to the driver. */
export interface SessionState {
  database: string | null;
  schema: string | null;
  warehouse: string | null;
  role: string;
  readonly user: string;
  readonly account: string;
  /** Session parameters by upper-case name, as set at log-in or by ALTER SESSION. */
  readonly parameters: Map<string, string | number | boolean>;
}

export interface EngineSession {
  readonly state: SessionState;
  /** Throws {@link SnowflakeSqlError} for whatever Snowflake would refuse, and for whatever the stand-in does not know. */
  execute(text: string, options: ExecuteOptions): Promise<StatementResult>;
  close(): Promise<void>;
}

export interface Engine {
  openSession(state: SessionState): Promise<EngineSession>;
  close(): Promise<void>;
}

/** An error in the shape that Snowflake reports: numeric code, SQL state, message. */
export class SnowflakeSqlError extends Error {
  override readonly name = 'SnowflakeSqlError';
  /** For example 1003 (syntax error), 2003 (object does not exist or not authorized), 100038 (numeric value not recognized), 604 (cancelled). */
  readonly code: number;
  readonly sqlState: string;

  constructor(code: number, sqlState: string, message: string) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
  }
}
