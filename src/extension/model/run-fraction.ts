import { formatCount, formatRows } from '../../worker/protocol/figures.ts';
import type { SyncStep } from '../../worker/protocol/protocol.ts';
import { joinFacts } from '../format.ts';
import type { LiveRun } from './live-run.ts';

/** About how far a run is when a step begins, in hundredths; most of the time goes into moving rows. */
const begins: Readonly<Record<SyncStep, number>> = { plan: 0, extract: 3, stage: 8, verify: 92, swap: 95, record: 99 };
const stageEnds = begins.verify;

/** How far a run is: from 0 to 1. Never more than was reported. */
export function fractionOf({ finishedAt, step, rows, totalRows }: LiveRun): number {
  if (finishedAt !== undefined) return 1;
  if (step === undefined) return 0;
  const share = step === 'stage' && totalRows !== null && totalRows > 0 ? Math.min(1, rows / totalRows) : 0;
  return (begins[step] + share * (stageEnds - begins.stage)) / 100;
}

const doing: Readonly<Record<SyncStep, string>> = {
  plan: 'planning',
  extract: 'asking Snowflake',
  stage: 'loading',
  verify: 'verifying',
  swap: 'swapping',
  record: 'recording',
};

/** What a run is at: `loading · 92,000 of 153,592 rows · 410,000 rows/s`. */
export function describeRun({ state, step, rows, totalRows, rowsPerSecond }: LiveRun): string {
  if (state === 'waiting' || step === undefined) return state === 'waiting' ? 'waiting' : '';
  if (step !== 'stage' || rows === 0) return doing[step];
  const of = totalRows === null ? formatRows(rows) : `${formatCount(rows)} of ${formatRows(totalRows)}`;
  return joinFacts(doing[step], of, rowsPerSecond > 0 && `${formatCount(rowsPerSecond)} rows/s`);
}
