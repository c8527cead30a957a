import type { ErrorDocument, RunRecord, RunStatus, SyncStep, SyncWarning } from '../../worker/protocol/protocol.ts';
import type { LiveRun } from '../model/live-run.ts';

/** A run as the list shows it, whether the ledger has it or this window alone. Times in ms since the epoch. */
export interface RunEntry {
  /** The ledger's id, or this window's for a run that never began there. */
  readonly run: string;
  readonly table: string;
  readonly kind: LiveRun['kind'];
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly generation: number | null;
  readonly strategy: string | null;
  readonly source: string | null;
  readonly sourceQueryId: string | null;
  readonly stepMs: Readonly<Partial<Record<SyncStep, number>>>;
  readonly warnings: readonly SyncWarning[];
  readonly error: ErrorDocument | undefined;
  /** Undefined where only this window knows of the run. */
  readonly startedBy: string | undefined;
  readonly client: string | undefined;
}

/**
 * The runs of a target, newest first: those of the ledger, and those that this window has started, that have ended, and that the
 * ledger does not tell of. Runs of this window that are under way are left out.
 */
export function runEntries(records: readonly RunRecord[], live: readonly LiveRun[]): readonly RunEntry[] {
  const active = new Set(live.filter(({ finishedAt }) => finishedAt === undefined).map(({ run }) => run));
  const recorded = new Map(records.map((record) => [record.run, record]));
  return [
    ...records.filter(({ run }) => !active.has(run)).map(ofRecord),
    ...live.filter(({ run, finishedAt }) => finishedAt !== undefined && !isEnded(recorded.get(run ?? ''))).map(ofLive),
  ]
    .filter((entry, index, all) => all.findLastIndex(({ run }) => run === entry.run) === index)
    .sort((a, b) => b.startedAt - a.startedAt);
}

/** The history may have been read while the run was still going. */
function isEnded(record: RunRecord | undefined): boolean {
  return record !== undefined && record.status !== 'running';
}

function ofRecord(record: RunRecord): RunEntry {
  const { run, table, status, rows, bytes, generation, strategy, source, sourceQueryId, stepMs, warnings } = record;
  return {
    ...{ run, table, status, rows, bytes, generation, strategy, source, sourceQueryId, stepMs, warnings },
    kind: strategy === 'rollback' ? 'rollback' : 'sync',
    startedAt: Date.parse(record.startedAt),
    finishedAt: record.finishedAt === null ? undefined : Date.parse(record.finishedAt),
    error: record.error ?? undefined,
    startedBy: record.startedBy,
    client: record.client,
  };
}

function ofLive(live: LiveRun): RunEntry {
  const { table, kind, startedAt, finishedAt, stepMs, warnings, error, result } = live;
  return {
    ...{ table, kind, startedAt, finishedAt, stepMs, warnings, error },
    run: live.run ?? live.id,
    status: live.state === 'success' || live.state === 'cancelled' ? live.state : 'failed',
    rows: result?.rows_synced ?? (live.rows > 0 ? live.rows : null),
    bytes: result?.bytes ?? (live.bytes > 0 ? live.bytes : null),
    generation: result?.generation ?? null,
    strategy: result?.strategy ?? (kind === 'rollback' ? 'rollback' : null),
    source: null,
    sourceQueryId: result?.source_query_id ?? null,
    startedBy: undefined,
    client: undefined,
  };
}
