import type { ExitCode } from '../../sync-core/errors.ts';
import { init, type InitArguments } from '../commands/init.ts';
import { initDocument } from '../documents/init-document.ts';
import type { CliRun } from './cli-run.ts';

export async function runInit({ context, output, reporter }: CliRun, options: InitArguments): Promise<ExitCode> {
  const outcome = await init(context, options);
  reporter.close();
  if (output.json) {
    output.document(initDocument(outcome));
  } else {
    const next = options.sample ? 'Next:' : 'Next: name your tables in it, then';
    output.text(
      [`Wrote ${outcome.file}.`, next, '  snowmelt plan     what a sync would do', '  snowmelt sync     do it'].join(
        '\n',
      ),
    );
  }
  return 0;
}
