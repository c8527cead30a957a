import { formatNumberOf } from './format.ts';
import type { TableState } from './model/target-state.ts';

/** How the tables of a window stand, in a few words and in a line for each that is not fresh. */
export interface TablesSummary {
  readonly text: string;
  readonly detail: string;
}

/** Undefined while nothing is known of any: what was not looked at is neither fresh nor stale. */
export function tablesSummary(tables: readonly TableState[]): TablesSummary | undefined {
  const known = tables.filter(({ staleness }) => staleness.kind !== 'unknown');
  if (known.length === 0) return undefined;
  const behind = known.filter(({ staleness }) => staleness.kind !== 'fresh');
  if (behind.length === 0) {
    return { text: 'fresh', detail: `${formatNumberOf(known.length, 'cache table is', 'cache tables are')} fresh` };
  }
  const missing = behind.filter(({ staleness }) => staleness.kind === 'missing').length;
  const stale = behind.length - missing;
  const counts = [stale > 0 && `${stale} stale`, missing > 0 && `${missing} not synced yet`];
  const lines = behind.map(({ table, staleness }) => `${table.name}: ${staleness.reasons.join(' ')}`);
  return {
    text: counts.filter((part) => part !== false).join(', '),
    detail: [`${formatNumberOf(behind.length, 'cache table needs', 'cache tables need')} a sync`, ...lines].join('\n'),
  };
}
