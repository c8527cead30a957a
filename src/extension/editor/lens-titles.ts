import { formatAge, formatRows } from '../../worker/protocol/figures.ts';
import type { SyncStep } from '../../worker/protocol/protocol.ts';
import { formatEstimate, formatShare } from '../format.ts';
import type { LiveRun } from '../model/live-run.ts';
import type { TableState, TargetState } from '../model/target-state.ts';

const doing: Readonly<Record<SyncStep, string>> = {
  plan: 'planning',
  extract: 'extracting',
  stage: 'staging',
  verify: 'verifying',
  swap: 'swapping',
  record: 'recording',
};

/** What a run is at: `staging 64 %`, or the rows where it is not known how many there are. */
export function runTitle({ state, step, rows, totalRows }: LiveRun): string {
  if (state === 'waiting' || step === undefined) return '$(sync~spin) waiting';
  const moves = step === 'extract' || step === 'stage';
  const progress = !moves
    ? ''
    : totalRows !== null && totalRows > 0
      ? ` ${formatShare(rows, totalRows)}`
      : rows > 0
        ? ` ${formatRows(rows)}`
        : '';
  return `$(sync~spin) ${doing[step]}${progress}`;
}

/** How a table stands: `153,592 rows, 2 min ago`. */
export function tableTitle(target: TargetState | undefined, table: TableState | undefined, now: number): string {
  if (target?.state === 'failed') return `$(warning) ${target.target.name} cannot be reached`;
  if (target?.state === 'stopped') return 'local PostGIS is stopped';
  const status = table?.status;
  if (status === undefined) return target?.state === 'loading' ? '$(loading~spin) looking' : 'not looked at yet';
  if (status.state === 'missing') return 'not synced yet';
  const rows =
    status.rows === null
      ? 'rows unknown'
      : `${formatEstimate(status.rows, status.rowsExact)} ${status.rows === 1 ? 'row' : 'rows'}`;
  if (status.state === 'neverSynced' || status.syncedAt === null) return `${rows}, not synced yet`;
  const stale = table?.staleness.kind === 'stale' ? ', stale' : table?.staleness.kind === 'drifted' ? ', drifted' : '';
  return `${rows}, ${formatAge(Math.max(now - Date.parse(status.syncedAt), 0))}${stale}`;
}
