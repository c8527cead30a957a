import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SyncError } from '../../sync-core/errors.ts';
import { configTemplate } from './config-template.ts';
import type { CommandContext } from './context.ts';
import { localStart } from './local.ts';
import { configFileName } from './open-project.ts';
import { sampleConfig } from './sample-config.ts';

export interface InitArguments {
  /** Where to write; undefined for `snowmelt.json` in the working folder. */
  readonly config?: string | undefined;
  /** For the sample data of the local parts, which are started where they do not run. */
  readonly sample: boolean;
  /** The folder of the local parts; undefined for the default one. */
  readonly dataDir?: string | undefined;
  readonly force: boolean;
}

export interface InitOutcome {
  /** Absolute. */
  readonly file: string;
}

/**
 * Writes a commented configuration, and the folder that it is in where that is missing.
 *
 * @throws SyncError `usage` where the file is there already and `force` is not set, or cannot be written; `local.failed`.
 */
export async function init(
  context: CommandContext,
  { config, sample, dataDir, force }: InitArguments,
): Promise<InitOutcome> {
  const file = resolve(context.workingDir, config ?? configFileName);
  if (!force && (await context.host.files.status(file)) !== undefined) throw existsAlready(file);
  await writeConfig(file, sample ? await configOfSample(context, dataDir) : configTemplate, force);
  return { file };
}

async function configOfSample(context: CommandContext, dataDir: string | undefined): Promise<string> {
  const { home, snowflake } = await localStart(context, { dataDir, withSnowflake: true, empty: false, reset: false });
  if (snowflake === undefined) throw new Error('the stand-in was not started although it was asked for');
  const { accessUrl, account, user } = snowflake;
  const folder = dataDir === undefined ? undefined : home;
  const flags = folder === undefined ? [] : ['--data-dir', folder];
  return sampleConfig({
    accessUrl,
    account,
    user,
    passwordCommand: ['snowmelt', 'local', 'status', '--password', ...flags],
    dataDir: folder,
  });
}

async function writeConfig(file: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw existsAlready(file, error);
    throw new SyncError('usage', `${file} cannot be written.`, { cause: error });
  }
}

function existsAlready(file: string, cause?: unknown): SyncError<'usage'> {
  return new SyncError('usage', `${file} exists already.`, {
    cause,
    remedy: 'Overwrite it with --force, or write another one with --config FILE.',
  });
}
