import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SyncError, type ExitCode } from '../../sync-core/errors.ts';
import { verify, type VerifyArguments, type VerifyTableOutcome } from '../commands/verify.ts';
import type { CliRun } from './cli-run.ts';
import { exitCodeOfAll } from './exit-code.ts';
import { verifyDocument } from '../documents/verify-document.ts';
import { verifyReport } from '../documents/verify-report.ts';
import { formatVerification } from './verify-text.ts';

const difference = 3;

export interface VerifyCommandArguments extends VerifyArguments {
  /** The file to write a report in Markdown to, from the working folder. */
  readonly report?: string | undefined;
}

export async function runVerify(run: CliRun, args: VerifyCommandArguments): Promise<ExitCode> {
  const { context, output } = run;
  const outcome = await verify(context, args, (table) => {
    printVerification(run, table);
  });
  run.reporter.close();
  const document = verifyDocument(outcome);
  if (output.json) output.document(document);
  if (args.report !== undefined) await writeReport(resolve(context.workingDir, args.report), verifyReport(document));
  const errors = outcome.tables.flatMap((table) => (table.status === 'failed' ? [table.error] : []));
  if (errors.length > 0) return exitCodeOfAll(errors);
  const differs = outcome.tables.some(
    (table) =>
      table.status === 'success' && table.verification.status === 'different' && table.verification.repaired === 0,
  );
  return differs ? difference : 0;
}

/** Says what came of a table, as soon as it is known. */
function printVerification({ output, reporter }: CliRun, outcome: VerifyTableOutcome): void {
  if (output.json) return;
  reporter.print(() => {
    if (outcome.status === 'success') output.text(formatVerification(outcome.verification, output.style));
    else output.note(output.formatFailure(outcome.error));
  });
}

async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new SyncError('usage', `The report could not be written to ${file}.`, {
      cause: error,
      remedy: 'Name a file in a folder that is there and that you may write to.',
    });
  }
}
