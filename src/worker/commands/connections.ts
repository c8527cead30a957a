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
import { localStart, localState } from './local.ts';

/** Opens sessions in a target. Whoever opens one closes it. */
export type ConnectPostgres = (options: SessionOptions) => Promise<PostgresSession>;

/**
 * How a target is connected to: its password obtained once, the embedded PostGIS started where it does not run and the caller does not
 * only look.
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

/** How the embedded PostGIS of a target is reached. Where it is started, it goes on when this process ends. */
async function embeddedOptions(context: CommandContext, target: EmbeddedTarget): Promise<PostgresConnectionOptions> {
  const url = context.lookOnly === true ? await runningUrl(context, target) : await startedUrl(context, target);
  return postgresConnectionOptions({ url, sslmode: 'disable' }, withoutEnvironment(context.host));
}

/**
 * The URL of the embedded PostGIS of a target, which starts nothing.
 *
 * @throws SyncError `local.failed`, with the reason `not-running`, where it does not run.
 */
export async function runningUrl(context: CommandContext, { name, dataDir }: EmbeddedTarget): Promise<string> {
  const { home, postgres } = await localState(context, { dataDir });
  if (postgres.state === 'running') return postgres.url;
  const flag = dataDir === undefined ? '' : ` --data-dir ${home}`;
  const busy = postgres.state === 'busy';
  throw new SyncError(
    'local.failed',
    `The embedded PostGIS of ${name} ${busy ? 'is being started' : 'is not running'}.`,
    {
      target: name,
      remedy: busy ? 'Wait until it runs.' : `Start it, as \`snowmelt local start${flag}\` does.`,
      details: { reason: 'not-running', home },
    },
  );
}

async function startedUrl(context: CommandContext, { dataDir, port }: EmbeddedTarget): Promise<string> {
  const parts = { withSnowflake: false, empty: true, reset: false };
  const { home, postgres, alreadyRunning } = await localStart(context, { ...parts, dataDir, port });
  if (!alreadyRunning) {
    const flag = dataDir === undefined ? '' : ` --data-dir ${home}`;
    context.onNotice({
      kind: 'info',
      message: `Started the embedded PostGIS (${postgres.url}). It keeps running; stop it with \`snowmelt local stop${flag}\`.`,
    });
  }
  return postgres.url;
}

/** The `PG*` variables of the user are about another server. */
function withoutEnvironment(host: HostAccess): HostAccess {
  return { ...host, env: {} };
}
