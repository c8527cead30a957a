import { targetStatus, type TargetStatus } from '../../sync-core/status.ts';
import { connectTarget } from './connections.ts';
import type { CommandContext, Selection } from './context.ts';
import { openProject } from './open-project.ts';

export interface StatusArguments extends Selection {
  /** Counts the rows in place of the planner's estimate. */
  readonly exact: boolean;
}

export interface StatusOutcome extends TargetStatus {
  readonly target: string;
}

/**
 * How the selected tables stand in the target. Does not ask Snowflake and writes nothing.
 *
 * @throws SyncError.
 */
export async function status(context: CommandContext, selection: StatusArguments): Promise<StatusOutcome> {
  const { target, tables } = await openProject(context, selection);
  const connect = await connectTarget(context, target);
  const session = await connect({ applicationName: 'snowmelt:status', signal: context.signal });
  try {
    return {
      target: target.name,
      ...(await targetStatus(session, context.identity, tables, { exact: selection.exact })),
    };
  } finally {
    await session.close();
  }
}
