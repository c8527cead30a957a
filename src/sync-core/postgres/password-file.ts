import { posix, win32 } from 'node:path';
import type { HostAccess } from '../config/host-access.ts';

/** What a line of a password file has to match. */
export interface PasswordFileQuery {
  /** Host name or address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Folders where the servers of the usual packages have their sockets; password files call them `localhost`. */
export const defaultSocketFolders: readonly string[] = ['/var/run/postgresql', '/run/postgresql', '/tmp'];

/** libpq's folder for what belongs to a user: `~/.postgresql`, on Windows `%APPDATA%\postgresql`. */
export function userFolder(host: HostAccess): string {
  return host.platform === 'win32'
    ? win32.join(host.env.APPDATA ?? win32.join(host.homeDir, 'AppData', 'Roaming'), 'postgresql')
    : posix.join(host.homeDir, '.postgresql');
}

/** `~/.pgpass`, on Windows `%APPDATA%\postgresql\pgpass.conf`. */
export function defaultPasswordFile(host: HostAccess): string {
  return host.platform === 'win32' ? win32.join(userFolder(host), 'pgpass.conf') : posix.join(host.homeDir, '.pgpass');
}

/**
 * The password that a password file has, from its first line that matches. As libpq does, a file that others may read is
 * left alone, with a warning, and so is one that is not there, without.
 *
 * @see https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export async function passwordFromFile(
  path: string,
  query: PasswordFileQuery,
  host: HostAccess,
): Promise<{ readonly password?: string; readonly warning?: string }> {
  const status = await host.files.status(path);
  if (status === undefined) return {};
  if (status.kind !== 'file') return { warning: `The password file ${path} is not a plain file and was not read.` };
  if (status.mode !== undefined && (status.mode & 0o077) !== 0) {
    return { warning: `The password file ${path} can be read by others and was not read: run chmod 600 on it.` };
  }
  const password = findPassword(await host.files.read(path), query);
  return password === undefined ? {} : { password };
}

/** The password of the first line `host:port:database:user:password` that matches; undefined where none does. */
export function findPassword(text: string, query: PasswordFileQuery): string | undefined {
  const host = defaultSocketFolders.includes(query.host) ? 'localhost' : query.host;
  const wanted = [host, String(query.port), query.database, query.user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = splitLine(line);
    const password = fields[4];
    if (password === undefined || password === '') continue;
    if (wanted.every((value, index) => fields[index] === '*' || unescape(fields[index] ?? '') === value)) {
      return unescape(password);
    }
  }
  return undefined;
}

/** The first four fields as they are written, and the rest of the line up to a fifth colon as the password. */
function splitLine(line: string): string[] {
  return [...line.matchAll(/((?:\\.|[^:\\]|\\$)*)(?::|$)/g)].slice(0, 5).map((match) => match[1] ?? '');
}

function unescape(field: string): string {
  return field.replace(/\\(.)/g, '$1');
}
