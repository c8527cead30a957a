import type { ExitCode } from '../../sync-core/errors.ts';
import { quoteIdentifier } from '../../sync-core/postgres/identifiers.ts';
import { roleTimeoutsDocument } from '../../sync-core/role-timeouts.ts';
import { timeouts, type TimeoutsArguments, type TimeoutsOutcome } from '../commands/timeouts.ts';
import type { CliRun } from './cli-run.ts';
import type { Style } from './style.ts';

export async function runTimeouts(
  { context, output, reporter }: CliRun,
  selection: TimeoutsArguments,
): Promise<ExitCode> {
  const outcome = await timeouts(context, selection);
  reporter.close();
  if (output.json) output.document(roleTimeoutsDocument(outcome.timeouts));
  else output.text(formatTimeouts(outcome, output.style));
  return outcome.timeouts.settings.every(({ correct }) => correct) ? 0 : 1;
}

export function formatTimeouts(outcome: TimeoutsOutcome, style: Style): string {
  const { target, database, timeouts: found, applied, statements } = outcome;
  const wrong = found.settings.filter(({ correct }) => !correct);
  const lines = [
    `${style.bold(found.role)} in ${target}`,
    ...found.settings.map(({ name, actual, expected, correct }) =>
      correct
        ? `  ${style.green('ok')}     ${name} = ${expected}`
        : `  ${style.red('wrong')}  ${name} = ${actual ?? 'not set'}, and should be ${expected}`,
    ),
    ...found.rowCounts.map(({ table, rows }) => `  ${table} row count: ${rows}`),
  ];
  if (applied && wrong.length === 0) lines.push('Applied; sessions that begin from now on have them.');
  if (applied && wrong.length > 0) {
    // ALTER ROLE has succeeded, so only a setting for this database alone can stand before it.
    const role = `${quoteIdentifier(found.role)} IN DATABASE ${quoteIdentifier(database)}`;
    lines.push(
      'Applied, but this database alone has another setting, which wins. Remove it:',
      ...wrong.map(({ name }) => `  ALTER ROLE ${role} RESET ${name};`),
    );
  }
  if (!applied && wrong.length > 0) {
    lines.push(
      'Set them with `snowmelt timeouts --apply`, or have an administrator run:',
      ...statements.map((statement) => `  ${statement};`),
    );
  }
  return lines.join('\n');
}
