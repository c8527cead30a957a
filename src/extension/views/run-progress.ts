import { formatCount } from '../../worker/protocol/figures.ts';
import type { LiveRun } from '../model/live-run.ts';
import { formatShare, joinFacts } from '../format.ts';
import type { SyncStep } from '../../worker/protocol/protocol.ts';

/** What is needed to say how far a run is. */
export type Progress = Pick<LiveRun, 'kind' | 'state' | 'step' | 'rows' | 'totalRows' | 'rowsPerSecond'>;

const stepNames: Readonly<Record<SyncStep, string>> = {
  plan: 'planning',
  extract: 'extracting',
  stage: 'staging',
  verify: 'verifying',
  swap: 'swapping',
  record: 'recording',
};

/** `staging 64 %`, `waiting`, `rolling back`: what a run is at. */
export function formatStep({ kind, state, step, rows, totalRows }: Progress): string {
  if (state === 'waiting') return 'waiting';
  if (kind === 'rollback') return 'rolling back';
  if (step === undefined) return 'starting';
  const moves = step === 'extract' || step === 'stage';
  const share = moves && totalRows !== null && totalRows > 0 ? ` ${formatShare(rows, totalRows)}` : '';
  return `${stepNames[step]}${share}`;
}

/** `210,000 rows/s`, while rows arrive. */
export function formatRate({ step, rowsPerSecond }: Progress): string | undefined {
  const moves = step === 'extract' || step === 'stage';
  return moves && rowsPerSecond > 0 ? `${formatCount(rowsPerSecond)} rows/s` : undefined;
}

/** `staging 64 % · 210,000 rows/s` */
export function formatProgress(progress: Progress): string {
  return joinFacts(formatStep(progress), formatRate(progress));
}
