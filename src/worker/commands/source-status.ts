import type { TableConfig } from '../../sync-core/config/resolved.ts';
import type { SyncEnvironment } from '../../sync-core/environment.ts';
import { liveTokens } from '../../sync-core/ledger/live-tokens.ts';
import { sourceStatus as readSourceStatus, type SourceOutcome } from '../../sync-core/source-status.ts';
import { syncEnvironment } from './connections.ts';
import type { CommandContext, Selection } from './context.ts';
import { openProject } from './open-project.ts';

export interface SourceStatusArguments extends Selection {
  /** Counts the rows of views and queries too, which runs them. */
  readonly exact: boolean;
}

export interface SourceStatusOutcome {
  readonly target: string;
  readonly tables: readonly SourceOutcome[];
}

/** Sessions of it are told from those of a run by this. */
const tag = 'snowmelt:source-status';

/**
 * How the sources of the selected tables stand in Snowflake, and whether they have changed since the target's live rows were fetched.
 * Writes nothing on either side. What is wrong with one source is in its place; a connection that cannot be had, or is lost, ends it all.
 *
 * @throws SyncError.
 */
export async function sourceStatus(
  context: CommandContext,
  selection: SourceStatusArguments,
): Promise<SourceStatusOutcome> {
  const { config, target, tables } = await openProject(context, selection);
  const environment = await syncEnvironment(context, config, target);
  return { target: target.name, tables: await sourcesOf(environment, tables, selection) };
}

/** As {@link sourceStatus}, where the settings of both sides have been obtained already. */
export async function sourcesOf(
  { connectPostgres, connectSnowflake, signal }: SyncEnvironment,
  tables: readonly TableConfig[],
  options: { readonly exact: boolean },
): Promise<readonly SourceOutcome[]> {
  const postgres = await connectPostgres({ applicationName: tag, signal });
  const tokens = await liveTokens(postgres, tables).finally(() => postgres.close());
  const snowflake = await connectSnowflake({ queryTag: tag, signal });
  return readSourceStatus(snowflake, tables, tokens, options).finally(() => snowflake.close());
}
