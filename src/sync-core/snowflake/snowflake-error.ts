import { isSyncError, SyncError } from '../errors.ts';

/** Part of a failed statement that a message shows, in characters. */
const shownStatement = 300;

/** Object does not exist or not authorized; insufficient privileges; no current database or schema. */
const missingCodes = new Set(['2003', '2043', '3001', '90105', '90106', '93200']);
/** Statement cancelled: by SYSTEM$CANCEL_QUERY, an abort request, or a time limit. */
const cancelledCodes = new Set(['604', '630']);
/** A chunk of a result that the driver could not fetch, after some minutes of trying again. */
const chunkCodes = new Set(['402001', '402002']);

/**
 * A failure of the driver as a SyncError. Snowflake's own message is kept: it has line and position.
 * @param statement what ran; undefined for the log-in.
 */
export function toSnowflakeError(error: unknown, statement?: string): SyncError {
  if (isSyncError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = driverCode(error);
  if (statement === undefined) return toLoginError(error, code, message);
  if (missingCodes.has(code)) {
    return new SyncError('snowflake.objectMissing', `Snowflake: ${message}`, {
      cause: error,
      remedy:
        'Check the name in snowmelt.json, and that the connection’s role may read the object (SHOW GRANTS TO ROLE …).',
      details: { code, statement: shorten(statement) },
    });
  }
  if (cancelledCodes.has(code)) {
    return new SyncError('snowflake.cancelled', `Snowflake ended the statement: ${message}`, {
      cause: error,
      remedy: 'Look at STATEMENT_TIMEOUT_IN_SECONDS of the warehouse and the user, or ask who cancelled it.',
      details: { code, statement: shorten(statement) },
    });
  }
  if (chunkCodes.has(code)) {
    return new SyncError('snowflake.resultCut', `A part of a result could not be fetched: ${message}`, {
      cause: error,
      remedy: 'The live table is as it was. Check the network and the proxy, and run it again.',
      details: { code, statement: shorten(statement) },
    });
  }
  if (isNetworkFailure(error)) {
    return new SyncError('snowflake.connect', `The connection to Snowflake broke: ${message}`, {
      cause: error,
      remedy: 'Check the network and run it again: the live table is as it was.',
    });
  }
  return new SyncError('snowflake.statement', `Snowflake: ${message}`, {
    cause: error,
    details: { code, statement: shorten(statement) },
  });
}

function toLoginError(error: unknown, code: string, message: string): SyncError {
  if (code.startsWith('3901') || code.startsWith('3903') || code.startsWith('3944')) {
    return new SyncError('snowflake.auth', `Snowflake refused the log-in: ${message}`, {
      cause: error,
      remedy:
        'Check user, authenticator and credentials of the connection; for a key pair, DESC USER shows the fingerprint that Snowflake has.',
      details: { code },
    });
  }
  if (isNetworkFailure(error) || code === '') {
    return new SyncError('snowflake.connect', `Snowflake cannot be reached: ${message}`, {
      cause: error,
      remedy: 'Check the account identifier (ORGANIZATION-ACCOUNT), the network and the proxy.',
    });
  }
  return new SyncError('snowflake.auth', `Logging in to Snowflake failed: ${message}`, {
    cause: error,
    details: { code },
  });
}

/** Whether the request failed on its way, so that asking again is safe for a statement that only reads. */
export function isNetworkFailure(error: unknown): boolean {
  const chain = [error, error instanceof Error ? error.cause : undefined];
  return chain.some((link) => {
    if (!(link instanceof Error)) return false;
    const code = driverCode(link);
    if (chunkCodes.has(code)) return false;
    return (
      link.name === 'NetworkError' ||
      code === '401001' ||
      /^(?:ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOST|ENETUN|ERR_)/.test(code)
    );
  });
}

function driverCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  // The service pads its codes with zeros ("002003"), the driver does not.
  return typeof error.code === 'string' || typeof error.code === 'number'
    ? String(error.code).replace(/^0+(?=\d)/, '')
    : '';
}

function shorten(statement: string): string {
  return statement.length <= shownStatement ? statement : `${statement.slice(0, shownStatement)}…`;
}
