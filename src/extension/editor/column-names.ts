/**
 * How column names of Snowflake, of Postgres and of the configuration become each other. The worker has the same rules
 * (test/unit/editor-column-names.test.ts holds these to them); they are here because completion cannot wait for it.
 */

/** The column of Postgres that a name in the configuration means: folded to lower case unless it is in double quotes. */
export function targetColumn(written: string): string {
  const quoted = /^"((?:[^"]|"")+)"$/.exec(written);
  if (quoted?.[1] !== undefined) return quoted[1].replaceAll('""', '"');
  return isPlain(written) ? written.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : written;
}

/** How the configuration writes a column of Postgres, so that {@link targetColumn} gives it back. */
export function writtenTargetColumn(name: string): string {
  return targetColumn(name) === name ? name : `"${name.replaceAll('"', '""')}"`;
}

/** The column of Postgres that a column of Snowflake becomes where the configuration does not rename it. */
export function defaultTargetColumn(sourceColumn: string): string {
  return /^[A-Z_][A-Z0-9_$]*$/.test(sourceColumn) ? sourceColumn.toLowerCase() : sourceColumn;
}

/** The column among `names` that the configuration means by `written`: the very same, or the same but for case. */
export function matchingSourceColumn<T extends { readonly name: string }>(
  written: string,
  columns: readonly T[],
): T | undefined {
  const folded = written.toLowerCase();
  return columns.find(({ name }) => name === written) ?? columns.find(({ name }) => name.toLowerCase() === folded);
}

function isPlain(name: string): boolean {
  return /^[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*$/.test(name);
}
