import { clean as cleanLedger, type CleanResult } from '../../sync-core/clean.ts';
import { connectTarget } from './connections.ts';
import type { CommandContext, Selection } from './context.ts';
import { findLedgers } from './find-ledgers.ts';
import { openProject } from './open-project.ts';

export interface CleanArguments extends Selection {
  /** The earlier generations too, which a rollback would need. */
  readonly generations: boolean;
  /** Only says what would be removed. */
  readonly dryRun: boolean;
}

export interface CleanOutcome extends CleanResult {
  readonly target: string;
}

/**
 * Removes what abandoned runs have left: of the selected tables, or of every table in the ledger, also of those that the configuration
 * no longer has, where none is named.
 *
 * @throws SyncError. What cannot be removed is in the outcome.
 */
export async function clean(context: CommandContext, selection: CleanArguments): Promise<CleanOutcome> {
  const { config, target, tables } = await openProject(context, selection);
  const connect = await connectTarget(context, target);
  const session = await connect({ applicationName: 'snowmelt:clean', signal: context.signal });
  try {
    const named = selection.tables.length > 0;
    const ledgers = await findLedgers(session, named ? tables : [...config.tables.values()]);
    const results: CleanResult[] = [];
    for (const ledger of ledgers) {
      results.push(
        await cleanLedger(session, ledger, context.identity, {
          relations: named ? tables.map((table) => table.target) : undefined,
          generations: selection.generations,
          dryRun: selection.dryRun,
        }),
      );
    }
    return {
      target: target.name,
      removed: results.flatMap(({ removed }) => removed),
      left: results.flatMap(({ left }) => left),
    };
  } finally {
    await session.close();
  }
}
