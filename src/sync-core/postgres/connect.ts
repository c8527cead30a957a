import pg from 'pg';
import { abortError, throwIfAborted } from '../abort.ts';
import { isAbortError, isSyncError, SyncError } from '../errors.ts';
import type { ConnectionAttempt, PostgresConnectionOptions } from './connection-options.ts';
import { tlsConnectionOptions } from './tls-options.ts';

/** The oldest major version that Snowmelt is tested with: publications with column lists, `security_invoker` views. */
const oldestVersion = 15;

/**
 * A connection that is idle while the warehouse works says so often that it is there, in ms: load balancers and address translation
 * forget one after some minutes (the shortest usual limit is 240 s), the system's own interval is two hours.
 */
const keepAliveDelayMs = 60_000;

/** Failures after which libpq tries the next of `sslmode=allow|prefer`: the server said no, or TLS did not come about. */
function mayTryNext(error: unknown): boolean {
  return error instanceof pg.DatabaseError || isTlsFailure(error);
}

/**
 * A connected client, as the options' `sslmode` asks. It swallows errors between statements: the next statement reports them.
 * @throws SyncError `postgres.connect`, `postgres.auth`, `postgres.tls` or `cancelled`.
 */
export async function connectClient(
  options: PostgresConnectionOptions,
  applicationName: string,
  signal: AbortSignal | undefined,
): Promise<pg.Client> {
  let failure: unknown;
  for (const attempt of options.attempts) {
    try {
      return await connectOnce(options, attempt, applicationName, signal);
    } catch (error) {
      if (signal?.aborted === true) throw abortError(signal, error);
      failure = error;
      if (!mayTryNext(error)) break;
    }
  }
  throw toConnectError(failure, options);
}

async function connectOnce(
  options: PostgresConnectionOptions,
  attempt: ConnectionAttempt,
  applicationName: string,
  signal: AbortSignal | undefined,
): Promise<pg.Client> {
  const client = new pg.Client({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.user,
    // A function is asked only when the server wants a password; undefined would make the client look into the environment.
    password: () => options.password ?? '',
    ssl: attempt === 'tls' ? tlsConnectionOptions(options.ssl) : false,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    ...(options.options !== undefined && { options: options.options }),
  });
  client.on('error', () => undefined);
  const onAbort = (): void => {
    void client.end().catch(() => undefined);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    throwIfAborted(signal);
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  return client;
}

function toConnectError(error: unknown, options: PostgresConnectionOptions): SyncError {
  const place = options.host.startsWith('/')
    ? `${options.host}/.s.PGSQL.${options.port}`
    : `${options.host}:${options.port}`;
  const who = `${options.user}@${place}/${options.database}`;
  if (isSyncError(error)) return error;
  if (error instanceof pg.DatabaseError) {
    const state = error.code ?? '';
    if (state.startsWith('28')) {
      const given = options.password === undefined ? ' No password was given.' : '';
      return new SyncError('postgres.auth', `Postgres refused the log-in of ${who}: ${error.message}.${given}`, {
        cause: error,
        remedy:
          'Check user and password of the target; `password` may be {"env": …}, {"command": […]} or {"prompt": true}.',
      });
    }
    return new SyncError('postgres.connect', `Postgres refused the connection to ${who}: ${error.message}.`, {
      cause: error,
      remedy: state === '3D000' ? 'Create the database, or name another one in the target.' : undefined,
    });
  }
  const message = error instanceof Error ? messageOf(error) : String(error);
  if (isTlsFailure(error)) {
    return new SyncError('postgres.tls', `No TLS connection to ${place} (sslmode=${options.ssl.mode}): ${message}.`, {
      cause: error,
      remedy:
        'If the server has a certificate of its own authority, name that authority’s file with sslrootcert; for a public authority use sslrootcert=system.',
    });
  }
  return new SyncError('postgres.connect', `Postgres cannot be reached at ${place}: ${message}.`, {
    cause: error,
    remedy: 'Check host and port, that the server runs, and that a firewall or network policy lets this machine in.',
  });
}

/** Node rejects a connection to a name with several addresses with an AggregateError whose own message is empty. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError)
    return error.errors.map((inner) => (inner instanceof Error ? inner.message : String(inner))).join('; ');
  return error.message;
}

function isTlsFailure(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof pg.DatabaseError || isAbortError(error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /does not support SSL|SSL negotiation|error establishing an SSL/i.test(error.message) ||
    /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|HOSTNAME_MISMATCH)/.test(code)
  );
}

/** @throws SyncError `postgres.connect` for a server that is too old. */
export function requireVersion(version: number): void {
  if (version >= oldestVersion * 10_000) return;
  throw new SyncError(
    'postgres.connect',
    `The server is PostgreSQL ${Math.floor(version / 10_000)}; Snowmelt needs ${oldestVersion} or later.`,
    {
      remedy: 'Upgrade the server, or choose another target.',
    },
  );
}
