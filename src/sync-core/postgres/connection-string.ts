import type { ConnectionParameter, ConnectionParameters } from './connection-url.ts';

/** What stands in the part of a URL before its parameters, or is never in one: secrets, and what is the connecting program's own. */
const notInQuery: ReadonlySet<string> = new Set<ConnectionParameter>([
  'host',
  'port',
  'dbname',
  'user',
  'password',
  'passfile',
  'sslpassword',
  'application_name',
  'client_encoding',
  'connect_timeout',
]);

/**
 * The parameters as libpq's URL, for other programs: everything that decides where and how to connect, but no password. The folder of a
 * Unix socket is the parameter `host`, which more programs read than an encoded folder in the host's place.
 *
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function formatConnectionUrl(parameters: ConnectionParameters): string {
  const { host = '', port = '', dbname = '', user = '' } = parameters;
  const socket = host.startsWith('/');
  const query: [string, string][] = [];
  if (socket) {
    query.push(['host', host]);
    if (port !== '') query.push(['port', port]);
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== '' && !notInQuery.has(name)) query.push([name, value]);
  }
  const credentials = user === '' ? '' : `${encode(user)}@`;
  const address = socket ? '' : `${encodeHost(host)}${port === '' ? '' : `:${encode(port)}`}`;
  const options = query.map(([name, value]) => `${name}=${encode(value)}`).join('&');
  return `postgresql://${credentials}${address}/${encode(dbname)}${options === '' ? '' : `?${options}`}`;
}

/** Percent-encoded so that no shell sees anything in it either. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function encodeHost(host: string): string {
  return host.includes(':') ? `[${encode(host).replaceAll('%3A', ':')}]` : encode(host);
}
