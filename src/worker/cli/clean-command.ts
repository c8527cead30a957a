import type { ExitCode } from '../../sync-core/errors.ts';
import type { Leftover } from '../../sync-core/ledger/leftovers.ts';
import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import { clean, type CleanArguments, type CleanOutcome } from '../commands/clean.ts';
import { bytesOf, cleanDocument } from '../documents/clean-document.ts';
import type { CliRun } from './cli-run.ts';
import { formatBytes } from '../protocol/figures.ts';
import type { Style } from './style.ts';

export async function runClean({ context, output, reporter }: CliRun, selection: CleanArguments): Promise<ExitCode> {
  const outcome = await clean(context, selection);
  reporter.close();
  const document = cleanDocument(outcome, selection.dryRun);
  if (output.json) output.document(document);
  else output.text(formatClean(outcome, selection.dryRun, output.style));
  return document.status === 'failed' ? 1 : 0;
}

export function formatClean({ target, removed, left }: CleanOutcome, dryRun: boolean, style: Style): string {
  if (removed.length === 0 && left.length === 0) return `There is nothing to remove in ${target}.`;
  const verb = dryRun ? 'would remove' : 'removed';
  const sum = formatBytes(bytesOf(removed));
  return [
    ...removed.map((leftover) => `${style.green(verb)} ${describe(leftover)}, ${formatBytes(leftover.bytes)}`),
    ...left.map((leftover) => `${style.yellow('left')} ${describe(leftover)}: ${leftover.reason}`),
    `${dryRun ? `${sum} would be freed` : `Freed ${sum}`} in ${target}.`,
  ].join('\n');
}

function describe({ kind, table, relation, run, generation }: Leftover): string {
  const name = displayRelation(relation);
  return kind === 'generation'
    ? `generation ${generation ?? '?'} of ${table}, ${name}`
    : `the staging table of run ${run ?? '?'} of ${table}, ${name}`;
}
