import type { ExitCode } from '../../sync-core/errors.ts';
import { plan } from '../commands/plan.ts';
import type { Selection } from '../commands/context.ts';
import type { CliRun } from './cli-run.ts';
import { exitCodeOfAll } from './exit-code.ts';
import { planDocument, plansDocument } from '../documents/plan-document.ts';
import { formatPlan } from './plan-text.ts';

export async function runPlan({ context, output, reporter }: CliRun, selection: Selection): Promise<ExitCode> {
  const outcome = await plan(context, selection);
  reporter.close();
  if (output.json) {
    output.document(plansDocument(outcome));
  } else {
    for (const [index, table] of outcome.tables.entries()) {
      if (index > 0) output.text('');
      if (table.status === 'failed') output.note(output.formatFailure(table.error));
      else output.text(formatPlan(planDocument(table.plan), outcome.target, output.style, { sql: output.verbose }));
    }
  }
  return exitCodeOfAll(outcome.tables.flatMap((table) => (table.status === 'failed' ? [table.error] : [])));
}
