import type { ExitCode } from '../../sync-core/errors.ts';
import { verify, type VerifyArguments, type VerifyTableOutcome } from '../commands/verify.ts';
import type { CliRun } from './cli-run.ts';
import { exitCodeOfAll } from './exit-code.ts';
import { verifyDocument } from '../documents/verify-document.ts';
import { formatVerification } from './verify-text.ts';

const difference = 3;

export async function runVerify(run: CliRun, args: VerifyArguments): Promise<ExitCode> {
  const { context, output } = run;
  const outcome = await verify(context, args, (table) => {
    printVerification(run, table);
  });
  run.reporter.close();
  if (output.json) output.document(verifyDocument(outcome));
  const errors = outcome.tables.flatMap((table) => (table.status === 'failed' ? [table.error] : []));
  if (errors.length > 0) return exitCodeOfAll(errors);
  return outcome.tables.some((table) => table.status === 'success' && table.verification.status === 'different')
    ? difference
    : 0;
}

/** Says what came of a table, as soon as it is known. */
function printVerification({ output, reporter }: CliRun, outcome: VerifyTableOutcome): void {
  if (output.json) return;
  reporter.print(() => {
    if (outcome.status === 'success') output.text(formatVerification(outcome.verification, output.style));
    else output.note(output.formatFailure(outcome.error));
  });
}
