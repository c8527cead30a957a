import type { TableConfig } from '../../sync-core/config/resolved.ts';
import { describeTable as describe, type TableDescription } from '../../sync-core/describe-table.ts';
import { connectTarget } from './connections.ts';
import type { CommandContext } from './context.ts';
import { openProject } from './open-project.ts';

export interface DescribeTableArguments {
  readonly config?: string | undefined;
  readonly target?: string | undefined;
  /** Its name in the configuration. */
  readonly table: string;
}

export interface DescribeTableOutcome extends TableDescription {
  readonly target: string;
}

/**
 * What one table consists of in its target. Does not ask Snowflake and writes nothing.
 *
 * @throws SyncError.
 */
export async function describeTable(
  context: CommandContext,
  { config, target: named, table: name }: DescribeTableArguments,
): Promise<DescribeTableOutcome> {
  const { target, tables } = await openProject(context, { config, target: named, tables: [name] });
  const [table] = tables as readonly [TableConfig];
  const connect = await connectTarget(context, target);
  const session = await connect({ applicationName: 'snowmelt:describe', signal: context.signal });
  try {
    return { target: target.name, ...(await describe(session, table)) };
  } finally {
    await session.close();
  }
}
