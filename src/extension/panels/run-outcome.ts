import { formatDuration, formatRows } from '../../worker/protocol/figures.ts';
import type { RunActionView, RunState, RunView } from './run-view.ts';

/** What became of a run, in a sentence without a full stop. */
export function outcomeOf(run: {
  readonly kind: RunView['kind'];
  readonly state: RunState;
  readonly rows: number | null;
  readonly ms: number | null;
  readonly step?: string | undefined;
}): string {
  const after = run.ms === null ? '' : ` after ${formatDuration(run.ms)}`;
  switch (run.state) {
    case 'waiting':
      return 'Waiting to begin';
    case 'running':
      return run.step === undefined ? 'Running' : `Running: ${run.step}`;
    case 'success': {
      const rows = run.rows === null ? '' : ` ${run.kind === 'sync' ? '' : 'to '}${formatRows(run.rows)}`;
      return `${run.kind === 'sync' ? 'Synced' : 'Rolled back'}${rows}${run.ms === null ? '' : ` in ${formatDuration(run.ms)}`}`;
    }
    case 'failed':
      return `Failed${after}; the live table is as it was`;
    case 'cancelled':
      return `Cancelled${after}; the live table is as it was`;
    case 'abandoned':
      return 'Abandoned: its process has ended; the live table is as it was';
  }
}

/** The title of a run's panel. */
export function panelTitle({ kind, state, table }: Pick<RunView, 'kind' | 'state' | 'table'>): string {
  const sync = kind === 'sync';
  switch (state) {
    case 'waiting':
    case 'running':
      return `${sync ? 'Syncing' : 'Rolling back'} ${table}`;
    case 'success':
      return `${sync ? 'Synced' : 'Rolled back'} ${table}`;
    case 'failed':
    case 'cancelled':
    case 'abandoned':
      return `${sync ? 'Sync' : 'Rollback'} of ${table} ${state}`;
  }
}

/** What can be done with a run as a whole; what to do about an error stands beside the error. */
export function runActions(kind: RunView['kind'], state: RunState, origin: 'window' | 'ledger'): RunActionView[] {
  const log: RunActionView = { action: 'showLog', label: 'Show Log' };
  if (state === 'waiting' || state === 'running') {
    return origin === 'window'
      ? [{ action: 'cancel', label: 'Cancel' }, log]
      : [{ action: 'refresh', label: 'Refresh' }];
  }
  if (state === 'failed') return [];
  const actions: RunActionView[] = kind === 'sync' ? [{ action: 'rerun', label: 'Run Again' }] : [];
  if (state === 'success') {
    actions.push({ action: 'verify', label: 'Verify' }, { action: 'rollBack', label: 'Roll Back…' });
  }
  return origin === 'window' ? [...actions, log] : actions;
}
