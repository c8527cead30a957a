import type { TableState } from '../model/target-state.ts';
import { formatNumberOf } from '../format.ts';

/** A number on the view, and what it counts. */
export interface Badge {
  readonly value: number;
  readonly tooltip: string;
}

/** How many tables are not what a sync would make of them; undefined where none is, as far as is known. */
export function staleBadge(tables: readonly TableState[]): Badge | undefined {
  const count = (kind: TableState['staleness']['kind']): number =>
    tables.filter(({ staleness }) => staleness.kind === kind).length;
  const stale = count('stale');
  const drifted = count('drifted');
  if (stale + drifted === 0) return undefined;
  const parts = [
    stale > 0 && `${formatNumberOf(stale, 'cache table is', 'cache tables are')} stale`,
    drifted > 0 && `${formatNumberOf(drifted, 'cache table has', 'cache tables have')} drifted`,
  ].filter((part) => part !== false);
  return { value: stale + drifted, tooltip: parts.join(', ') };
}
