import type { ExitCode } from '../../sync-core/errors.ts';
import { history, type HistoryArguments } from '../commands/history.ts';
import { historyDocument } from '../documents/history-document.ts';
import type { CliRun } from './cli-run.ts';
import { formatHistory } from './history-text.ts';

export async function runHistory(
  { context, output, reporter }: CliRun,
  selection: HistoryArguments,
): Promise<ExitCode> {
  const outcome = await history(context, selection);
  reporter.close();
  if (output.json) output.document(historyDocument(outcome));
  else output.text(formatHistory(outcome, output.style));
  return 0;
}
