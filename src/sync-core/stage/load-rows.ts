import type { SyncPlan } from '../plan/plan-table.ts';
import type { PostgresSession } from '../postgres/session.ts';
import type { Run } from '../run.ts';
import type { RowSource } from '../snowflake/session.ts';
import type { Arrival } from '../verify/arrival.ts';
import { copyInBatches } from './copy-batches.ts';
import { copyStatement } from './staging.ts';
import type { Staging } from './target-table.ts';
import { toValueError } from './value-error.ts';

/**
 * Streams the extract into the staging table, a batch a transaction. Commits need not reach the disk one by one: until the swap,
 * whose commit does, the staging table is worth nothing.
 * @throws SyncError `snowflake.resultCut`, `value.…`, `postgres.…` or `cancelled`.
 */
export async function loadRows(
  work: PostgresSession,
  source: RowSource,
  plan: SyncPlan,
  staging: Staging,
  options: {
    readonly run: Run;
    readonly signal: AbortSignal;
    /** What an earlier part of the same load has brought: progress goes on from there. */
    readonly before?: Arrival;
  },
): Promise<Arrival> {
  const { run, signal, before = { rows: 0, bytes: 0 } } = options;
  const statement = copyStatement(staging, plan.copyColumns);
  const fields = plan.fields.map(({ postgresType }, index) => ({
    target: plan.copyColumns[index] ?? '',
    postgresType,
  }));
  const valueContext = { table: plan.config.name, fields, key: plan.config.key };
  const startedAt = performance.now();
  return copyInBatches((signalled) => source.lines(signalled), source.rowCount, {
    signal,
    copy: async (batch) => {
      try {
        await work.transaction((transaction) => transaction.copyIn(statement, batch.body), {
          statementTimeoutMs: plan.config.statementTimeoutMs,
          settings: { synchronous_commit: 'off' },
        });
      } catch (error) {
        throw toValueError(error, batch, valueContext);
      }
    },
    onCopied: (arrived) => {
      const seconds = Math.max(performance.now() - startedAt, 1) / 1_000;
      run.emit({
        kind: 'progress',
        step: 'stage',
        rows: before.rows + arrived.rows,
        bytes: before.bytes + arrived.bytes,
        rowsPerSecond: Math.round(arrived.rows / seconds),
        totalRows: options.before === undefined ? source.rowCount : null,
      });
    },
  });
}
