import type { CanonicalText } from './canonical-text.ts';
import type { FloatColumn } from './float-bits.ts';

/** A column that is hashed. */
export interface HashedColumn {
  /** In the target. */
  readonly name: string;
  readonly text: CanonicalText;
}

/** The texts that one side hashes, each over a row of its own. */
export interface RowTexts {
  /** Of the key's columns; of a table without a key, the whole row. */
  readonly key: string;
  /** Of each group of the other columns, to go behind the key's text; of a table without a key, nothing. */
  readonly groups: readonly string[];
}

/** How rows are hashed on both sides. */
export interface HashedRow {
  /** Whether the table has a key. */
  readonly keyed: boolean;
  readonly source: RowTexts;
  readonly target: RowTexts;
  /** The columns of each group. */
  readonly groups: readonly (readonly string[])[];
  /** What Snowflake has to compute before the texts. */
  readonly floats: readonly FloatColumn[];
  /** The target database stores text as UTF-8. */
  readonly utf8: boolean;
}

/** Columns that share a hash in a checksum. */
const columnsOfGroup = 8;

/**
 * The texts of a row: its fields with a comma between them, in which no two different rows can be the same. NULL is `N`, which no
 * other field can be; a text that may hold any character has its number of bytes before it.
 * @param utf8 the target database stores text as UTF-8.
 */
export function hashedRow(
  key: readonly HashedColumn[],
  others: readonly HashedColumn[],
  { utf8 }: { readonly utf8: boolean },
): HashedRow {
  const groups: (readonly HashedColumn[])[] = [];
  // The columns of a row without a key hold together only by their common hash.
  if (key.length > 0) {
    for (let start = 0; start < others.length; start += columnsOfGroup)
      groups.push(others.slice(start, start + columnsOfGroup));
  }
  const first = key.length > 0 ? key : others;
  return {
    keyed: key.length > 0,
    source: { key: sourceRow(first), groups: groups.map((group) => `',' || ${sourceRow(group)}`) },
    target: { key: targetRow(first, utf8), groups: groups.map((group) => `',' || ${targetRow(group, utf8)}`) },
    groups:
      groups.length === 0 ? [first.map(({ name }) => name)] : groups.map((group) => group.map(({ name }) => name)),
    utf8,
    floats: [...key, ...others].flatMap(({ text }) => (text.float === null ? [] : [text.float])),
  };
}

function sourceRow(columns: readonly HashedColumn[]): string {
  return columns
    .map(({ text: { source, free } }) =>
      free ? `COALESCE(TO_VARCHAR(OCTET_LENGTH(${source})) || ':' || ${source}, 'N')` : `COALESCE(${source}, 'N')`,
    )
    .join(` || ',' || `);
}

function targetRow(columns: readonly HashedColumn[], utf8: boolean): string {
  const bytes = (text: string): string =>
    utf8 ? `octet_length(${text})` : `octet_length(convert_to(${text}, 'UTF8'))`;
  return columns
    .map(({ text: { target, free } }) =>
      free ? `COALESCE(${bytes(target)} || ':' || ${target}, 'N')` : `COALESCE(${target}, 'N')`,
    )
    .join(` || ',' || `);
}
