import type { SourceItem } from '../../worker/protocol/protocol.ts';
import type { ConfigOutline, Span, TableOutline } from './config-outline.ts';
import { targetColumnsOf } from './table-columns.ts';

/** A geospatial column that no index of the configuration finds by its place. */
export interface MissingSpatialIndex {
  readonly table: TableOutline;
  /** As Postgres has it. */
  readonly column: string;
  readonly type: string;
  /** What to mark: the computed column's name, or the table's. */
  readonly span: Span;
}

/** Index methods that find geometries by their bounding boxes. */
const spatialMethods: readonly string[] = ['gist', 'spgist', 'brin'];

/**
 * The geospatial columns of all tables that no index is over: computed ones, those that the configuration gives such a type,
 * and those that have one in Snowflake.
 *
 * @param sourceOf the columns of a table's source, as far as they are known.
 */
export function missingSpatialIndexes(
  outline: ConfigOutline,
  sourceOf: (table: TableOutline) => readonly SourceItem[],
): MissingSpatialIndex[] {
  return outline.tables.flatMap((table) => {
    const indexed = new Set(
      table.indexes.filter(({ method }) => spatialMethods.includes(method)).flatMap(({ columns }) => columns),
    );
    const candidates = new Map<string, string>();
    for (const { name, type, source } of targetColumnsOf(table, sourceOf(table), [])) {
      candidates.set(name, type ?? typeFromSource(source?.type, table.geography));
    }
    for (const [name, type] of table.columns.types) candidates.set(name, type);
    return [...candidates]
      .filter(([name, type]) => isGeospatial(type) && !indexed.has(name))
      .map(([column, type]) => ({
        table,
        column,
        type,
        span: table.computed.find(({ name }) => name === column)?.span ?? table.span,
      }));
  });
}

function isGeospatial(type: string): boolean {
  return /^\s*(?:\w+\.)?(?:geometry|geography)\b/i.test(type);
}

function typeFromSource(type: string | null | undefined, geography: 'geometry' | 'geography'): string {
  const name = type?.toUpperCase() ?? '';
  if (name.startsWith('GEOGRAPHY')) return geography;
  return name.startsWith('GEOMETRY') ? 'geometry' : '';
}
