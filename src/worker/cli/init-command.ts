import type { ExitCode } from '../../sync-core/errors.ts';
import { init, type InitArguments } from '../commands/init.ts';
import type { CliRun } from './cli-run.ts';

export async function runInit({ context, output }: CliRun, options: InitArguments): Promise<ExitCode> {
  const { file, next } = await init(context, options);
  if (output.json) output.document({ status: 'success', file });
  else output.text([`Wrote ${file}.`, ...next].join('\n'));
  return 0;
}
