import { resolve } from 'node:path';
import {
  localStatus,
  startLocal,
  stopLocal,
  type LocalEnvironment,
  type LocalStatus,
  type LocalStep,
} from '../../local/local-environment.ts';
import type { CommandContext } from './context.ts';
import { snowmeltHome } from './data-folder.ts';
import { localFailure } from './local-failure.ts';

export interface LocalArguments {
  /** The folder that the local parts are kept in; undefined for {@link snowmeltHome}. */
  readonly dataDir?: string | undefined;
}

export interface LocalStartArguments extends LocalArguments {
  /** The Snowflake stand-in too, with sample data unless `empty`. */
  readonly withSnowflake: boolean;
  readonly empty: boolean;
  /** Deletes what the stand-in holds, first. */
  readonly reset: boolean;
  readonly scale?: number | undefined;
  readonly seed?: number | undefined;
  readonly port?: number | undefined;
  readonly snowflakePort?: number | undefined;
  readonly statementLog?: string | undefined;
}

export interface LocalStartOutcome extends LocalEnvironment {
  /** Absolute. */
  readonly home: string;
}

/**
 * Starts the local parts where they do not run; they go on when this process ends.
 *
 * @throws SyncError `local.failed`, `usage` for an impossible size, `cancelled`: then what was started is stopped again.
 */
export async function localStart(context: CommandContext, options: LocalStartArguments): Promise<LocalStartOutcome> {
  const { dataDir, statementLog, ...rest } = options;
  const home = localHome(context, dataDir);
  try {
    const environment = await startLocal({
      ...rest,
      home,
      statementLog: statementLog === undefined ? undefined : resolve(context.workingDir, statementLog),
      signal: context.signal,
      onProgress: (step) => {
        if (step.step !== 'ready') context.onNotice({ kind: 'progress', message: describeLocalStep(step) });
      },
    });
    return { home, ...environment };
  } catch (error) {
    throw localFailure(error, context.signal);
  }
}

/** Stops what runs of the local parts; their data stays. @returns which were running. */
export async function localStop(
  context: CommandContext,
  { dataDir }: LocalArguments,
): Promise<{ readonly postgres: boolean; readonly snowflake: boolean }> {
  return stopLocal(localHome(context, dataDir));
}

/** Which of the local parts run, and how they are reached. */
export async function localState(
  context: CommandContext,
  { dataDir }: LocalArguments,
): Promise<LocalStatus & { readonly home: string }> {
  const home = localHome(context, dataDir);
  return { home, ...(await localStatus(home)) };
}

export function localHome({ host, workingDir }: CommandContext, dataDir: string | undefined): string {
  return resolve(workingDir, dataDir ?? snowmeltHome(host));
}

function describeLocalStep(step: LocalStep): string {
  const part = step.part === 'postgres' ? 'PostGIS' : 'Snowflake stand-in';
  if (step.step === 'filling-table') return `${part}: filling ${step.table} with ${step.rows} rows …`;
  return `${part}: ${step.step.replaceAll('-', ' ')} …`;
}
