import type { RelationName } from '../config/resolved.ts';

/** The longest identifier that Postgres keeps whole (NAMEDATALEN - 1), in bytes. */
export const longestIdentifierBytes = 63;

/** The name in double quotes, which Postgres reads back exactly. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The relation's name, both parts quoted. */
export function quoteRelation(relation: RelationName): string {
  return `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`;
}

/** A string constant that reads the same whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** The name as people write it: quoted only where its characters ask for it. */
export function displayIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name);
}

/** The relation as people write it: quoted only where it must be. */
export function displayRelation(relation: RelationName): string {
  return `${displayIdentifier(relation.schema)}.${displayIdentifier(relation.name)}`;
}

/**
 * `base` with `suffix` after it, `base` cut at a character so that the whole fits an identifier.
 * Postgres would cut the end, which is the part that tells two names apart.
 */
export function suffixedIdentifier(base: string, suffix: string): string {
  const room = longestIdentifierBytes - Buffer.byteLength(suffix);
  let cut = base;
  while (cut !== '' && Buffer.byteLength(cut) > room) cut = cut.slice(0, -1);
  // A cut through a surrogate pair leaves a lone half, which is no character.
  return cut.replace(/[\uD800-\uDBFF]$/, '') + suffix;
}
