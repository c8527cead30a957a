import { isSyncError, toSyncError, type SyncError } from '../../sync-core/errors.ts';
import { Ledger } from '../../sync-core/ledger/ledger.ts';
import { planTable, type SyncPlan } from '../../sync-core/plan/plan-table.ts';
import type { PostgresSession } from '../../sync-core/postgres/session.ts';
import type { SnowflakeSession } from '../../sync-core/snowflake/session.ts';
import { syncEnvironment } from './connections.ts';
import type { CommandContext, Selection } from './context.ts';
import { openProject } from './open-project.ts';

export type TablePlan =
  | { readonly table: string; readonly status: 'success'; readonly plan: SyncPlan }
  | { readonly table: string; readonly status: 'failed'; readonly error: SyncError };

export interface PlanOutcome {
  readonly target: string;
  readonly tables: readonly TablePlan[];
}

/** Sessions of a plan are told from those of a run by this. */
const tag = 'snowmelt:plan';

/**
 * What a sync of the selected tables would do. Writes nothing on either side, the ledger included. What is wrong with one
 * table is in its place; a connection that cannot be had, or is lost, ends it all.
 *
 * @throws SyncError.
 */
export async function plan(context: CommandContext, selection: Selection): Promise<PlanOutcome> {
  const { config, target, tables } = await openProject(context, selection);
  const environment = await syncEnvironment(context, config, target);
  const { signal } = context;
  const postgres = await environment.connectPostgres({ applicationName: tag, signal });
  try {
    const snowflake = await environment.connectSnowflake({ queryTag: tag, signal });
    try {
      const plans: TablePlan[] = [];
      for (const table of tables) {
        plans.push(
          await planOne(table.name, target.name, async () =>
            planTable(table, snowflake, postgres, await Ledger.find(postgres, table.target.schema)),
          ),
        );
      }
      return { target: target.name, tables: plans };
    } finally {
      await closeQuietly(snowflake);
    }
  } finally {
    await closeQuietly(postgres);
  }
}

async function planOne(table: string, target: string, make: () => Promise<SyncPlan>): Promise<TablePlan> {
  try {
    return { table, status: 'success', plan: await make() };
  } catch (error) {
    const failure = toSyncError(error, { table, target, step: 'plan' });
    if (isSyncError(failure, 'cancelled') || isSyncError(failure, 'postgres.connectionLost')) throw failure;
    return { table, status: 'failed', error: failure };
  }
}

async function closeQuietly(session: PostgresSession | SnowflakeSession): Promise<void> {
  await session.close().catch(() => undefined);
}
