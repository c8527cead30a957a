import { claimedRun } from './claimed-run.ts';
import type { TableConfig } from './config/resolved.ts';
import type { SyncEnvironment } from './environment.ts';
import type { SyncStep } from './errors.ts';
import type { SyncWarning } from './events.ts';
import { refreshFully } from './full-refresh.ts';
import { fallBack, type ModeChoice } from './incremental/choose-mode.ts';
import { refreshByChanges } from './incremental/changes.ts';
import { isFallback } from './incremental/fallback.ts';
import { refreshByRowDiff } from './incremental/row-diff.ts';
import { pruneGenerations } from './ledger/prune-generations.ts';
import { planTable, withFullRefresh, type SyncPlan } from './plan/plan-table.ts';
import { sourceParameters } from './plan/source-query.ts';
import { readSourceToken } from './plan/source-token.ts';
import type { Refreshed, Refreshing } from './refreshing.ts';
import type { Run } from './run.ts';

export interface SyncOptions {
  /** Skips the guards against an empty or shrunken source. */
  readonly force: boolean;
  /** Brings all rows over, whatever mode is configured. */
  readonly full?: boolean;
}

/** What a sync did. */
export interface SyncResult extends Refreshed {
  readonly table: string;
  readonly run: string;
  readonly mode: ModeChoice;
  readonly strategy: string;
  readonly extractPath: string;
  readonly ms: number;
  readonly stepMs: Readonly<Partial<Record<SyncStep, number>>>;
  readonly warnings: readonly SyncWarning[];
}

/**
 * Makes one table equal to its source, by all rows or by those that differ: plan → extract → stage → verify → swap, with the record of
 * it in the swap's own transaction. Until that commits no reader sees any change; if it does not, the live table is as it was, and
 * what was built beside it is removed here or, if this process dies, by the next run.
 * @throws SyncError with table, target and step.
 */
export async function syncTable(
  environment: SyncEnvironment,
  config: TableConfig,
  options: SyncOptions,
): Promise<SyncResult> {
  return claimedRun(environment, config, async (claimed) => {
    const { run, ledger, control } = claimed;
    const [work, snowflake] = await both(claimed.openPostgres(), claimed.openSnowflake(sourceParameters(config)));

    const [planned, sourceToken] = await run.step('plan', async () => {
      // Before the rows are read, so that a change in between makes them look older than they are, and never newer.
      const [made, token] = await both(
        planTable(config, snowflake, work, ledger, { full: options.full ?? false }),
        readSourceToken(snowflake, config),
      );
      for (const warning of made.warnings) run.emit({ kind: 'warning', warning });
      emitPlanned(run, made);
      return [made, token] as const;
    });

    const { plan, refreshed } = await refresh({
      claimed,
      plan: planned,
      work,
      snowflake,
      sourceToken,
      force: options.force,
    });

    for (const warning of await pruneGenerations(control, ledger, config)) run.emit({ kind: 'warning', warning });
    const { rowsSynced: rows, bytes } = refreshed;
    run.emit({ kind: 'run-finished', outcome: 'success', rows, bytes, ms: run.elapsedMs });
    return {
      ...refreshed,
      table: config.name,
      run: run.id,
      mode: plan.mode,
      strategy: plan.strategy.choice,
      extractPath: plan.extractPath.choice,
      ms: run.elapsedMs,
      stepMs: run.stepMs,
      warnings: plan.warnings,
    };
  });
}

/** By the mode of the plan; where that turns out not to be worth it, or not to work, by all rows. */
async function refresh(refreshing: Refreshing): Promise<{ readonly plan: SyncPlan; readonly refreshed: Refreshed }> {
  const { plan, claimed } = refreshing;
  switch (plan.mode.choice) {
    case 'full':
      return { plan, refreshed: await refreshFully(refreshing) };
    case 'changes':
    case 'row-diff': {
      const outcome = await (plan.mode.choice === 'changes' ? refreshByChanges : refreshByRowDiff)(refreshing);
      if (!isFallback(outcome)) return { plan, refreshed: outcome };
      const full = withFullRefresh(plan, fallBack(outcome.fallback));
      emitPlanned(claimed.run, full);
      return { plan: full, refreshed: await refreshFully({ ...refreshing, plan: full }) };
    }
  }
}

function emitPlanned(run: Run, plan: SyncPlan): void {
  run.emit({
    kind: 'planned',
    source: plan.source,
    mode: plan.mode.choice,
    modeReason: plan.mode.reason,
    strategy: plan.strategy.choice,
    strategyReason: plan.strategy.reason,
    extractPath: plan.extractPath.choice,
    extractReason: plan.extractPath.reason,
  });
}

/** Both, once both have settled: neither is left to itself when the other fails. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}
