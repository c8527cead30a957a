import { toErrorDocument, type SyncStep } from '../../sync-core/errors.ts';
import type { SyncResult } from '../../sync-core/sync.ts';
import type { SyncOutcome, TableOutcome } from '../commands/sync.ts';
import type { FailedTableDocument, SyncedTableDocument, SyncsDocument } from '../protocol/protocol.ts';

/** What became of each table, however many there are. */
export function syncsDocument({ target, tables }: SyncOutcome): SyncsDocument {
  return {
    status: tables.every(({ status }) => status === 'success') ? 'success' : 'failed',
    target,
    tables: tables.map(tableDocument),
  };
}

function tableDocument(outcome: TableOutcome): SyncedTableDocument | FailedTableDocument {
  if (outcome.status === 'success') return syncedTableDocument(outcome.result);
  return { status: 'failed', table: outcome.table, error: toErrorDocument(outcome.error) };
}

export function syncedTableDocument(result: SyncResult): SyncedTableDocument {
  const steps = stepOrder.flatMap((step) => {
    const ms = result.stepMs[step];
    return ms === undefined ? [] : [[step, seconds(ms)] as const];
  });
  return {
    status: 'success',
    table: result.table,
    rows_synced: result.rowsSynced,
    final_count: result.finalCount,
    changes: result.changes,
    run: result.run,
    generation: result.generation,
    bytes: result.bytes,
    seconds: seconds(result.ms),
    steps: Object.fromEntries(steps),
    mode: result.mode.choice,
    mode_reason: result.mode.reason,
    strategy: result.strategy,
    extract_path: result.extractPath,
    source_query_id: result.sourceQueryId,
    warnings: result.warnings,
  };
}

const stepOrder: readonly SyncStep[] = ['plan', 'extract', 'stage', 'verify', 'swap', 'record'];

/** To the millisecond. */
function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}
