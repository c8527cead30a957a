import { createHash } from 'node:crypto';
import type { TableConfig } from './resolved.ts';

/**
 * A fingerprint of what decides the rows and columns of a table: SHA-256, in lower-case hexadecimal, of its canonical JSON.
 * Where, when and how they are brought over (target, indexes, strategy, timeouts, guards) is not in it, so that a change of
 * those does not make an offset or a comparison of the last run worthless.
 */
export function configHash(table: TableConfig): string {
  const { source, key, columns, computed, geography, onUnrepresentable } = table;
  const content = {
    source,
    key,
    columns: { ...columns, exclude: [...columns.exclude].sort() },
    computed,
    geography,
    onUnrepresentable,
  };
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** JSON in which members are sorted by name, so that equal values have equal texts. Members that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}
