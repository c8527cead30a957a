import type { ErrorDocument, SyncedTableDocument, SyncEvent, SyncStep } from '../../worker/protocol/protocol.ts';
import type { LiveRun, TimedEvent } from './live-run.ts';
import { noThroughput, withRows, type Throughput } from './throughput.ts';

/** What of a {@link LiveRun} follows from what was reported. */
export interface LiveRunState extends Pick<
  LiveRun,
  | 'run'
  | 'state'
  | 'finishedAt'
  | 'step'
  | 'stepMs'
  | 'rows'
  | 'bytes'
  | 'rowsPerSecond'
  | 'totalRows'
  | 'warnings'
  | 'events'
  | 'result'
  | 'error'
> {
  readonly throughput: Throughput;
}

/** What became of a run: of a sync its document. */
export type Outcome =
  | { readonly status: 'success'; readonly result?: SyncedTableDocument }
  | { readonly status: 'failed'; readonly error: ErrorDocument };

const mostEvents = 2_000;

export const waitingRun: LiveRunState = {
  run: undefined,
  state: 'waiting',
  finishedAt: undefined,
  step: undefined,
  stepMs: {},
  rows: 0,
  bytes: 0,
  rowsPerSecond: 0,
  totalRows: null,
  throughput: noThroughput,
  warnings: [],
  events: [],
  result: undefined,
  error: undefined,
};

/** The state after an event. `at` is when it came, in ms since the epoch; `startedAt` when the run began. */
export function afterEvent(state: LiveRunState, event: SyncEvent, at: number, startedAt: number): LiveRunState {
  const next = { ...state, run: event.run, state: 'running' as const };
  switch (event.kind) {
    case 'progress':
      return {
        ...next,
        step: event.step,
        rows: event.rows,
        bytes: event.bytes,
        rowsPerSecond: event.rowsPerSecond,
        totalRows: event.totalRows ?? state.totalRows,
        throughput: withRows(state.throughput, { ms: at - startedAt, step: event.step, rows: event.rows }),
      };
    case 'step-started':
      return { ...next, step: event.step, events: withEvent(state.events, { at, event }) };
    case 'step-finished':
      return {
        ...next,
        step: state.step === event.step ? undefined : state.step,
        stepMs: { ...state.stepMs, [event.step]: event.ms } satisfies Partial<Record<SyncStep, number>>,
        events: withEvent(state.events, { at, event }),
      };
    case 'warning':
      return { ...next, warnings: [...state.warnings, event.warning] };
    case 'run-finished':
      return { ...next, rows: event.rows, bytes: event.bytes, events: withEvent(state.events, { at, event }) };
    case 'run-started':
    case 'planned':
    case 'extracted':
    case 'arrived':
    case 'detail':
    case 'waiting':
    case 'statement':
      return { ...next, events: withEvent(state.events, { at, event }) };
  }
}

/** The state at the end. */
export function afterOutcome(state: LiveRunState, outcome: Outcome, at: number): LiveRunState {
  const ended = { ...state, finishedAt: at, step: undefined };
  if (outcome.status === 'failed') {
    return { ...ended, state: outcome.error.code === 'cancelled' ? 'cancelled' : 'failed', error: outcome.error };
  }
  const { result } = outcome;
  if (result === undefined) return { ...ended, state: 'success' };
  return { ...ended, state: 'success', result, run: result.run, rows: result.rows_synced, bytes: result.bytes };
}

function withEvent(events: readonly TimedEvent[], added: TimedEvent): readonly TimedEvent[] {
  return [...events.slice(-(mostEvents - 1)), added];
}
