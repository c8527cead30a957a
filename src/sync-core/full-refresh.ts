import { copyLineSelect } from './extract/copy-line.ts';
import { offsetAt } from './incremental/source-offset.ts';
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
import { makeLive, swapSessions } from './make-live.ts';
import { verifyArrival, type Arrival } from './verify/arrival.ts';
import { countLiveRows, countStagedRows } from './verify/count-rows.ts';
import { guardRowCount } from './verify/guards.ts';
import { takeSnapshot } from './verify/source-snapshot.ts';

/**
 * Brings all rows over: extract → stage → verify → swap.
 * @throws SyncError.
 */
export async function refreshFully(refreshing: Refreshing): Promise<Refreshed> {
  const { claimed, plan, work, snowflake, sourceToken, force } = refreshing;
  const { config, run, ledger } = claimed;

  const startedAt = new Date();
  const { source, at } = await run.step('extract', async () => {
    const submitted = await submit(refreshing);
    const { queryId, rowCount } = submitted.source;
    run.emit({ kind: 'extracted', sourceQueryId: queryId, rows: rowCount });
    if (!force) guardRowCount(config, rowCount, await countLiveRows(work, plan));
    return submitted;
  });

  const staging = stagingOf(plan.target, run.id, ledger.names);
  const arrived = await run.step('stage', async () => {
    await claimed.willStage(staging.relation, plan.source);
    return stageRows(refreshing, staging, source);
  });

  const rows = await run.step('verify', async () => {
    await verifyArrival(snowflake, source.queryId, arrived);
    run.emit({ kind: 'arrived', rows: arrived.rows, bytes: arrived.bytes });
    return countStagedRows(work, staging, arrived);
  });

  return makeLive(
    { claimed, plan, staging, work, partial: false, rows, rowsSynced: arrived.rows },
    {
      bytes: arrived.bytes,
      sourceQueryId: source.queryId,
      sourceSnapshot: (at ?? startedAt).toISOString(),
      sourceToken,
      sourceOffset: at === null ? null : offsetAt(at),
    },
  );
}

/**
 * Submits the extract. Rows whose changes are to be followed are those of a moment; where Snowflake cannot give them (an object without
 * Time Travel), all rows are brought over the next time too.
 */
async function submit({
  plan,
  snowflake,
}: Refreshing): Promise<{ readonly source: RowSource; readonly at: Date | null }> {
  const { config, fields } = plan;
  if (config.incremental?.mode !== 'changes') return { source: await snowflake.submit(plan.extractSql), at: null };
  const { query, at } = await takeSnapshot(snowflake, config);
  const statement = copyLineSelect(query, fields, { strip: config.onUnrepresentable === 'strip' });
  return { source: await snowflake.submit(statement), at };
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
