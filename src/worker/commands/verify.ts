import { throwIfAborted } from '../../sync-core/abort.ts';
import { SyncError, toSyncError } from '../../sync-core/errors.ts';
import { repairTable } from '../../sync-core/verify/repair-table.ts';
import type { Verification } from '../../sync-core/verify/verification.ts';
import { verifyTable, type VerifyOptions } from '../../sync-core/verify/verify-table.ts';
import { syncEnvironment } from './connections.ts';
import type { CommandContext, Selection } from './context.ts';
import { openProject } from './open-project.ts';

export interface VerifyArguments extends Selection, VerifyOptions {
  /** Makes the rows that differ equal to the source's; needs the level `diff`. */
  readonly repair: boolean;
}

/** What became of one table. */
export type VerifyTableOutcome =
  | { readonly table: string; readonly status: 'success'; readonly verification: Verification }
  | { readonly table: string; readonly status: 'failed'; readonly error: SyncError };

export interface VerifyOutcome {
  readonly target: string;
  readonly tables: readonly VerifyTableOutcome[];
}

/**
 * Compares the selected tables with their sources, one after the other. A difference is part of the outcome, and so is the failure
 * of one table, which does not stop the others.
 *
 * @param onTable told of each table as soon as it has ended.
 * @throws SyncError for what concerns all of them: the configuration, settings and secrets of the connections.
 */
export async function verify(
  context: CommandContext,
  args: VerifyArguments,
  onTable: (outcome: VerifyTableOutcome) => void,
): Promise<VerifyOutcome> {
  if (args.repair && args.level !== 'diff') {
    throw new SyncError('usage', 'A repair needs the rows that differ: the level must be diff.');
  }
  if (args.allColumns === true && args.level !== 'diff') {
    throw new SyncError('usage', 'Columns that cannot be hashed are compared row by row: the level must be diff.');
  }
  const { config, target, tables } = await openProject(context, args);
  const environment = await syncEnvironment(context, config, target);
  const outcomes: VerifyTableOutcome[] = [];
  for (const table of tables) {
    let outcome: VerifyTableOutcome;
    try {
      throwIfAborted(context.signal);
      const verification = await verifyTable(environment, table, args);
      const repaired =
        args.repair && verification.status === 'different' ? await repairTable(environment, table, args) : 0;
      outcome = { table: table.name, status: 'success', verification: { ...verification, repaired } };
    } catch (error) {
      const failure = toSyncError(error, { table: table.name, target: target.name });
      outcome = { table: table.name, status: 'failed', error: failure };
    }
    outcomes.push(outcome);
    onTable(outcome);
  }
  return { target: target.name, tables: outcomes };
}
