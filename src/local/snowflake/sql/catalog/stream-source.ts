import type { Position } from '../ast.ts';
import { streamBaseDropped, streamStale } from '../errors.ts';
import type { StreamOffset } from '../history/streams.ts';
import type { Catalog } from './catalog.ts';
import { nameOf, type CatalogDocument, type RelationEntry, type StreamEntry } from './model.ts';
import { allows, privilegesOn } from './privileges.ts';
import { quotedName, type FullName } from './resolution.ts';

const day = 24 * 60 * 60 * 1000;

export interface StreamSource {
  /** What it is called now. */
  readonly name: FullName;
  readonly relation: RelationEntry;
}

/** What a stream is on; undefined where that, or a table below it, is gone or was made anew. */
export function findStreamSource(stream: StreamEntry, catalog: Catalog): StreamSource | undefined {
  const relation = catalog.relation(stream.source.id);
  if (relation === undefined || stream.tables.some((id) => catalog.relation(id) === undefined)) return undefined;
  return { name: nameOf(relation, catalog.current), relation };
}

/**
 * What a stream is on, for a role that reads it. Throws 91901 where it is gone, or where the role may not read it, which an account does not
 * tell apart; and for a stale stream.
 */
export function readableStreamSource(
  stream: StreamEntry,
  offset: StreamOffset,
  catalog: Catalog,
  role: string,
  now: Date,
  position: Position,
): StreamSource {
  const source = findStreamSource(stream, catalog);
  if (source === undefined || !mayRead(source, catalog.current, role)) {
    throw streamBaseDropped(quotedName(stream.source.name), stream.name, position);
  }
  if (staleAfter(stream, offset, catalog) < now.getTime()) throw streamStale(stream.name);
  return source;
}

function mayRead({ name, relation }: StreamSource, catalog: CatalogDocument, role: string): boolean {
  return (
    relation.session !== null || allows(privilegesOn(catalog, role, relation.kind, name, relation.owner), 'SELECT')
  );
}

/**
 * Until when the stream must be consumed, in ms since the epoch: the greater of its table's retention and the most that it may be extended for
 * a stream, after it was last consumed (user-guide/streams-intro, "Data retention period and staleness").
 */
export function staleAfter(stream: StreamEntry, offset: StreamOffset, catalog: Catalog): number {
  const days = stream.tables.flatMap((id) => {
    const table = catalog.relation(id);
    return table === undefined ? [] : [Math.max(table.retention, table.extension)];
  });
  return offset.usedAt + Math.min(...days, 90) * day;
}
