import { throwIfAborted } from '../../sync-core/abort.ts';
import type { TableConfig } from '../../sync-core/config/resolved.ts';
import { toSyncError, type SyncError } from '../../sync-core/errors.ts';
import { syncTable, type SyncOptions, type SyncResult } from '../../sync-core/sync.ts';
import { syncEnvironment } from './connections.ts';
import type { CommandContext, Selection } from './context.ts';
import { openProject, type Project } from './open-project.ts';

export interface SyncArguments extends Selection {
  /** Skips the guards against an empty or shrunken source. */
  readonly force: boolean;
  /** Brings all rows over, whatever mode is configured. */
  readonly full: boolean;
}

/** What became of one table. */
export type TableOutcome =
  | { readonly table: string; readonly status: 'success'; readonly result: SyncResult }
  | { readonly table: string; readonly status: 'failed'; readonly error: SyncError };

export interface SyncOutcome {
  readonly target: string;
  readonly tables: readonly TableOutcome[];
}

/**
 * Syncs the selected tables one after the other; a failure of one does not stop the others, a cancellation does. Failures
 * are in the outcome.
 *
 * @param onTable told of each table as soon as it has ended.
 * @throws SyncError for what concerns all of them: the configuration, settings and secrets of the connections.
 */
export async function sync(
  context: CommandContext,
  selection: SyncArguments,
  onTable: (outcome: TableOutcome) => void,
): Promise<SyncOutcome> {
  const { force, full } = selection;
  return syncProject(context, await openProject(context, selection), { force, full, onTable });
}

/** As {@link sync}, for a configuration that is open already. */
export async function syncProject(
  context: CommandContext,
  { config, target, tables }: Project,
  options: SyncOptions & { readonly onTable: (outcome: TableOutcome) => void },
): Promise<SyncOutcome> {
  const environment = await syncEnvironment(context, config, target);
  const outcomes: TableOutcome[] = [];
  for (const table of tables) {
    const outcome = await outcomeOf(table, target.name, () => syncTable(environment, table, options), context.signal);
    outcomes.push(outcome);
    options.onTable(outcome);
  }
  return { target: target.name, tables: outcomes };
}

async function outcomeOf(
  table: TableConfig,
  target: string,
  run: () => Promise<SyncResult>,
  signal: AbortSignal,
): Promise<TableOutcome> {
  try {
    throwIfAborted(signal);
    return { table: table.name, status: 'success', result: await run() };
  } catch (error) {
    return { table: table.name, status: 'failed', error: toSyncError(error, { table: table.name, target }) };
  }
}
