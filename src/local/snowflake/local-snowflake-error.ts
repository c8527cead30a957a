export type LocalSnowflakeErrorCode =
  /** Another process has the data folder open. */
  | 'data-folder-in-use'
  | 'port-in-use'
  /** It holds other data than the sample that is asked for. */
  | 'sample-conflict'
  | 'start-failed';

/** The stand-in could not be started or stopped; the message is for people. */
export class LocalSnowflakeError extends Error {
  override readonly name = 'LocalSnowflakeError';
  readonly code: LocalSnowflakeErrorCode;

  constructor(code: LocalSnowflakeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
