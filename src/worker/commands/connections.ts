import type { HostAccess } from '../../sync-core/config/host-access.ts';
import type { EmbeddedTarget, ResolvedConfig, TargetConfig } from '../../sync-core/config/resolved.ts';
import type { SyncEnvironment } from '../../sync-core/environment.ts';
import { SyncError } from '../../sync-core/errors.ts';
import {
  postgresConnectionOptions,
  targetConnectionOptions,
  type PostgresConnectionOptions,
} from '../../sync-core/postgres/connection-options.ts';
import { PostgresSession, type SessionOptions } from '../../sync-core/postgres/session.ts';
import { snowflakeConnectionOptions } from '../../sync-core/snowflake/connection-options.ts';
import { SnowflakeSession, type SnowflakeSessionOptions } from '../../sync-core/snowflake/session.ts';
import type { CommandContext } from './context.ts';
import { localStart } from './local.ts';

/** Opens sessions in a target. Whoever opens one closes it. */
export type ConnectPostgres = (options: SessionOptions) => Promise<PostgresSession>;

/**
 * How a target is connected to: its password obtained once, the embedded PostGIS started where it does not run.
 *
 * @throws SyncError `connection.invalid`, `secret.unavailable`, `local.failed`, `cancelled`.
 */
export async function connectTarget(context: CommandContext, target: TargetConfig): Promise<ConnectPostgres> {
  const options =
    target.kind === 'embedded'
      ? await embeddedOptions(context, target)
      : await targetConnectionOptions(target, context.host, context.secrets);
  for (const warning of options.warnings) context.onNotice({ kind: 'warning', message: warning });
  return (session) => PostgresSession.open(options, session);
}

/**
 * The environment of the pipeline for a target: both sides' settings and secrets obtained before anything is connected, so
 * that nobody is asked for a password in the middle of a run.
 *
 * @throws as {@link connectTarget}.
 */
export async function syncEnvironment(
  context: CommandContext,
  config: ResolvedConfig,
  target: TargetConfig,
): Promise<SyncEnvironment> {
  const source = await snowflakeConnectionOptions(config.source, context.host, context.secrets);
  for (const warning of source.warnings) context.onNotice({ kind: 'warning', message: warning });
  return {
    ...(await targetEnvironment(context, target)),
    connectSnowflake: (options: SnowflakeSessionOptions) => SnowflakeSession.open(source.options, options),
  };
}

/**
 * The environment of what is done in the target alone: Snowflake's settings and secrets are not asked for.
 *
 * @throws as {@link connectTarget}.
 */
export async function targetEnvironment(context: CommandContext, target: TargetConfig): Promise<SyncEnvironment> {
  return {
    target: target.name,
    identity: context.identity,
    connectPostgres: await connectTarget(context, target),
    connectSnowflake: () => Promise.reject(new SyncError('internal', 'This command does not connect to Snowflake.')),
    onEvent: context.onEvent,
    signal: context.signal,
  };
}

/** Starts the embedded PostGIS of a target where it does not run; it goes on when this process ends. */
async function embeddedOptions(
  context: CommandContext,
  { dataDir, port }: EmbeddedTarget,
): Promise<PostgresConnectionOptions> {
  const parts = { withSnowflake: false, empty: true, reset: false };
  const { home, postgres, alreadyRunning } = await localStart(context, { ...parts, dataDir, port });
  if (!alreadyRunning) {
    const flag = dataDir === undefined ? '' : ` --data-dir ${home}`;
    context.onNotice({
      kind: 'info',
      message: `Started the embedded PostGIS (${postgres.url}). It keeps running; stop it with \`snowmelt local stop${flag}\`.`,
    });
  }
  return postgresConnectionOptions({ url: postgres.url, sslmode: 'disable' }, withoutEnvironment(context.host));
}

/** The `PG*` variables of the user are about another server. */
function withoutEnvironment(host: HostAccess): HostAccess {
  return { ...host, env: {} };
}
