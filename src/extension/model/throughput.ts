import type { SyncStep } from '../../worker/protocol/protocol.ts';
import type { LiveRun } from './live-run.ts';

type Sample = LiveRun['samples'][number];

/** Rows per second over the time of a run, in a bounded number of samples. */
export interface Throughput {
  readonly samples: readonly Sample[];
  /** How far samples are apart, in ms. */
  readonly spacingMs: number;
  /** Where the sample begins that is being measured. */
  readonly since: Reading | undefined;
}

/** Rows that a step has handled, `ms` after the run began. */
export interface Reading {
  readonly ms: number;
  readonly step: SyncStep;
  readonly rows: number;
}

/** The most samples: one per pixel of a small plot is more than enough. */
export const mostSamples = 240;

export const noThroughput: Throughput = { samples: [], spacingMs: 250, since: undefined };

/** A run of any length fits: with too many samples, two and two become one, and later ones are as far apart. */
export function withRows(throughput: Throughput, reading: Reading): Throughput {
  const { since, spacingMs } = throughput;
  if (since?.step !== reading.step || reading.rows < since.rows) return { ...throughput, since: reading };
  const elapsedMs = reading.ms - since.ms;
  if (elapsedMs < spacingMs) return throughput;
  const rowsPerSecond = Math.round(((reading.rows - since.rows) * 1_000) / elapsedMs);
  const samples = [...throughput.samples, { ms: reading.ms, rowsPerSecond }];
  return samples.length <= mostSamples
    ? { samples, spacingMs, since: reading }
    : { samples: inPairs(samples), spacingMs: spacingMs * 2, since: reading };
}

function inPairs(samples: readonly Sample[]): Sample[] {
  const pairs: Sample[] = [];
  for (let at = 0; at < samples.length; at += 2) {
    const pair = samples.slice(at, at + 2);
    const last = pair.at(-1);
    if (last === undefined) break;
    const rowsPerSecond = Math.round(pair.reduce((sum, sample) => sum + sample.rowsPerSecond, 0) / pair.length);
    pairs.push({ ms: last.ms, rowsPerSecond });
  }
  return pairs;
}
