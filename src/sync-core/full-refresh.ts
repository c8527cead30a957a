import type { Refreshed, Refreshing } from './refreshing.ts';
import type { RowSource } from './snowflake/session.ts';
import { loadRows } from './stage/load-rows.ts';
import {
  buildIndexes,
  createContentStaging,
  createStaging,
  finishStaging,
  prepareContent,
} from './stage/prepare-staging.ts';
import { stagingOf } from './stage/staging.ts';
import type { Staging } from './stage/target-table.ts';
import { swapAndRecord, swapSessions } from './swap-and-record.ts';
import { verifyArrival, type Arrival } from './verify/arrival.ts';
import { countLiveRows, countStagedRows } from './verify/count-rows.ts';
import { guardRowCount } from './verify/guards.ts';

/**
 * Brings all rows over: extract → stage → verify → swap.
 * @throws SyncError.
 */
export async function refreshFully(refreshing: Refreshing): Promise<Refreshed> {
  const { claimed, plan, work, snowflake, sourceToken, force } = refreshing;
  const { config, run, ledger } = claimed;

  const snapshot = new Date();
  const source = await run.step('extract', async () => {
    const submitted = await snowflake.submit(plan.extractSql);
    run.emit({ kind: 'extracted', sourceQueryId: submitted.queryId, rows: submitted.rowCount });
    if (!force) guardRowCount(config, submitted.rowCount, await countLiveRows(work, ledger, plan.target));
    return submitted;
  });

  const staging = stagingOf(plan.target, run.id, ledger.names);
  const arrived = await run.step('stage', async () => {
    await claimed.willStage(staging.relation, plan.source);
    return stageRows(refreshing, staging, source);
  });

  const finalCount = await run.step('verify', async () => {
    await verifyArrival(snowflake, source.queryId, arrived);
    run.emit({ kind: 'arrived', rows: arrived.rows, bytes: arrived.bytes });
    return countStagedRows(work, staging, arrived);
  });

  const { generation, changes } = await run.step('swap', () =>
    swapAndRecord(
      { claimed, plan, staging, work, partial: false, rows: arrived.rows },
      { bytes: arrived.bytes, sourceQueryId: source.queryId, sourceSnapshot: snapshot.toISOString(), sourceToken },
    ),
  );
  claimed.hasStaged();
  return {
    rowsSynced: arrived.rows,
    finalCount,
    changes,
    bytes: arrived.bytes,
    generation,
    sourceQueryId: source.queryId,
  };
}

/** Creates the staging table, fills it, and builds what is built better on a full table. */
async function stageRows({ claimed, plan, work }: Refreshing, staging: Staging, source: RowSource): Promise<Arrival> {
  const { config, run, signal } = claimed;
  const { target } = plan;
  const inPlace = plan.strategy.choice !== 'rename';
  if (inPlace) await createContentStaging(work, target, staging);
  else await createStaging(work, target, staging);
  const arrived = await loadRows(work, source, plan, staging, { run, signal });
  if (inPlace) {
    await prepareContent(work, target, staging, config, plan.strategy.choice === 'merge');
  } else {
    await buildIndexes(work, target, staging, config, (message) => {
      run.emit({ kind: 'detail', step: 'stage', message });
    });
    await finishStaging(target, staging, config, swapSessions(claimed, work));
  }
  return arrived;
}
