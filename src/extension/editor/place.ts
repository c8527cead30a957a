import { getLocation, type Location } from 'jsonc-parser';
import type { Span } from './config-outline.ts';

/**
 * What a place in a configuration's text takes. `sourceObject`: a name of Snowflake; `sourceColumn`: a column of the table's
 * source; `targetColumn`: one of the table in Postgres; `typedColumn`: the same, without the computed ones; `target`: the name
 * of a target that there is; `table`: a name for a table.
 */
export type PlaceKind = 'sourceObject' | 'sourceColumn' | 'targetColumn' | 'typedColumn' | 'target' | 'table';

export interface Place {
  readonly kind: PlaceKind;
  readonly path: readonly (string | number)[];
  /** The table that the place is in; undefined for `target`. */
  readonly table: string | undefined;
  /** What stands between the quotes; undefined where no string was begun yet. */
  readonly inside: Span | undefined;
  /** Whether it is the name of a property. */
  readonly isKey: boolean;
}

/** What can stand at a place of a text, in UTF-16 code units; undefined where that is nothing that has to be looked up. */
export function placeAt(text: string, offset: number): Place | undefined {
  const location = getLocation(text, offset);
  const kind = kindOf(location);
  if (kind === undefined) return undefined;
  const { path, previousNode, isAtPropertyKey } = location;
  const table = path[0] === 'tables' && typeof path[1] === 'string' ? path[1] : undefined;
  if (previousNode?.type !== 'string' && previousNode?.type !== 'property') {
    // A value of another kind, or none yet.
    return previousNode === undefined ? { kind, path, table, inside: undefined, isKey: isAtPropertyKey } : undefined;
  }
  const inside = insideOf(text, previousNode);
  if (offset < inside.offset || offset > inside.offset + inside.length) return undefined;
  return { kind, path, table, inside, isKey: isAtPropertyKey };
}

function kindOf({ path, isAtPropertyKey }: Location): PlaceKind | undefined {
  if (path[0] === 'defaultTarget' && path.length === 1 && !isAtPropertyKey) return 'target';
  if (path[0] !== 'tables') return undefined;
  const [, , setting, second, third] = path;
  if (isAtPropertyKey) {
    if (path.length === 2) return 'table';
    if (setting !== 'columns' || path.length !== 5) return undefined;
    return second === 'rename' ? 'sourceColumn' : second === 'types' ? 'typedColumn' : undefined;
  }
  switch (setting) {
    case 'source':
      return path.length === 3 ? 'sourceObject' : undefined;
    case 'key':
      return path.length === 4 ? 'targetColumn' : undefined;
    case 'columns':
      return second === 'exclude' && path.length === 5 ? 'sourceColumn' : undefined;
    case 'indexes':
      return isIndexColumn(path.slice(4), third) ? 'targetColumn' : undefined;
    case undefined:
    default:
      return undefined;
  }
}

/** `below` is the path below the index itself. */
function isIndexColumn(below: readonly (string | number)[], setting: string | number | undefined): boolean {
  if (below.length === 0) return true;
  if (setting === 'include') return below.length === 2;
  return setting === 'columns' && (below.length === 2 || (below.length === 3 && below[2] === 'column'));
}

/** Between the quotes; up to the end of the line where the closing one is missing. */
function insideOf(text: string, { offset, length }: Span): Span {
  const raw = text.slice(offset, offset + length);
  const isClosed = raw.length > 1 && /(?<!\\)(?:\\\\)*"$/.test(raw.slice(1));
  return { offset: offset + 1, length: Math.max(length - (isClosed ? 2 : 1), 0) };
}
