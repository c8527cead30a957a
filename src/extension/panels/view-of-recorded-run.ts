import type { RunRecord } from '../../worker/protocol/protocol.ts';
import { errorView } from './error-view.ts';
import { arrivalView, factViews, warningView } from './run-facts.ts';
import { outcomeOf, runActions } from './run-outcome.ts';
import { stepViews } from './run-steps.ts';
import type { ArrivalView, FiguresView, RunView } from './run-view.ts';

/** Rollbacks are recorded under this name in place of a strategy. */
const rollback = 'rollback';

/**
 * What the ledger knows of a run: everything but its statements, its log and its rates, which only the window that started
 * it has seen.
 */
export function viewOfRecordedRun(
  record: RunRecord,
  place: { readonly target: string; readonly project: string },
): RunView {
  const kind = record.strategy === rollback ? 'rollback' : 'sync';
  const { status: state, table, error } = record;
  const rows = movedRows(record);
  const startedAt = Date.parse(record.startedAt);
  const finishedAt = record.finishedAt === null ? null : Date.parse(record.finishedAt);
  return {
    kind,
    table,
    target: place.target,
    project: place.project,
    state,
    outcome: outcomeOf({ kind, state, rows, ms: finishedAt === null ? null : finishedAt - startedAt }),
    startedAt,
    finishedAt,
    steps: stepViews({ kind, state, stepMs: record.stepMs, error }),
    figures: figuresOf(record, kind, rows),
    samples: [],
    waiting: null,
    arrival: arrivalOf(record, kind, rows),
    facts: factViews({
      source: record.source,
      sourceQueryId: record.sourceQueryId,
      sourceSnapshot: record.sourceSnapshot,
      mode: record.mode,
      modeReason: record.modeReason,
      changes: record.changes,
      strategy: kind === 'rollback' ? null : record.strategy,
      strategyReason: null,
      extractPath: record.extractPath,
      extractReason: null,
      generation: record.generation,
      relation: `${record.relation.schema}.${record.relation.name}`,
      run: record.run,
      startedBy: record.startedBy,
      client: record.client,
    }),
    warnings: record.warnings.map(warningView),
    error: error === null || state === 'cancelled' ? null : errorView(error, { canForce: true }),
    actions: runActions(kind, state, 'ledger'),
    note:
      state === 'running'
        ? 'Another process is at work on this run. What is shown is what the ledger knows.'
        : 'From the ledger of this target. Statements, log and rates are kept only by the window that started a run, until it closes.',
  };
}

/** The record has the rows of the table, of which an incremental run has moved those that came or changed. */
function movedRows({ mode, rows, changes }: RunRecord): number | null {
  return mode !== 'full' && changes !== null ? changes.inserted + changes.updated : rows;
}

function figuresOf(
  { bytes, stepMs, status }: RunRecord,
  kind: RunView['kind'],
  rows: number | null,
): FiguresView | null {
  if (rows === null || kind === 'rollback') return null;
  const ms = stepMs.stage ?? 0;
  return {
    rows,
    bytes,
    rowsPerSecond: ms === 0 ? null : (rows * 1_000) / ms,
    totalRows: rows,
    fraction: status === 'success' ? 1 : null,
  };
}

/** A sync is recorded as a success only after what arrived was found to be what was sent. */
function arrivalOf(
  { bytes, status, error }: RunRecord,
  kind: RunView['kind'],
  rows: number | null,
): ArrivalView | null {
  const compared = kind === 'sync' && status === 'success' && rows !== null ? { rows, bytes } : null;
  return arrivalView({ error, compared, soFar: { rows: 0, bytes: null }, announcedRows: null, ended: true });
}
