import { varchar } from '../types/data-type.ts';
import type { Source } from './scope.ts';
import type { OutputColumn, Typed } from './typed.ts';

/**
 * A column that tells the rows of a table or query apart, where their changes are looked for; no query can name it, and `*` leaves
 * it out. In Postgres it is text.
 */
export const rowIdentity: OutputColumn = { name: '\0ROW_ID', type: varchar(), nullable: false };

export function isHidden({ name }: { readonly name: string }): boolean {
  return name.startsWith('\0');
}

/** A joined row is told by the rows that it is made of. */
export function joinedIdentity(sources: readonly Source[]): Typed {
  const ids = sources.flatMap(({ columns }) => columns.filter(({ name }) => name === rowIdentity.name));
  const sql = `concat_ws('/', ${ids.map((id) => id.sql).join(', ')})`;
  return { sql, type: rowIdentity.type, nullable: false };
}
