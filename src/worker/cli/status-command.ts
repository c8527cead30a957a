import type { ExitCode } from '../../sync-core/errors.ts';
import { status, type StatusArguments } from '../commands/status.ts';
import { statusDocument } from '../documents/status-document.ts';
import type { CliRun } from './cli-run.ts';
import { exitCodeOfAll } from './exit-code.ts';
import { formatStatus } from './status-text.ts';

export async function runStatus({ context, output, reporter }: CliRun, selection: StatusArguments): Promise<ExitCode> {
  const outcome = await status(context, selection);
  reporter.close();
  if (output.json) output.document(statusDocument(outcome));
  else output.text(formatStatus(outcome, Date.now(), output.style));
  const { sources = [] } = outcome;
  return exitCodeOfAll(sources.flatMap((source) => (source.status === 'failed' ? [source.error] : [])));
}
