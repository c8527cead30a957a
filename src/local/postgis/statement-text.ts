/** An identifier as PostgreSQL reads it: quoted as it stands, else in lower case. */
function identifier(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
}

const identifierPattern = String.raw`("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`;

/**
 * A lone statement about what a connection has of its own only because the server keeps it apart: its prepared
 * statements have other names in the backend, and the user and settings that it began with are not the backend's defaults.
 */
export type SessionStatement =
  | { readonly kind: 'discard-all' }
  | { readonly kind: 'reset-all' }
  | { readonly kind: 'reset-authorization' }
  | { readonly kind: 'deallocate-all' }
  | { readonly kind: 'deallocate'; readonly name: string };

const discardAll = /^\s*discard\s+all\s*;?\s*$/i;
const resetAll = /^\s*reset\s+all\s*;?\s*$/i;
const resetAuthorization = /^\s*(?:reset\s+session\s+authorization|set\s+session\s+authorization\s+default)\s*;?\s*$/i;
const deallocateAll = /^\s*deallocate\s+(?:prepare\s+)?all\s*;?\s*$/i;
const deallocate = new RegExp(String.raw`^\s*deallocate\s+(?:prepare\s+)?${identifierPattern}\s*;?\s*$`, 'iu');

/** Recognises DISCARD ALL, RESET ALL, RESET SESSION AUTHORIZATION and DEALLOCATE where they are all that a query says. */
export function sessionStatement(sql: string): SessionStatement | undefined {
  if (sql.length > 1000) return undefined;
  if (discardAll.test(sql)) return { kind: 'discard-all' };
  if (resetAll.test(sql)) return { kind: 'reset-all' };
  if (resetAuthorization.test(sql)) return { kind: 'reset-authorization' };
  if (deallocateAll.test(sql)) return { kind: 'deallocate-all' };
  const name = deallocate.exec(sql)?.[1];
  return name === undefined ? undefined : { kind: 'deallocate', name: identifier(name) };
}

const listen = new RegExp(String.raw`\b(un)?listen\s+(?:(\*)|${identifierPattern})`, 'giu');

/** What LISTEN and UNLISTEN in a query change in a set of channels, in order; the `*` of `UNLISTEN *` is every channel. */
export function listenChanges(sql: string): { readonly listens: boolean; readonly channel: string }[] {
  return [...sql.matchAll(listen)].map(([, un, all, channel]) => ({
    listens: un === undefined,
    channel: all ?? identifier(channel ?? ''),
  }));
}

const prepare = new RegExp(String.raw`\b(prepare|deallocate(?:\s+prepare)?)\s+${identifierPattern}`, 'giu');

/** What PREPARE and DEALLOCATE in a query change in a set of the statements that were prepared by SQL, in order. */
export function preparedChanges(sql: string): { readonly prepares: boolean; readonly name: string }[] {
  return [...sql.matchAll(prepare)].map(([, verb = '', name = '']) => ({
    prepares: /^prepare$/i.test(verb),
    name: identifier(name),
  }));
}

/** Whether a query may make temporary relations, which belong to the one backend rather than to a connection. */
export function mayUseTemporary(sql: string): boolean {
  return /\btemp(?:orary)?\b/i.test(sql);
}
