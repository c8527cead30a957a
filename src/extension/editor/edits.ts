import { applyEdits, type Edit, findNodeAtLocation, modify, parseTree } from 'jsonc-parser';

/** How the text is indented. */
export interface Indentation {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
  readonly eol: string;
}

/** A replacement in a text, in UTF-16 code units. Several are of the same text and do not overlap. */
export type TextReplacement = Edit;

/** Adds an index to the end of a table's `indexes`. Comments stay, and the rest of the text as it is. */
export function addIndex(
  text: string,
  table: string,
  index: { readonly columns: readonly string[]; readonly method: string },
  indentation: Indentation,
): TextReplacement[] {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const indexes = root && findNodeAtLocation(root, ['tables', table, 'indexes']);
  const written = `{ "columns": [${index.columns.map((column) => JSON.stringify(column)).join(', ')}], "method": ${JSON.stringify(index.method)} }`;
  if (indexes?.type === 'array') return [appendItem(text, indexes, written)];
  const value = { columns: index.columns, method: index.method };
  return modify(text, ['tables', table, 'indexes'], [value], options(indentation));
}

/** Sets the value at a path, and the objects around it that are missing. */
export function setValue(
  text: string,
  path: readonly (string | number)[],
  value: unknown,
  indentation: Indentation,
): TextReplacement[] {
  return modify(text, [...path], value, options(indentation));
}

/** The text with replacements made. */
export function replaced(text: string, replacements: TextReplacement[]): string {
  return applyEdits(text, replacements);
}

/** After the last item, in its line or in a line of its own as the items before it. */
function appendItem(
  text: string,
  list: { readonly offset: number; readonly length: number; readonly children?: { offset: number; length: number }[] },
  item: string,
): TextReplacement {
  const last = list.children?.at(-1);
  if (last === undefined) return { offset: list.offset + 1, length: 0, content: item };
  const end = last.offset + last.length;
  const before = text.slice(text.lastIndexOf('\n', last.offset) + 1, last.offset);
  const isOnOwnLine = before.trim() === '';
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return { offset: end, length: 0, content: `,${isOnOwnLine ? newline + before : ' '}${item}` };
}

function options({ tabSize, insertSpaces, eol }: Indentation): Parameters<typeof modify>[3] {
  return { formattingOptions: { tabSize, insertSpaces, eol }, isArrayInsertion: false };
}
