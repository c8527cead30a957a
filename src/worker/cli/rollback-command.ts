import type { ExitCode } from '../../sync-core/errors.ts';
import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import { rollback, type RollbackArguments, type RollbackOutcome } from '../commands/rollback.ts';
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

/** What `rollback --json` prints. */
export function rollbackDocument({ table, target, relation, run, restored, generation, rows, ms }: RollbackOutcome): {
  readonly status: 'success';
  readonly table: string;
  readonly target: string;
  readonly relation: string;
  readonly run: string;
  /** The generation that was gone back to. */
  readonly restored: number;
  /** The number under which it is live now. */
  readonly generation: number;
  readonly rows: number;
  readonly seconds: number;
} {
  return {
    status: 'success',
    table,
    target,
    relation: displayRelation(relation),
    run,
    restored,
    generation,
    rows,
    seconds: ms / 1_000,
  };
}

export function formatRollback(outcome: RollbackOutcome, style: Style): string {
  const { table, target, restored, generation, rows, ms } = outcome;
  return (
    `${style.green('rolled back')} ${style.bold(table)} in ${target}: generation ${restored} is live again, ` +
    `as generation ${generation}, with ${formatRows(rows)}; took ${formatDuration(ms)}`
  );
}
