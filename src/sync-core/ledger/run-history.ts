import type { RelationName } from '../config/resolved.ts';
import type { ErrorDocument, SyncStep } from '../errors.ts';
import type { SyncWarning } from '../events.ts';
import type { SyncMode } from '../incremental/choose-mode.ts';
import type { PostgresSession } from '../postgres/session.ts';
import { isAlive, staleAfterMs } from './claims.ts';
import type { Ledger, RowChanges, RunIdentity } from './ledger.ts';

export type RunStatus = 'running' | 'success' | 'failed' | 'cancelled' | 'abandoned';

/** One row of the history. */
export interface RunRecord {
  readonly run: string;
  readonly table: string;
  readonly relation: RelationName;
  /** `abandoned` also for a running one whose process has died and that no later run has cleaned up yet. */
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly startedBy: string;
  readonly client: string;
  readonly source: string | null;
  readonly sourceQueryId: string | null;
  readonly sourceSnapshot: string | null;
  readonly extractPath: string | null;
  readonly strategy: string | null;
  /** Whether all rows were brought over (`full`), those that had changed (`changes`) or those that differed (`row-diff`); null for a rollback and for a run that came to nothing. */
  readonly mode: SyncMode | null;
  /** Why it was that mode. */
  readonly modeReason: string | null;
  /** Rows of the table after the run. */
  readonly rows: number | null;
  /** Null where all rows were replaced. */
  readonly changes: RowChanges | null;
  readonly bytes: number | null;
  /** The generation that the run has made live; null where it has changed nothing. */
  readonly generation: number | null;
  readonly stepMs: Readonly<Partial<Record<SyncStep, number>>>;
  readonly warnings: readonly SyncWarning[];
  readonly error: ErrorDocument | null;
}

/** Which runs of the history are wanted. */
export interface HistoryFilter {
  /** Names in the configuration; all tables where it is absent. */
  readonly tables?: readonly string[];
  readonly status?: RunStatus;
  /** Only runs that began then or later. */
  readonly since?: Date;
  /** The most runs. */
  readonly limit: number;
}

/** The latest runs, newest first. */
export async function runHistory(
  session: PostgresSession,
  ledger: Ledger,
  identity: RunIdentity,
  filter: HistoryFilter,
): Promise<RunRecord[]> {
  // Whether a running one has been abandoned is known only here, where its process can be looked for.
  const settled = filter.status !== 'running' && filter.status !== 'abandoned';
  const rows = await session.query<RunRow>(
    `SELECT r.*, c.machine AS claim_machine, c.process_id AS claim_process_id,
            c.heartbeat_at < now() - $1 * interval '1 ms' AS stale
       FROM ${ledger.names.runs} r LEFT JOIN ${ledger.names.claims} c ON c.run_id = r.run_id
      WHERE ($2::text[] IS NULL OR r.table_name = ANY ($2))
        AND ($4::text IS NULL OR r.status = $4 OR $4 = 'abandoned' AND r.status = 'running')
        AND ($5::timestamptz IS NULL OR r.started_at >= $5)
      ORDER BY r.started_at DESC, r.run_id
      LIMIT $3`,
    [
      staleAfterMs,
      filter.tables ?? null,
      settled ? filter.limit : null,
      filter.status ?? null,
      filter.since?.toISOString() ?? null,
    ],
  );
  return rows
    .map((row) => toRunRecord(row, identity))
    .filter((record) => filter.status === undefined || record.status === filter.status)
    .slice(0, filter.limit);
}

interface RunRow {
  run_id: string;
  table_name: string;
  relation_schema: string;
  relation_name: string;
  status: RunStatus;
  started_at: Date;
  finished_at: Date | null;
  started_by: string;
  client: string;
  source: string | null;
  source_query_id: string | null;
  source_snapshot: Date | null;
  extract_path: string | null;
  strategy: string | null;
  /** A ledger that nobody has written to since an earlier version has no mode and no numbers of changed rows. */
  mode?: SyncMode | null;
  mode_reason?: string | null;
  rows_inserted?: string | null;
  rows_updated?: string | null;
  rows_deleted?: string | null;
  row_count: string | null;
  byte_count: string | null;
  generation: string | null;
  step_ms: Partial<Record<SyncStep, number>>;
  warnings: SyncWarning[];
  error: ErrorDocument | null;
  claim_machine: string | null;
  claim_process_id: string | null;
  stale: boolean | null;
}

function changesOf({ rows_inserted, rows_updated, rows_deleted }: RunRow): RowChanges {
  return { inserted: Number(rows_inserted), updated: Number(rows_updated), deleted: Number(rows_deleted) };
}

function toRunRecord(row: RunRow, identity: RunIdentity): RunRecord {
  const dead =
    row.status === 'running' &&
    (row.claim_machine === null ||
      !isAlive(
        { machine: row.claim_machine, process_id: row.claim_process_id ?? '0', stale: row.stale ?? true },
        identity,
      ));
  const number = (text: string | null): number | null => (text === null ? null : Number(text));
  return {
    run: row.run_id,
    table: row.table_name,
    relation: { schema: row.relation_schema, name: row.relation_name },
    status: dead ? 'abandoned' : row.status,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    startedBy: row.started_by,
    client: row.client,
    source: row.source,
    sourceQueryId: row.source_query_id,
    sourceSnapshot: row.source_snapshot?.toISOString() ?? null,
    extractPath: row.extract_path,
    strategy: row.strategy,
    mode: row.mode ?? null,
    modeReason: row.mode_reason ?? null,
    rows: number(row.row_count),
    changes: row.rows_inserted == null ? null : changesOf(row),
    bytes: number(row.byte_count),
    generation: number(row.generation),
    stepMs: row.step_ms,
    warnings: row.warnings,
    error: row.error,
  };
}
