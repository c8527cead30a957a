import type { ExitCode } from '../../sync-core/errors.ts';
import { rollback, type RollbackArguments, type RollbackOutcome } from '../commands/rollback.ts';
import { rollbackDocument } from '../documents/rollback-document.ts';
import type { CliRun } from './cli-run.ts';
import { formatDuration, formatRows } from '../protocol/figures.ts';
import type { Style } from './style.ts';

export async function runRollback(
  { context, output, reporter }: CliRun,
  selection: RollbackArguments,
): Promise<ExitCode> {
  const outcome = await rollback(context, selection);
  reporter.close();
  if (output.json) output.document(rollbackDocument(outcome));
  else output.text(formatRollback(outcome, output.style));
  return 0;
}

export function formatRollback(outcome: RollbackOutcome, style: Style): string {
  const { table, target, restored, generation, rows, ms } = outcome;
  return (
    `${style.green('rolled back')} ${style.bold(table)} in ${target}: generation ${restored} is live again, ` +
    `as generation ${generation}, with ${formatRows(rows)}; took ${formatDuration(ms)}`
  );
}
