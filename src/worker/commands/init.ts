import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SyncError } from '../../sync-core/errors.ts';
import { configTemplate } from './config-template.ts';
import type { CommandContext } from './context.ts';
import { configFileName } from './open-project.ts';

export interface InitArguments {
  /** Where to write; undefined for `snowmelt.json` in the working folder. */
  readonly config?: string | undefined;
  readonly force: boolean;
}

export interface InitOutcome {
  /** Absolute. */
  readonly file: string;
  /** What to do now, a line each. */
  readonly next: readonly string[];
}

/**
 * Writes a commented configuration, and the folder that it is in where that is missing.
 *
 * @throws SyncError `usage` where the file is there already and `force` is not set, or cannot be written.
 */
export async function init(context: CommandContext, { config, force }: InitArguments): Promise<InitOutcome> {
  const file = resolve(context.workingDir, config ?? configFileName);
  await writeConfig(file, configTemplate, force);
  return {
    file,
    next: [
      'Next: name your tables in it, then',
      '  snowmelt plan     what a sync would do',
      '  snowmelt sync     do it',
    ],
  };
}

export async function writeConfig(file: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new SyncError('usage', `${file} exists already.`, {
        cause: error,
        remedy: 'Overwrite it with --force, or write another one with --config FILE.',
      });
    }
    throw new SyncError('usage', `${file} cannot be written.`, { cause: error });
  }
}
