import { dirname, join, resolve } from 'node:path';
import { loadConfig, tablesOf, targetOf } from '../../sync-core/config/load-config.ts';
import type { ResolvedConfig, TableConfig, TargetConfig } from '../../sync-core/config/resolved.ts';
import { SyncError } from '../../sync-core/errors.ts';
import type { CommandContext, Selection } from './context.ts';

/** The name that a configuration has where nobody names another. */
export const configFileName = 'snowmelt.json';

/** A configuration, and what of it a command is about. */
export interface Project {
  readonly config: ResolvedConfig;
  readonly target: TargetConfig;
  readonly tables: readonly TableConfig[];
}

/** @throws SyncError `config.notFound`, `config.invalid`, or `usage` for a target or table that the file does not have. */
export async function openProject(context: CommandContext, selection: Selection): Promise<Project> {
  const file = await findConfigFile(context, selection.config);
  const config = loadConfig(await readConfigFile(context, file), file);
  return { config, target: targetOf(config, selection.target), tables: tablesOf(config, selection.tables) };
}

/**
 * The configuration's absolute path: the one that was named, or `snowmelt.json` of the working folder or the nearest one above it.
 *
 * @throws SyncError `config.notFound`.
 */
export async function findConfigFile(context: CommandContext, named: string | undefined): Promise<string> {
  const { host, workingDir } = context;
  if (named !== undefined) {
    const path = resolve(workingDir, named);
    const status = await host.files.status(path);
    if (status?.kind === 'directory') return join(path, configFileName);
    if (status !== undefined) return path;
    throw new SyncError('config.notFound', `There is no configuration ${path}.`, {
      remedy: 'Correct --config, or write a new configuration with `snowmelt init --config FILE`.',
    });
  }
  const found = await lookUpwards(context);
  if (found !== undefined) return found;
  throw new SyncError('config.notFound', `There is no ${configFileName} in ${workingDir} or in a folder above it.`, {
    remedy: `Write one with \`snowmelt init\`, or name one with --config FILE.`,
  });
}

/** The nearest `snowmelt.json` from the working folder upwards. */
export async function lookUpwards({ host, workingDir }: CommandContext): Promise<string | undefined> {
  for (let folder = resolve(workingDir); ; folder = dirname(folder)) {
    const path = join(folder, configFileName);
    if ((await host.files.status(path))?.kind === 'file') return path;
    if (dirname(folder) === folder) return undefined;
  }
}

/** @throws SyncError `config.notFound`. */
export async function readConfigFile({ host }: CommandContext, file: string): Promise<string> {
  try {
    return await host.files.read(file);
  } catch (error) {
    throw new SyncError('config.notFound', `The configuration ${file} cannot be read.`, { cause: error });
  }
}
