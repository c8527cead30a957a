import type { ResolvedConfig, TargetConfig } from '../../sync-core/config/resolved.ts';
import { currentSession } from '../../sync-core/snowflake/current-session.ts';
import { snowflakeConnectionOptions } from '../../sync-core/snowflake/connection-options.ts';
import { SnowflakeSession } from '../../sync-core/snowflake/session.ts';
import { connectTarget } from './connections.ts';
import type { CommandContext } from './context.ts';
import { openProject } from './open-project.ts';

export interface TestConnectionArguments {
  readonly config?: string | undefined;
  readonly target?: string | undefined;
  /** `source` is Snowflake. */
  readonly side: 'source' | 'target';
}

/** What answered. */
export interface TestConnectionOutcome {
  readonly side: 'source' | 'target';
  /** Name of the target, or description of the source. */
  readonly name: string;
  readonly user: string;
  /** Snowflake's, or PostgreSQL's. */
  readonly version: string;
  /** Null where it is not installed, and for Snowflake. */
  readonly postgisVersion: string | null;
  readonly role: string | null;
  readonly warehouse: string | null;
  readonly database: string | null;
  /** From the first packet to the answer of a query. */
  readonly ms: number;
}

const tag = 'snowmelt:connection-test';

/**
 * Logs in, asks one question and logs out. Starts nothing: an embedded PostGIS that does not run is an error.
 *
 * @throws SyncError of the settings, secrets and connection; `local.failed` with the reason `not-running`.
 */
export async function testConnection(
  context: CommandContext,
  { side, ...selection }: TestConnectionArguments,
): Promise<TestConnectionOutcome> {
  const { config, target } = await openProject(context, { ...selection, tables: [] });
  return side === 'source' ? testSource(context, config) : testTarget({ ...context, lookOnly: true }, target);
}

async function testSource(context: CommandContext, { source }: ResolvedConfig): Promise<TestConnectionOutcome> {
  const { options, description, warnings } = await snowflakeConnectionOptions(source, context.host, context.secrets);
  for (const message of warnings) context.onNotice({ kind: 'warning', message });
  await SnowflakeSession.prepare();
  const startedAt = performance.now();
  const session = await SnowflakeSession.open(options, { queryTag: tag, signal: context.signal });
  try {
    const { version, user, role, warehouse, database } = await currentSession(session);
    const ms = Math.round(performance.now() - startedAt);
    return { side: 'source', name: description, user, version, postgisVersion: null, role, warehouse, database, ms };
  } finally {
    await session.close();
  }
}

async function testTarget(context: CommandContext, target: TargetConfig): Promise<TestConnectionOutcome> {
  const connect = await connectTarget(context, target);
  const startedAt = performance.now();
  // Opening a session asks the server what it is.
  const session = await connect({ applicationName: tag, signal: context.signal });
  try {
    const { version, role: user, database, postgisVersion } = session.server;
    const ms = Math.round(performance.now() - startedAt);
    const name = target.name;
    const numbers = `${Math.floor(version / 10_000)}.${version % 10_000}`;
    return { side: 'target', name, user, version: numbers, postgisVersion, role: null, warehouse: null, database, ms };
  } finally {
    await session.close();
  }
}
