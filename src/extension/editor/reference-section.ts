/** Headings of docs/configuration.md, by the setting that they explain. */
const sections: ReadonlySet<string> = new Set([
  'source',
  'targets',
  'embedded',
  'role',
  'tables',
  'defaults',
  'columns',
  'computed',
  'indexes',
  'incremental',
]);

const secrets: ReadonlySet<string> = new Set([
  'password',
  'privateKey',
  'privateKeyPass',
  'token',
  'passcode',
  'oauthClientSecret',
  'proxyPassword',
]);

/** The innermost setting of a path that the reference has a section for, and the anchor of that section. */
export function referenceOf(path: readonly (string | number)[]): { readonly setting: string; readonly anchor: string } {
  const named = path.filter((part) => typeof part === 'string');
  const setting = named.at(-1) ?? 'configuration';
  if (path.some((_, depth) => isSecret(path.slice(0, depth + 1)))) return { setting, anchor: 'a-secret' };
  const section = named.findLast((name, depth) => sections.has(name) && !isFreeName(named, depth));
  return { setting, anchor: section ?? 'top-level' };
}

/** Whether a path is that of a secret. */
export function isSecret(path: readonly (string | number)[]): boolean {
  const depth = path[0] === 'source' ? 2 : path[0] === 'targets' ? 3 : 0;
  return path.length === depth && secrets.has(String(path[depth - 1]));
}

/** Names that people choose may be those of sections too. */
function isFreeName(path: readonly string[], depth: number): boolean {
  const parent = path[depth - 1];
  return depth === 1 && (parent === 'tables' || parent === 'targets');
}
