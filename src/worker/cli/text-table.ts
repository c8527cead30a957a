export interface TextColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Rows in columns as wide as their widest cell, two spaces apart, titles first; nothing after the last cell of a line. */
export function formatTextTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  title: (text: string) => string = (text) => text,
): string {
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        const width = widths[index] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [title(line(columns.map((column) => column.title))), ...rows.map(line)].join('\n');
}
