import { posix, win32 } from 'node:path';
import { parse, type TomlTable } from 'smol-toml';
import { closest, didYouMean } from '../config/did-you-mean.ts';
import type { HostAccess } from '../config/host-access.ts';
import { SyncError } from '../errors.ts';
import { type DriverOptions, driverOptions, driverOptionValue } from './driver-options.ts';
import { readPrivateFile } from './private-file.ts';

/** A connection as Snowflake's own files have it. */
export interface NamedConnection {
  readonly name: string;
  /** The file that it is in. */
  readonly file: string;
  /** Under the driver's names. Paths that start with `~/` are resolved. */
  readonly options: DriverOptions;
  readonly warnings: readonly string[];
}

/** Names that are not just the driver's in snake case: of the Python connector and of Snowflake CLI. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['user', 'username'],
  ['private_key_file', 'privateKeyPath'],
  ['private_key_file_pwd', 'privateKeyPass'],
  ['private_key_passphrase', 'privateKeyPass'],
  ['private_key_raw', 'privateKey'],
  ['client_request_mfa_token', 'clientRequestMFAToken'],
  ['disable_saml_url_check', 'disableSamlURLCheck'],
  ['crl_allow_certificates_without_crl_url', 'crlAllowCertificatesWithoutCrlURL'],
  ['databasename', 'database'],
  ['schemaname', 'schema'],
  ['rolename', 'role'],
  ['warehousename', 'warehouse'],
  ['accountname', 'account'],
]);

/**
 * The connection of this name, from the first folder that has `connections.toml` or `config.toml`: `$SNOWFLAKE_HOME` alone
 * where it is set, otherwise `~/.snowflake`, then the folder of Snowflake CLI (`$XDG_CONFIG_HOME/snowflake` or
 * `~/.config/snowflake`, `~/Library/Application Support/snowflake`, `%USERPROFILE%\AppData\Local\snowflake`).
 *
 * In `connections.toml` a connection is a table of its own; in `config.toml` it is under `[connections.name]`, and those are
 * not looked at where there is a `connections.toml`. Without a name it is the one of `$SNOWFLAKE_DEFAULT_CONNECTION_NAME`,
 * else of `default_connection_name` in `config.toml`, else `default`; the name `default` also means these where there is no
 * such table. `$SNOWFLAKE_CONNECTIONS_<NAME>_<KEY>` takes precedence over the file, `$SNOWFLAKE_<KEY>` fills in what it lacks.
 *
 * @throws SyncError `connection.invalid`: no file, a file that is not TOML, a connection that is not in it, or a file that
 *   others could have written.
 * @see https://docs.snowflake.com/en/developer-guide/snowflake-cli/connecting/configure-connections
 * @see https://docs.snowflake.com/en/developer-guide/snowflake-cli/connecting/configure-cli
 */
export async function readNamedConnection(name: string | undefined, host: HostAccess): Promise<NamedConnection> {
  const found = await findConnections(host);
  const usual = defaultNameOf(found, host);
  const wanted = name === undefined || (name === 'default' && !found.connections.has(name)) ? usual : name;
  const table = found.connections.get(wanted);
  if (table === undefined) {
    const names = [...found.connections.keys()];
    const known =
      names.length === 0 ? 'It has none.' : `It has ${names.map((other) => JSON.stringify(other)).join(', ')}.`;
    throw new SyncError(
      'connection.invalid',
      `There is no connection ${JSON.stringify(wanted)} in ${found.file}. ${known}${didYouMean(closest(wanted, names))}`,
      { remedy: 'Correct "connection" in snowmelt.json, or add the connection to that file.' },
    );
  }
  const ownPrefix = `SNOWFLAKE_CONNECTIONS_${wanted.toUpperCase()}_`;
  const options = {
    ...optionsFromEnvironment(host, 'SNOWFLAKE_'),
    ...optionsOf(table),
    ...optionsFromEnvironment(host, ownPrefix),
  };
  return { name: wanted, file: found.file, options: expandHome(options, host), warnings: found.warnings };
}

/** A connection of Snowflake's own files, without what could be a secret. */
export interface ConnectionName {
  readonly name: string;
  readonly account: string | undefined;
  readonly user: string | undefined;
  /** It is the one that is meant where none is named. */
  readonly isDefault: boolean;
}

/**
 * The connections that {@link readNamedConnection} could read, in the order of the file; none where there is no file.
 *
 * @throws SyncError `connection.invalid`: a file that is not TOML, or that others could have written.
 */
export async function connectionNames(host: HostAccess): Promise<readonly ConnectionName[]> {
  const found = await findConnectionsIfAny(host);
  if (found === undefined) return [];
  const usual = defaultNameOf(found, host);
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return [...found.connections].map(([name, table]) => {
    const { account, username } = optionsOf(table);
    return { name, account: text(account), user: text(username), isDefault: name === usual };
  });
}

function defaultNameOf({ defaultName }: FoundConnections, host: HostAccess): string {
  const named = host.env.SNOWFLAKE_DEFAULT_CONNECTION_NAME ?? '';
  return named === '' ? (defaultName ?? 'default') : named;
}

interface FoundConnections {
  readonly file: string;
  readonly connections: ReadonlyMap<string, TomlTable>;
  readonly defaultName: string | undefined;
  readonly warnings: readonly string[];
}

async function findConnections(host: HostAccess): Promise<FoundConnections> {
  const found = await findConnectionsIfAny(host);
  if (found !== undefined) return found;
  const folders = connectionFolders(host);
  throw new SyncError('connection.invalid', `There is no connections.toml or config.toml in ${folders.join(' or ')}.`, {
    remedy:
      'Create one (snow connection add), set SNOWFLAKE_HOME to where it is, or write account, user and authenticator into "source" of snowmelt.json.',
  });
}

async function findConnectionsIfAny(host: HostAccess): Promise<FoundConnections | undefined> {
  const paths = host.platform === 'win32' ? win32 : posix;
  for (const folder of connectionFolders(host)) {
    const connectionsFile = paths.join(folder, 'connections.toml');
    const configFile = paths.join(folder, 'config.toml');
    const connections = await readToml(connectionsFile, host);
    const config = await readToml(configFile, host);
    if (connections === undefined && config === undefined) continue;
    const fromConfig = config?.table.connections;
    const defaultName = config?.table.default_connection_name;
    return {
      file: connections === undefined ? configFile : connectionsFile,
      connections: tablesOf(connections?.table ?? fromConfig),
      defaultName: typeof defaultName === 'string' ? defaultName : undefined,
      warnings: [connections?.warning, config?.warning].filter((warning) => warning !== undefined),
    };
  }
  return undefined;
}

/** Where Snowflake's files may be, in order. */
export function connectionFolders(host: HostAccess): string[] {
  const own = host.env.SNOWFLAKE_HOME ?? '';
  const paths = host.platform === 'win32' ? win32 : posix;
  if (own !== '') return [own.startsWith('~/') ? paths.join(host.homeDir, own.slice(2)) : own];
  return [paths.join(host.homeDir, '.snowflake'), commandLineFolder(host)];
}

function commandLineFolder(host: HostAccess): string {
  if (host.platform === 'win32') return win32.join(host.homeDir, 'AppData', 'Local', 'snowflake');
  if (host.platform === 'darwin') return posix.join(host.homeDir, 'Library', 'Application Support', 'snowflake');
  const configured = host.env.XDG_CONFIG_HOME ?? '';
  return posix.join(configured === '' ? posix.join(host.homeDir, '.config') : configured, 'snowflake');
}

async function readToml(
  path: string,
  host: HostAccess,
): Promise<{ readonly table: TomlTable; readonly warning: string | undefined } | undefined> {
  if ((await host.files.status(path)) === undefined) return undefined;
  const { text, warning } = await readPrivateFile(path, host);
  try {
    return { table: parse(text), warning };
  } catch (error) {
    // The message goes on with the lines around the fault, which may well have a password in them.
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    const place =
      error instanceof Error && 'line' in error && 'column' in error
        ? `:${String(error.line)}:${String(error.column)}`
        : '';
    throw new SyncError(
      'connection.invalid',
      `${path}${place} is not valid TOML: ${reason.replace(/^Invalid TOML document: /, '')}.`,
      {
        remedy: 'Correct the file.',
      },
    );
  }
}

function tablesOf(value: unknown): Map<string, TomlTable> {
  if (!isTable(value)) return new Map();
  return new Map(Object.entries(value).filter((entry): entry is [string, TomlTable] => isTable(entry[1])));
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Settings of other drivers (`session_parameters`, `login_timeout`, …) mean nothing to this one and are left out. */
function optionsOf(table: TomlTable): DriverOptions {
  const options: DriverOptions = {};
  for (const [key, value] of Object.entries(table)) {
    const option = optionName(key);
    const converted = option === undefined || value === '' ? undefined : driverOptionValue(option, value);
    if (option !== undefined && converted !== undefined) options[option] = converted;
  }
  const { host, port, protocol } = table;
  if (typeof host === 'string' && host !== '' && options.accessUrl === undefined && (port ?? protocol) !== undefined) {
    const scheme = typeof protocol === 'string' && protocol !== '' ? protocol : 'https';
    const suffix = typeof port === 'number' || typeof port === 'string' ? `:${port}` : '';
    options.accessUrl = `${scheme}://${host}${suffix}`;
  }
  return options;
}

function optionName(key: string): string | undefined {
  const name =
    otherNames.get(key.toLowerCase()) ?? key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.hasOwn(driverOptions, name) ? name : undefined;
}

function optionsFromEnvironment(host: HostAccess, prefix: string): DriverOptions {
  const options: DriverOptions = {};
  for (const [variable, value] of Object.entries(host.env)) {
    if (!variable.startsWith(prefix) || value === undefined || value === '') continue;
    const option = optionName(variable.slice(prefix.length).toLowerCase());
    const converted = option === undefined ? undefined : driverOptionValue(option, value);
    if (option !== undefined && converted !== undefined) options[option] = converted;
  }
  return options;
}

function expandHome(options: DriverOptions, host: HostAccess): DriverOptions {
  const expanded = { ...options };
  for (const option of ['privateKeyPath', 'tokenFilePath', 'credentialCacheDir']) {
    const path = expanded[option];
    if (typeof path === 'string' && path.startsWith('~/')) expanded[option] = posix.join(host.homeDir, path.slice(2));
  }
  return expanded;
}
