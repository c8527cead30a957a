import type { ExitCode } from '../../sync-core/errors.ts';
import type { LeftLeftover } from '../../sync-core/clean.ts';
import type { Leftover } from '../../sync-core/ledger/leftovers.ts';
import { displayRelation } from '../../sync-core/postgres/identifiers.ts';
import { clean, type CleanArguments, type CleanOutcome } from '../commands/clean.ts';
import type { CliRun } from './cli-run.ts';
import { formatBytes } from '../protocol/figures.ts';
import type { Style } from './style.ts';

export async function runClean({ context, output, reporter }: CliRun, selection: CleanArguments): Promise<ExitCode> {
  const outcome = await clean(context, selection);
  reporter.close();
  if (output.json) output.document(cleanDocument(outcome, selection.dryRun));
  else output.text(formatClean(outcome, selection.dryRun, output.style));
  return hasFailed(outcome) ? 1 : 0;
}

/** What a run holds is no failure: there is nothing to be cleaned of it yet. */
function hasFailed({ left }: CleanOutcome): boolean {
  return left.some(({ cause }) => cause === 'failed');
}

interface LeftoverDocument {
  readonly kind: Leftover['kind'];
  readonly table: string;
  readonly relation: string;
  readonly run: string | null;
  readonly generation: number | null;
  readonly bytes: number;
}

/** What `clean --json` prints. */
export interface CleanDocument {
  readonly status: 'success' | 'failed';
  readonly target: string;
  readonly dryRun: boolean;
  /** The sum of what is in `removed`. */
  readonly bytes: number;
  readonly removed: readonly LeftoverDocument[];
  readonly left: readonly (LeftoverDocument & Pick<LeftLeftover, 'cause' | 'reason'>)[];
}

export function cleanDocument(outcome: CleanOutcome, dryRun: boolean): CleanDocument {
  const { target, removed, left } = outcome;
  return {
    status: hasFailed(outcome) ? 'failed' : 'success',
    target,
    dryRun,
    bytes: bytesOf(removed),
    removed: removed.map(leftoverDocument),
    left: left.map((leftover) => ({
      ...leftoverDocument(leftover),
      cause: leftover.cause,
      reason: leftover.reason,
    })),
  };
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

function leftoverDocument({ kind, table, relation, run, generation, bytes }: Leftover): LeftoverDocument {
  return { kind, table, relation: displayRelation(relation), run, generation, bytes };
}

function bytesOf(leftovers: readonly Leftover[]): number {
  return leftovers.reduce((sum, { bytes }) => sum + bytes, 0);
}
