import { claimedRun, type ClaimedRun } from '../claimed-run.ts';
import type { TableConfig } from '../config/resolved.ts';
import type { SyncEnvironment } from '../environment.ts';
import { SyncError } from '../errors.ts';
import { isFallback } from '../incremental/fallback.ts';
import { noRowDiffLimits, refreshByRowDiff } from '../incremental/row-diff.ts';
import { pruneGenerations } from '../ledger/prune-generations.ts';
import { hasDrifted } from '../plan/drift.ts';
import { planTable } from '../plan/plan-table.ts';
import { sourceParameters } from '../plan/source-query.ts';
import { readSourceToken } from '../plan/source-token.ts';
import type { Refreshing } from '../refreshing.ts';
import { describeTarget } from './comparison.ts';

/**
 * Makes the rows of a table that differ equal to the source's, in one transaction, and leaves every other row untouched: its physical
 * version stays. Compares again, under the claim of the table, and is a run of the history that can be rolled back.
 * @param options `allColumns`: also rows that differ in nothing but columns that cannot be hashed.
 * @returns how many rows were changed.
 * @throws SyncError `usage` for a table without a key, `target.incompatible` where its columns are not the source's any more,
 * `incremental.unavailable` where the table has rows of the same key, `guard.…`, and whatever a sync throws.
 */
export async function repairTable(
  environment: SyncEnvironment,
  config: TableConfig,
  options: { readonly allColumns?: boolean } = {},
): Promise<number> {
  if (config.key.length === 0) {
    throw new SyncError('usage', `${config.name} has no key: single rows of it cannot be repaired.`, {
      table: config.name,
      remedy: `Give it a "key", or run \`snowmelt sync ${config.name}\`.`,
    });
  }
  return claimedRun(environment, config, async (claimed) => {
    const { run, control, ledger } = claimed;
    const refreshing = await planRepair(claimed);
    const outcome = await refreshByRowDiff(refreshing, {
      limits: noRowDiffLimits,
      recordedAs: 'repair',
      allColumns: options.allColumns ?? false,
    });
    if (isFallback(outcome)) {
      throw new SyncError('incremental.unavailable', `${config.name} cannot be repaired: ${outcome.fallback}.`, {
        table: config.name,
        remedy: `Nothing was changed. Run \`snowmelt sync ${config.name} --full\`.`,
      });
    }
    for (const warning of await pruneGenerations(control, ledger, config)) run.emit({ kind: 'warning', warning });
    const { rowsSynced: rows, bytes, changes } = outcome;
    run.emit({ kind: 'run-finished', outcome: 'success', rows, bytes, ms: run.elapsedMs });
    return changes === null ? 0 : changes.inserted + changes.updated + changes.deleted;
  });
}

async function planRepair(claimed: ClaimedRun): Promise<Refreshing> {
  const { config, ledger, run } = claimed;
  const work = await claimed.openPostgres();
  const snowflake = await claimed.openSnowflake(sourceParameters(config));
  return run.step('plan', async () => {
    await describeTarget(work, config);
    // Before the rows are read: see a sync.
    const token = await readSourceToken(snowflake, config);
    const planned = await planTable({ ...config, strategy: 'merge' }, snowflake, work, ledger);
    if (hasDrifted(planned.drift)) {
      throw new SyncError('target.incompatible', `${config.name}: its columns are not those of the source any more.`, {
        table: config.name,
        remedy: `Run \`snowmelt sync ${config.name}\`, which changes them.`,
      });
    }
    return {
      claimed,
      plan: {
        ...planned,
        // Indexes of the configuration are a sync's business.
        target: { ...planned.target, newIndexes: [] },
        mode: { choice: 'row-diff', reason: 'a repair moves the rows that differ', fallback: false, lasting: false },
        // What that would warn of is a sync's business too.
        warnings: planned.warnings.filter(({ code }) => code !== 'incremental.unavailable' && code !== 'index.added'),
      },
      work,
      snowflake,
      sourceToken: token,
      force: false,
    };
  });
}
