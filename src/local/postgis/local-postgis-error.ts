export type LocalPostgisErrorCode =
  /** Another process has the data folder open. */
  | 'data-folder-in-use'
  | 'port-in-use'
  /** The folder holds a database of another PostgreSQL version, or none that can be opened. */
  | 'data-folder-unusable'
  | 'start-failed';

/** The embedded PostGIS could not be started or stopped; the message is for people. */
export class LocalPostgisError extends Error {
  override readonly name = 'LocalPostgisError';
  readonly code: LocalPostgisErrorCode;

  constructor(code: LocalPostgisErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
