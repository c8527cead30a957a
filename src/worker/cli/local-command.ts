import type { ExitCode } from '../../sync-core/errors.ts';
import { SyncError } from '../../sync-core/errors.ts';
import {
  localStart,
  localState,
  localStop,
  type LocalArguments,
  type LocalStartArguments,
  type LocalStartOutcome,
} from '../commands/local.ts';
import { localStopDocument } from '../documents/local-documents.ts';
import type { CliRun } from './cli-run.ts';

/** What `local start --json` prints: all that a client needs, and nothing else. */
export interface LocalStartDocument {
  readonly postgres: { readonly url: string };
  readonly snowflake?: {
    readonly accessUrl: string;
    readonly account: string;
    readonly user: string;
    readonly password: string;
  };
}

export async function runLocalStart(
  { context, output, reporter }: CliRun,
  options: LocalStartArguments,
): Promise<ExitCode> {
  const started = await localStart(context, options);
  reporter.close();
  if (output.json) output.document(localStartDocument(started));
  else output.text(formatStarted(started, options));
  return 0;
}

export function localStartDocument({ postgres, snowflake }: LocalStartOutcome): LocalStartDocument {
  if (snowflake === undefined) return { postgres: { url: postgres.url } };
  const { accessUrl, account, user, password } = snowflake;
  return { postgres: { url: postgres.url }, snowflake: { accessUrl, account, user, password } };
}

export async function runLocalStop({ context, output }: CliRun, options: LocalArguments): Promise<ExitCode> {
  const { postgres, snowflake } = await localStop(context, options);
  const names = [...(postgres ? ['PostGIS'] : []), ...(snowflake ? ['the Snowflake stand-in'] : [])];
  if (output.json) output.document(localStopDocument({ postgres, snowflake }));
  else output.text(names.length === 0 ? 'Nothing was running.' : `Stopped ${names.join(' and ')}.`);
  return 0;
}

export async function runLocalStatus(
  { context, output }: CliRun,
  { password, ...options }: LocalArguments & { readonly password: boolean },
): Promise<ExitCode> {
  const { home, postgres, snowflake } = await localState(context, options);
  if (password) {
    if (snowflake.state !== 'running') throw notRunning(home);
    output.text(snowflake.password);
  } else if (output.json) {
    output.document({ status: 'success', home, postgres, snowflake });
  } else {
    output.text(
      [
        `data       ${home}`,
        `PostGIS    ${postgres.state === 'running' ? `${postgres.url} (PostgreSQL ${postgres.version}, PostGIS ${postgres.postgisVersion})` : postgres.state}`,
        `Snowflake  ${snowflake.state === 'running' ? `${snowflake.accessUrl} (account ${snowflake.account}, user ${snowflake.user})` : snowflake.state}`,
      ].join('\n'),
    );
  }
  return 0;
}

function notRunning(home: string): SyncError<'local.failed'> {
  return new SyncError('local.failed', `The Snowflake stand-in of ${home} does not run.`, {
    remedy: 'Start it with `snowmelt local start --with-snowflake`.',
  });
}

function formatStarted(
  { postgres, snowflake, alreadyRunning }: LocalStartOutcome,
  { dataDir }: LocalArguments,
): string {
  const flag = dataDir === undefined ? '' : ` --data-dir ${dataDir}`;
  const lines = [
    ...(alreadyRunning ? ['Everything was running already.'] : []),
    `PostGIS    ${postgres.url} (PostgreSQL ${postgres.version}, PostGIS ${postgres.postgisVersion})`,
  ];
  if (snowflake !== undefined) {
    const database = snowflake.database === undefined ? '' : `, database ${snowflake.database}`;
    lines.push(
      `Snowflake  ${snowflake.accessUrl} (account ${snowflake.account}, user ${snowflake.user}${database})`,
      `           its password: snowmelt local status --password${flag}`,
      `           a configuration for it: snowmelt init --sample${flag}`,
    );
  }
  lines.push(`Stop with \`snowmelt local stop${flag}\`.`);
  return lines.join('\n');
}
