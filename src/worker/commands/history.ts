import { runHistory, type RunRecord, type RunStatus } from '../../sync-core/ledger/run-history.ts';
import { connectTarget } from './connections.ts';
import type { CommandContext, Selection } from './context.ts';
import { findLedgers } from './find-ledgers.ts';
import { openProject } from './open-project.ts';

export interface HistoryArguments extends Selection {
  /** The most runs to return. */
  readonly limit: number;
  /** Only runs that ended, or stand, like this. */
  readonly status?: RunStatus | undefined;
  /** Only runs that began then or later. */
  readonly since?: Date | undefined;
}

export interface HistoryOutcome {
  readonly target: string;
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** False where nothing was ever synced into this database. */
  readonly ledger: boolean;
}

/**
 * The latest runs of the selected tables; of every table in the ledger, also of those that the configuration no longer has,
 * where none is named.
 *
 * @throws SyncError.
 */
export async function history(context: CommandContext, selection: HistoryArguments): Promise<HistoryOutcome> {
  const { config, target, tables } = await openProject(context, selection);
  const connect = await connectTarget(context, target);
  const session = await connect({ applicationName: 'snowmelt:history', signal: context.signal });
  try {
    const named = selection.tables.length > 0;
    const ledgers = await findLedgers(session, named ? tables : [...config.tables.values()]);
    const filter = {
      limit: selection.limit,
      ...(named && { tables: tables.map(({ name }) => name) }),
      ...(selection.status !== undefined && { status: selection.status }),
      ...(selection.since !== undefined && { since: selection.since }),
    };
    const runs: RunRecord[] = [];
    for (const ledger of ledgers) runs.push(...(await runHistory(session, ledger, context.identity, filter)));
    runs.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
    return { target: target.name, runs: runs.slice(0, selection.limit), ledger: ledgers.length > 0 };
  } finally {
    await session.close();
  }
}
