import { toErrorDocument, type ErrorDocument, type SyncStep } from '../../sync-core/errors.ts';
import type { SyncWarning } from '../../sync-core/events.ts';
import type { SyncResult } from '../../sync-core/sync.ts';
import type { SyncOutcome, TableOutcome } from '../commands/sync.ts';

/** What `sync --json` prints of a table: the names of the procedure that Snowmelt takes the place of, and more. */
export interface SyncedTableDocument {
  readonly status: 'success';
  readonly table: string;
  readonly rows_synced: number;
  readonly final_count: number;
  readonly run: string;
  readonly generation: number;
  /** Of COPY text. */
  readonly bytes: number;
  readonly seconds: number;
  /** Seconds of each step. */
  readonly steps: Readonly<Partial<Record<SyncStep, number>>>;
  readonly strategy: string;
  readonly extract_path: string;
  readonly source_query_id: string;
  readonly warnings: readonly SyncWarning[];
}

export interface FailedTableDocument {
  readonly status: 'failed';
  readonly table: string;
  readonly error: ErrorDocument;
}

export type SyncDocument =
  | SyncedTableDocument
  | { readonly status: 'error'; readonly error: ErrorDocument }
  | {
      readonly status: 'success' | 'failed';
      readonly target: string;
      readonly tables: readonly (SyncedTableDocument | FailedTableDocument)[];
    };

/** One table's document where one table was asked for, or a list; a failure of the only table is a failure of the command. */
export function syncDocument({ target, tables }: SyncOutcome): SyncDocument {
  const [only, ...others] = tables;
  if (only !== undefined && others.length === 0) {
    return only.status === 'success'
      ? syncedTableDocument(only.result)
      : { status: 'error', error: toErrorDocument(only.error) };
  }
  return {
    status: tables.every(({ status }) => status === 'success') ? 'success' : 'failed',
    target,
    tables: tables.map(tableDocument),
  };
}

export function tableDocument(outcome: TableOutcome): SyncedTableDocument | FailedTableDocument {
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
    run: result.run,
    generation: result.generation,
    bytes: result.bytes,
    seconds: seconds(result.ms),
    steps: Object.fromEntries(steps),
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
