import type { DescribedColumn, SourceItem } from '../../worker/protocol/protocol.ts';
import { defaultTargetColumn, matchingSourceColumn } from './column-names.ts';
import type { TableOutline } from './config-outline.ts';

/** A column of a table in Postgres, as far as it is known. */
export interface TargetColumn {
  /** As Postgres has it. */
  readonly name: string;
  /** Undefined for a column that the source does not bring. */
  readonly source: { readonly name: string; readonly type: string | null } | undefined;
  /** The type in Postgres: that of the relation, or the one that the configuration gives. */
  readonly type: string | undefined;
  readonly isComputed: boolean;
}

/**
 * The columns that a table has or will have: what the source brings, by the names that they get, then the computed ones, then
 * what the relation has besides.
 *
 * @param described columns of the relation in Postgres; empty where that is not known.
 */
export function targetColumnsOf(
  table: TableOutline,
  source: readonly SourceItem[],
  described: readonly DescribedColumn[],
): TargetColumn[] {
  const excluded = new Set(table.columns.exclude.map((written) => matchingSourceColumn(written, source)?.name));
  const renamed = new Map(
    [...table.columns.rename].map(([written, to]) => [matchingSourceColumn(written, source)?.name, to]),
  );
  const typeOf = (name: string): string | undefined => described.find((column) => column.name === name)?.type;
  const columns = new Map<string, TargetColumn>();
  for (const { name, type } of source) {
    if (excluded.has(name)) continue;
    const target = renamed.get(name) ?? defaultTargetColumn(name);
    columns.set(target, {
      name: target,
      source: { name, type },
      type: typeOf(target) ?? table.columns.types.get(target),
      isComputed: false,
    });
  }
  for (const { name, type } of table.computed) {
    columns.set(name, { name, source: undefined, type: typeOf(name) ?? type, isComputed: true });
  }
  for (const { name, type, generated } of described) {
    if (!columns.has(name)) columns.set(name, { name, source: undefined, type, isComputed: generated });
  }
  return [...columns.values()];
}
