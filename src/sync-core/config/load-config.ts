import { SyncError } from '../errors.ts';
import { closest, didYouMean } from './did-you-mean.ts';
import { formatProblems } from './format-problems.ts';
import { parseConfig } from './parse-config.ts';
import { resolveConfig } from './resolve-config.ts';
import type { ResolvedConfig, TableConfig, TargetConfig } from './resolved.ts';

/**
 * The configuration that a text says, resolved.
 *
 * @param file its absolute path.
 * @throws SyncError `config.invalid` with all problems in its details, and as a compiler prints them in its message.
 */
export function loadConfig(text: string, file: string): ResolvedConfig {
  const { config, problems } = parseConfig(text);
  if (config !== undefined) return resolveConfig(config, file);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  throw new SyncError(
    'config.invalid',
    `${errors === 1 ? 'There is a problem' : `There are ${errors} problems`} in the configuration.\n${formatProblems(problems, text, { path: file })}`,
    { details: { file, problems }, remedy: 'Correct the file; docs/configuration.md describes every setting.' },
  );
}

/**
 * The tables of these names, in the order given, each once; all tables for no names.
 *
 * @throws SyncError `usage` for a name that is not in the file.
 */
export function tablesOf(config: ResolvedConfig, names: readonly string[]): TableConfig[] {
  if (names.length === 0) return [...config.tables.values()];
  return [...new Set(names)].map((name) => {
    const table = config.tables.get(name);
    if (table !== undefined) return table;
    throw unknownName('table', name, [...config.tables.keys()], config.file);
  });
}

/**
 * The target of this name; the default one for undefined.
 *
 * @throws SyncError `usage` for a name that is not in the file.
 */
export function targetOf(config: ResolvedConfig, name: string | undefined): TargetConfig {
  const wanted = name ?? config.defaultTarget;
  const target = config.targets.get(wanted);
  if (target !== undefined) return target;
  throw unknownName('target', wanted, [...config.targets.keys()], config.file);
}

function unknownName(
  kind: 'table' | 'target',
  name: string,
  known: readonly string[],
  file: string,
): SyncError<'usage'> {
  const list =
    known.length === 0 ? `It has no ${kind}s.` : `It has ${known.map((other) => JSON.stringify(other)).join(', ')}.`;
  return new SyncError(
    'usage',
    `There is no ${kind} ${JSON.stringify(name)} in ${file}. ${list}${didYouMean(closest(name, known))}`,
    { remedy: `Use one of these, or add ${JSON.stringify(name)} to the file.` },
  );
}
