import { formatConnectionUrl } from '../../sync-core/postgres/connection-string.ts';
import { targetConnectionParameters } from '../../sync-core/postgres/connection-options.ts';
import { runningUrl } from './connections.ts';
import type { CommandContext } from './context.ts';
import { openProject } from './open-project.ts';

export interface ConnectionStringOutcome {
  readonly target: string;
  /** libpq's URL, without a password. */
  readonly url: string;
}

/**
 * How a target is reached by other programs. Connects to nothing and starts nothing.
 *
 * @throws SyncError `connection.invalid`; `local.failed`, with the reason `not-running`, for an embedded PostGIS that does not run: where it
 * can be reached is known only then.
 */
export async function connectionString(
  context: CommandContext,
  selection: { readonly config?: string | undefined; readonly target?: string | undefined },
): Promise<ConnectionStringOutcome> {
  const { target } = await openProject(context, { ...selection, tables: [] });
  if (target.kind === 'embedded') {
    return { target: target.name, url: `${await runningUrl(context, target)}?sslmode=disable` };
  }
  const parameters = await targetConnectionParameters(target, context.host);
  return { target: target.name, url: formatConnectionUrl(parameters) };
}
