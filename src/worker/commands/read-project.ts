import { parseConfig } from '../../sync-core/config/parse-config.ts';
import { resolveConfig } from '../../sync-core/config/resolve-config.ts';
import type { ResolvedConfig } from '../../sync-core/config/resolved.ts';
import type { ConfigProblem } from '../../sync-core/errors.ts';
import type { CommandContext } from './context.ts';
import { readConfigFile } from './open-project.ts';

/** A configuration with its text. */
export interface ProjectText {
  readonly file: string;
  readonly text: string;
  readonly problems: readonly ConfigProblem[];
  /** Undefined where there is an error among the problems. */
  readonly config: ResolvedConfig | undefined;
}

/**
 * Reads a configuration. Connects to nothing and runs no command; what is wrong with it is part of the answer.
 *
 * @param file its absolute path.
 * @param text what to read in place of the file's content; then the file need not be there.
 * @throws SyncError `config.notFound` where the file cannot be read.
 */
export async function readProject(
  context: CommandContext,
  file: string,
  text: string | undefined,
): Promise<ProjectText> {
  const read = text ?? (await readConfigFile(context, file));
  const { config, problems } = parseConfig(read);
  return { file, text: read, problems, config: config === undefined ? undefined : resolveConfig(config, file) };
}
