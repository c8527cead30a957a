import type { TableConfig } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import { displayRelation } from '../postgres/identifiers.ts';
import type { Relation } from '../postgres/relation.ts';

export type StrategyName = 'rename' | 'merge' | 'truncate';

/** A choice and why it was made. */
export interface Choice<T extends string> {
  readonly choice: T;
  readonly reason: string;
}

/**
 * How the rows become live. `auto` renames unless something depends on the very relation; then it merges by key, or, without a key,
 * truncates.
 * @throws SyncError `target.incompatible` when the strategy that is asked for cannot work, naming what is in its way.
 */
export function chooseStrategy(config: TableConfig, live: Relation | null): Choice<StrategyName> {
  if (live === null) return { choice: 'rename', reason: 'the table does not exist yet' };
  const pins = pinsOf(live);
  const pinned = pins.join(', ');
  const name = displayRelation(config.target);
  switch (config.strategy) {
    case 'rename':
      if (pins.length === 0) return { choice: 'rename', reason: 'asked for' };
      throw new SyncError(
        'target.incompatible',
        `${name} cannot be swapped by renaming: ${pinned} would stay with the old table.`,
        {
          table: config.name,
          remedy: 'Set "strategy" to "auto" or "merge".',
        },
      );
    case 'merge':
      requireKey(config, 'merge');
      return { choice: 'merge', reason: 'asked for' };
    case 'truncate': {
      const references = live.pins.filter((pin) => /^constraint .* on table /.test(pin));
      if (references.length === 0) return { choice: 'truncate', reason: 'asked for' };
      throw new SyncError(
        'target.incompatible',
        `${name} cannot be truncated: ${references.join(', ')} refers to it.`,
        {
          table: config.name,
          remedy: 'Set "strategy" to "merge".',
        },
      );
    }
    case 'auto':
      if (pins.length === 0) return { choice: 'rename', reason: 'nothing else depends on the very table' };
      if (config.key.length > 0) return { choice: 'merge', reason: `a rename would strand ${pinned}` };
      return { choice: 'truncate', reason: `a rename would strand ${pinned}, and there is no key to merge by` };
  }
}

/** What a rename would leave behind. A view of another owner cannot be rebound by this role. */
function pinsOf(live: Relation): readonly string[] {
  const foreignViews = live.views.filter(({ direct, owned }) => direct && !owned);
  return [...live.pins, ...foreignViews.map((view) => `view ${displayRelation(view)} of ${view.owner}`)];
}

function requireKey(config: TableConfig, strategy: string): void {
  if (config.key.length > 0) return;
  throw new SyncError('target.incompatible', `${config.name}: "strategy": "${strategy}" needs a "key".`, {
    table: config.name,
    remedy: 'Name the columns that identify a row.',
  });
}
