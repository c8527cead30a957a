import type { Loose } from './loose.ts';
import type { RelationName } from './resolved.ts';
import type { TableDefaultsJson, TableJson } from './snowmelt-json.ts';
import { parsePostgresName } from './sql-name.ts';

/** The schema of relations for which the file names none. */
export const defaultSchema = 'public';

/**
 * The relation that a table of the file is kept in: `target`, or else the table's name, in its own schema, or else that of
 * `schema`, of the defaults, `public`.
 */
export function relationOf(
  name: string,
  table: Loose<TableJson>,
  defaults: Loose<TableDefaultsJson>,
): RelationName | { readonly problem: string } {
  const written = table.target ?? name;
  const parsed = parsePostgresName(written);
  if ('problem' in parsed)
    return { problem: `${JSON.stringify(written)} is not the name of a relation: ${parsed.problem}.` };
  const [first = '', second, ...more] = parsed.parts;
  if (more.length > 0) return { problem: `${JSON.stringify(written)} has more parts than schema.table.` };
  if (second === undefined) return { schema: schemaOf(table.schema ?? defaults.schema), name: first };
  if (table.schema !== undefined && schemaOf(table.schema) !== first) {
    return { problem: `${JSON.stringify(written)} names the schema ${first}, and "schema" another one.` };
  }
  return { schema: first, name: second };
}

function schemaOf(written: string | undefined): string {
  const parsed = parsePostgresName(written ?? defaultSchema);
  return 'parts' in parsed ? (parsed.parts[0] ?? defaultSchema) : defaultSchema;
}
