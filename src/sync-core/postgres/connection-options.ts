import { posix } from 'node:path';
import { didYouMean } from '../config/did-you-mean.ts';
import type { HostAccess } from '../config/host-access.ts';
import type { ServerTarget, SslMode } from '../config/resolved.ts';
import type { SecretAccess } from '../config/resolve-secret.ts';
import { resolveSecret } from '../config/resolve-secret.ts';
import { targetPassword } from '../config/secret-subject.ts';
import { SyncError } from '../errors.ts';
import {
  type ConnectionParameter,
  type ConnectionParameters,
  isUrlProblem,
  parseConnectionUrl,
} from './connection-url.ts';
import { defaultPasswordFile, defaultSocketFolders, passwordFromFile } from './password-file.ts';
import { type InvalidConnection, type PostgresTls, resolveTls } from './tls-options.ts';

/** What a caller says of a connection; everything may come from elsewhere. */
export interface PostgresConnectionSettings {
  readonly url?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly sslmode?: SslMode | undefined;
  readonly sslrootcert?: string | undefined;
  readonly sslcert?: string | undefined;
  readonly sslkey?: string | undefined;
  /** 0 waits without limit. */
  readonly connectTimeoutMs?: number | undefined;
}

/** One way to try a connection. */
export type ConnectionAttempt = 'tls' | 'plain';

/** Everything that is needed to connect; files are read, defaults applied. */
export interface PostgresConnectionOptions {
  /** Host name or IP address, or the folder of a Unix socket, which starts with `/`. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Undefined where none is known: the server may not ask for one. */
  readonly password: string | undefined;
  /** For one attempt; 0 waits without limit. */
  readonly connectTimeoutMs: number;
  /** From the URL or PGAPPNAME. */
  readonly applicationName: string | undefined;
  /** Command-line options for the backend, from the URL or PGOPTIONS. */
  readonly options: string | undefined;
  readonly ssl: PostgresTls;
  /**
   * What to try, in order. `allow` is plain, then TLS; `prefer` is TLS, then plain. As in libpq the second follows when the
   * server refuses TLS, the handshake or the certificate check fails, or the server answers the log-in with an error; not
   * when the host cannot be reached. A Unix socket is never encrypted.
   */
  readonly attempts: readonly [ConnectionAttempt, ...ConnectionAttempt[]];
  /** What a person should know, such as a file that was named and is not there. */
  readonly warnings: readonly string[];
}

const attemptsOf: Readonly<Record<SslMode, PostgresConnectionOptions['attempts']>> = {
  disable: ['plain'],
  allow: ['plain', 'tls'],
  prefer: ['tls', 'plain'],
  require: ['tls'],
  'verify-ca': ['tls'],
  'verify-full': ['tls'],
};

const environment: readonly (readonly [variable: string, parameter: ConnectionParameter])[] = [
  ['PGHOST', 'host'],
  ['PGPORT', 'port'],
  ['PGDATABASE', 'dbname'],
  ['PGUSER', 'user'],
  ['PGPASSWORD', 'password'],
  ['PGPASSFILE', 'passfile'],
  ['PGCONNECT_TIMEOUT', 'connect_timeout'],
  ['PGAPPNAME', 'application_name'],
  ['PGOPTIONS', 'options'],
  ['PGSSLMODE', 'sslmode'],
  ['PGSSLROOTCERT', 'sslrootcert'],
  ['PGSSLCERT', 'sslcert'],
  ['PGSSLKEY', 'sslkey'],
  ['PGSSLCRL', 'sslcrl'],
  ['PGSSLSNI', 'sslsni'],
  ['PGSSLMINPROTOCOLVERSION', 'ssl_min_protocol_version'],
];

/** libpq waits without limit, which makes an address that drops packets look like a program that hangs. */
const defaultConnectTimeoutMs = 10_000;

/** The connection of a target in the configuration, with its password obtained from where it is kept. */
export async function targetConnectionOptions(
  target: ServerTarget,
  host: HostAccess,
  secrets: SecretAccess,
): Promise<PostgresConnectionOptions> {
  const password =
    target.password === undefined
      ? undefined
      : await resolveSecret(target.password, secrets, targetPassword(target.name));
  return postgresConnectionOptions({ ...target, password }, host, target.name);
}

/**
 * What {@link targetConnectionOptions} goes by, under libpq's own names, with the defaults of what a connection must have. No password is
 * obtained, no file but the socket looked for.
 *
 * @throws SyncError `connection.invalid`.
 */
export async function targetConnectionParameters(
  target: ServerTarget,
  host: HostAccess,
): Promise<ConnectionParameters & Endpoint> {
  const fail = invalidConnection(target.name);
  const parameters = gather({ ...target, password: undefined }, host, [], fail);
  return { ...parameters, ...(await endpointOf(parameters, host, fail)) };
}

/**
 * Where and how to connect, as libpq would find it out: a setting takes precedence over the URL, the URL over the `PG*`
 * environment, that over the default. The password may also come from the password file. `sslmode` means what it means in
 * libpq, including that a root certificate that is there is always used (`require` then behaves as `verify-ca`), that
 * `sslrootcert=system` asks for `verify-full`, and that Unix sockets are not encrypted. Differs from libpq in that one
 * attempt to connect ends after 10 s by default, and that a host is looked for on this machine's sockets, then on localhost.
 *
 * @param targetName for messages.
 * @throws SyncError `connection.invalid`, naming the setting.
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
export async function postgresConnectionOptions(
  settings: PostgresConnectionSettings,
  host: HostAccess,
  targetName?: string,
): Promise<PostgresConnectionOptions> {
  const warnings: string[] = [];
  const fail = invalidConnection(targetName);
  const parameters = gather(settings, host, warnings, fail);
  const endpoint = await endpointOf(parameters, host, fail);
  const { host: address, user, dbname: database } = endpoint;
  const port = Number(endpoint.port);
  const encoding = parameters.client_encoding;
  if (encoding !== undefined && !/^(?:auto|utf-?8|unicode)$/i.test(encoding)) {
    throw fail(`client_encoding ${encoding} is not supported: Snowmelt always sends UTF-8.`);
  }

  let password = parameters.password;
  if (password === undefined) {
    const path = parameters.passfile ?? defaultPasswordFile(host);
    const found = await passwordFromFile(path, { host: address, port, database, user }, host);
    password = found.password;
    if (found.warning !== undefined) warnings.push(found.warning);
  }

  const local = address.startsWith('/');
  const ssl = await resolveTls(parameters, address, local, { host, warnings, fail });
  return {
    host: address,
    port,
    database,
    user,
    password,
    connectTimeoutMs: parseConnectTimeout(settings, parameters, fail),
    applicationName: parameters.application_name,
    options: parameters.options,
    ssl,
    attempts: local ? ['plain'] : attemptsOf[ssl.mode],
    warnings,
  };
}

function invalidConnection(targetName: string | undefined): InvalidConnection {
  return (message, cause) =>
    new SyncError('connection.invalid', message, {
      target: targetName,
      cause,
      remedy:
        'Correct the target in snowmelt.json, its url, or the PG* environment variable that the value comes from.',
    });
}

/** What every connection has, as texts. */
type Endpoint = Readonly<Record<'host' | 'port' | 'user' | 'dbname', string>>;

async function endpointOf(
  parameters: ConnectionParameters,
  host: HostAccess,
  fail: InvalidConnection,
): Promise<Endpoint> {
  const port = parsePort(parameters.port, fail);
  const address = parameters.host ?? (await defaultHost(host, port));
  if (address.includes(',')) {
    throw fail(`Several hosts (${address}) are not supported: a target is one server. Name the one to write to.`);
  }
  if (address.startsWith('@')) throw fail(`Sockets in the abstract namespace (${address}) are not supported.`);
  const user = parameters.user ?? host.userName;
  return { host: address, port: String(port), user, dbname: parameters.dbname ?? user };
}

function gather(
  settings: PostgresConnectionSettings,
  host: HostAccess,
  warnings: string[],
  fail: InvalidConnection,
): ConnectionParameters {
  const fromEnvironment: ConnectionParameters = {};
  for (const [variable, parameter] of environment) {
    const value = host.env[variable];
    if (value !== undefined && value !== '') fromEnvironment[parameter] = value;
  }
  for (const variable of ['PGSERVICE', 'PGHOSTADDR']) {
    if ((host.env[variable] ?? '') !== '') warnings.push(`${variable} is set, which Snowmelt does not look at.`);
  }
  let fromUrl: ConnectionParameters = {};
  if (settings.url !== undefined) {
    const parsed = parseConnectionUrl(settings.url);
    if (isUrlProblem(parsed))
      throw fail(`The url of the target is not valid. ${parsed.problem}${didYouMean(parsed.suggestion)}`);
    fromUrl = parsed;
  }
  const given: Readonly<Partial<Record<ConnectionParameter, string | undefined>>> = {
    host: settings.host,
    port: settings.port === undefined ? undefined : String(settings.port),
    dbname: settings.database,
    user: settings.user,
    password: settings.password,
    sslmode: settings.sslmode,
    sslrootcert: expandHome(settings.sslrootcert, host),
    sslcert: expandHome(settings.sslcert, host),
    sslkey: expandHome(settings.sslkey, host),
  };
  const explicit = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
  return { ...fromEnvironment, ...fromUrl, ...explicit };
}

function expandHome(path: string | undefined, host: HostAccess): string | undefined {
  return path?.startsWith('~/') === true ? posix.join(host.homeDir, path.slice(2)) : path;
}

/** A server on this machine's usual sockets, as libpq would use; Node has no default of its own, and TCP is what always is. */
async function defaultHost(host: HostAccess, port: number): Promise<string> {
  if (host.platform === 'win32') return 'localhost';
  for (const folder of defaultSocketFolders) {
    if ((await host.files.status(`${folder}/.s.PGSQL.${port}`)) !== undefined) return folder;
  }
  return 'localhost';
}

function parsePort(text: string | undefined, fail: InvalidConnection): number {
  if (text === undefined) return 5432;
  const port = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
  if (!(port >= 1 && port <= 65535))
    throw fail(`${JSON.stringify(text)} is not a port number: it must be from 1 to 65535.`);
  return port;
}

function parseConnectTimeout(
  settings: PostgresConnectionSettings,
  parameters: ConnectionParameters,
  fail: InvalidConnection,
): number {
  if (settings.connectTimeoutMs !== undefined) return settings.connectTimeoutMs;
  const text = parameters.connect_timeout;
  if (text === undefined) return defaultConnectTimeoutMs;
  if (!/^\s*[+-]?\d{1,9}\s*$/.test(text))
    throw fail(`connect_timeout ${JSON.stringify(text)} is not a whole number of seconds.`);
  return Math.max(0, Number(text)) * 1000;
}
