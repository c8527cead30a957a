import type { SourceOutcome } from '../../sync-core/source-status.ts';
import { targetStatus, type TargetStatus } from '../../sync-core/status.ts';
import { syncEnvironment, targetEnvironment } from './connections.ts';
import type { CommandContext, Selection } from './context.ts';
import { openProject } from './open-project.ts';
import { sourcesOf } from './source-status.ts';

export interface StatusArguments extends Selection {
  /** Counts the rows in place of the planner's estimate. */
  readonly exact: boolean;
  /** Asks Snowflake how the sources stand, too. */
  readonly source: boolean;
}

export interface StatusOutcome extends TargetStatus {
  readonly target: string;
  /** In the order of the tables; absent where Snowflake was not asked. */
  readonly sources?: readonly SourceOutcome[];
}

/**
 * How the selected tables stand in the target, and where it is asked for in Snowflake. Writes nothing.
 *
 * @throws SyncError.
 */
export async function status(context: CommandContext, selection: StatusArguments): Promise<StatusOutcome> {
  const { config, target, tables } = await openProject(context, selection);
  const environment = selection.source
    ? await syncEnvironment(context, config, target)
    : await targetEnvironment(context, target);
  const { exact, source } = selection;
  const session = await environment.connectPostgres({ applicationName: 'snowmelt:status', signal: context.signal });
  const found = await targetStatus(session, context.identity, tables, { exact }).finally(() => session.close());
  return {
    target: target.name,
    ...found,
    ...(source && { sources: await sourcesOf(environment, tables, { exact }) }),
  };
}
