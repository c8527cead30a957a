import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import type { SourceRange } from '../errors.ts';
import { TextPositions } from './text-position.ts';

/** Where the name of each table stands in the text of a configuration that has no errors, quotes included. */
export function tableRanges(text: string): ReadonlyMap<string, SourceRange> {
  const tree = parseTree(text.replace(/^\uFEFF/, ' '), [], { allowTrailingComma: true });
  const tables = tree === undefined ? undefined : findNodeAtLocation(tree, ['tables']);
  const positions = new TextPositions(text);
  const ranges = new Map<string, SourceRange>();
  for (const { children } of tables?.children ?? []) {
    const key = children?.[0];
    if (key !== undefined) ranges.set(String(key.value), positions.range(key.offset, key.length));
  }
  return ranges;
}
