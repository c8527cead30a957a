import type { ExitCode } from '../../sync-core/errors.ts';
import { sync, type SyncArguments, type TableOutcome } from '../commands/sync.ts';
import type { CliRun } from './cli-run.ts';
import { exitCodeOfAll } from './exit-code.ts';
import { syncDocument } from './sync-document.ts';
import { formatSynced, formatSyncTotal } from './sync-text.ts';

export async function runSync(run: CliRun, selection: SyncArguments): Promise<ExitCode> {
  const { context, output } = run;
  const outcome = await sync(context, selection, (table) => {
    printOutcome(run, table);
  });
  if (output.json) output.document(syncDocument(outcome));
  else if (outcome.tables.length > 1) output.text(formatSyncTotal(outcome));
  return exitCodeOfAll(outcome.tables.flatMap((table) => (table.status === 'failed' ? [table.error] : [])));
}

/** Says how a table ended, as soon as it has. */
export function printOutcome({ output, reporter }: CliRun, outcome: TableOutcome): void {
  if (output.json) return;
  reporter.print(() => {
    if (outcome.status === 'success') output.text(formatSynced(outcome, output.style));
    else output.note(output.formatFailure(outcome.error));
  });
}
