import type { TableConfig } from '../../sync-core/config/resolved.ts';
import { rollbackTable, type RollbackResult } from '../../sync-core/rollback.ts';
import { targetEnvironment } from './connections.ts';
import type { CommandContext } from './context.ts';
import { openProject } from './open-project.ts';

export interface RollbackArguments {
  readonly config?: string | undefined;
  readonly target?: string | undefined;
  readonly table: string;
  /** The generation to go back to; undefined for the one before the live one. */
  readonly to?: number | undefined;
}

export interface RollbackOutcome extends RollbackResult {
  readonly target: string;
  readonly relation: TableConfig['target'];
}

/**
 * Brings an earlier generation of one table back. Does not ask Snowflake, and needs none of its secrets.
 *
 * @throws SyncError; `rollback.unavailable` where that generation is not kept.
 */
export async function rollback(context: CommandContext, args: RollbackArguments): Promise<RollbackOutcome> {
  const { config, target, table: name, to } = { ...args };
  const project = await openProject(context, { config, target, tables: [name] });
  const [table] = project.tables as readonly [TableConfig];
  const environment = await targetEnvironment(context, project.target);
  const result = await rollbackTable(environment, table, to);
  return { target: project.target.name, relation: table.target, ...result };
}
