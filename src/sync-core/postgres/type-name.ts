/** A type as `format_type` prints it, taken apart. */
export interface PostgresTypeName {
  /** Unquoted; null for a type that needs no schema under `search_path = pg_catalog`. */
  readonly schema: string | null;
  /** `numeric`, `timestamp without time zone`, `geometry`, `real[]`. */
  readonly name: string;
  /** What is in parentheses: `10` and `2` of `numeric(10,2)`. */
  readonly modifiers: readonly string[];
}

/** Takes apart what `format_type` prints. A name in quotes keeps them off: `"My Type"` is `My Type`. */
export function parsePostgresType(text: string): PostgresTypeName {
  const [, quoted, plain, rest = text] = /^(?:"((?:[^"]|"")+)"\.|(\w+)\.)?(.*)$/s.exec(text) ?? [];
  const [, name = rest, modifiers, suffix = ''] = /^([^(]+)\(([^)]*)\)(.*)$/s.exec(rest) ?? [];
  return {
    schema: quoted?.replaceAll('""', '"') ?? plain ?? null,
    name: `${name}${suffix}`.replace(/^"(.*)"$/s, '$1'),
    modifiers: modifiers?.split(',').map((modifier) => modifier.trim()) ?? [],
  };
}
