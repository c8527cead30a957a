import type { SyncStep } from '../../worker/protocol/protocol.ts';
import type { LiveRun } from '../model/live-run.ts';
import { errorView, holderView } from './error-view.ts';
import { latestEvent } from './latest-event.ts';
import { arrivalView, factViews, warningView } from './run-facts.ts';
import { outcomeOf, runActions } from './run-outcome.ts';
import { stepViews } from './run-steps.ts';
import type { ArrivalView, FactView, FiguresView, RunView, WaitingView } from './run-view.ts';

/** What there is to see of a run of this window, as it is now. */
export function viewOfLiveRun(run: LiveRun): RunView {
  const { kind, state, table, target, events } = run;
  const finished = latestEvent(events, 'run-finished');
  const rows = run.result?.rows_synced ?? finished?.event.rows ?? null;
  const [firstSample] = run.samples;
  const failure = state === 'failed' ? run.error : undefined;
  return {
    kind,
    table,
    target,
    project: run.project.label,
    state,
    outcome: outcomeOf({ kind, state, rows, ms: durationOf(run), step: run.step }),
    startedAt: run.startedAt,
    finishedAt: run.finishedAt ?? null,
    steps: stepViews({
      kind,
      state,
      step: run.step,
      stepStartedAt: latestEvent(events, 'step-started')?.at,
      stepMs: { ...run.stepMs, ...recordedSteps(run) },
      error: run.error ?? null,
    }),
    figures: figuresOf(run),
    samples: run.samples.map(({ ms, rowsPerSecond }) => [ms - (firstSample?.ms ?? 0), Math.round(rowsPerSecond)]),
    waiting: waitingOf(run),
    arrival: arrivalOf(run),
    facts: factsOf(run),
    warnings: run.warnings.map(warningView),
    error: failure === undefined ? null : errorView(failure, { canForce: kind === 'sync' }),
    actions: runActions(kind, state, 'window'),
    note: null,
  };
}

function durationOf({ result, startedAt, finishedAt }: LiveRun): number | null {
  if (result !== undefined) return result.seconds * 1_000;
  return finishedAt === undefined ? null : finishedAt - startedAt;
}

/** The document of the result has what no event says: the time that the record took. */
function recordedSteps({ result }: LiveRun): Partial<Record<SyncStep, number>> {
  if (result === undefined) return {};
  return Object.fromEntries(Object.entries(result.steps).map(([step, seconds]) => [step, Math.round(seconds * 1_000)]));
}

function announcedRows(run: LiveRun): number | null {
  return run.totalRows ?? latestEvent(run.events, 'extracted')?.event.rows ?? null;
}

function figuresOf(run: LiveRun): FiguresView | null {
  const total = announcedRows(run);
  if (run.kind === 'rollback' || (run.rows === 0 && total === null && run.result === undefined)) return null;
  const rows = run.result?.rows_synced ?? run.rows;
  if (rows === 0 && run.state === 'failed') return null;
  return {
    rows,
    bytes: run.result?.bytes ?? run.bytes,
    rowsPerSecond: run.rowsPerSecond,
    totalRows: total,
    fraction: run.state === 'success' ? 1 : total === null || total === 0 ? null : Math.min(1, rows / total),
  };
}

/** The wait is over when the step is, and forgotten when another one begins. */
function waitingOf({ state, events }: LiveRun): WaitingView | null {
  if (state !== 'running') return null;
  const latest = latestEvent(events, 'waiting', 'step-started', 'step-finished')?.event;
  return latest?.kind === 'waiting' ? { waitedMs: latest.waitedMs, holders: latest.holders.map(holderView) } : null;
}

function arrivalOf(run: LiveRun): ArrivalView | null {
  const arrived = latestEvent(run.events, 'arrived')?.event;
  return arrivalView({
    error: run.error ?? null,
    compared: arrived === undefined ? null : { rows: arrived.rows, bytes: arrived.bytes },
    soFar: { rows: run.rows, bytes: run.bytes },
    announcedRows: announcedRows(run),
    ended: run.finishedAt !== undefined,
  });
}

function factsOf({ events, result, run }: LiveRun): FactView[] {
  const planned = latestEvent(events, 'planned')?.event;
  const extracted = latestEvent(events, 'extracted')?.event;
  return factViews({
    source: planned?.source ?? null,
    sourceQueryId: extracted?.sourceQueryId ?? result?.source_query_id ?? null,
    sourceSnapshot: null,
    mode: planned?.mode ?? result?.mode ?? null,
    modeReason: planned?.modeReason ?? result?.mode_reason ?? null,
    changes: result?.changes ?? null,
    strategy: planned?.strategy ?? result?.strategy ?? null,
    strategyReason: planned?.strategyReason ?? null,
    extractPath: planned?.extractPath ?? result?.extract_path ?? null,
    extractReason: planned?.extractReason ?? null,
    generation: result?.generation ?? null,
    relation: null,
    run: run ?? null,
    startedBy: null,
    client: null,
  });
}
