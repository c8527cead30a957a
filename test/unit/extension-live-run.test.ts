import assert from 'node:assert/strict';
import { afterEvent, afterOutcome, waitingRun, type LiveRunState } from '../../src/extension/model/live-run-state.ts';
import { fractionOf, describeRun } from '../../src/extension/model/run-fraction.ts';
import { mostSamples, noThroughput, withRows } from '../../src/extension/model/throughput.ts';
import type { LiveRun } from '../../src/extension/model/live-run.ts';
import type { SyncEventBody } from '../../src/sync-core/events.ts';

const about = { table: 'roads', target: 'local', run: 'r1' };

/** The state after events that came 100 ms apart. */
function after(...events: readonly SyncEventBody[]): LiveRunState {
  return events.reduce<LiveRunState>(
    (state, event, at) => afterEvent(state, { ...event, ...about }, 1_000 + at * 100, 1_000),
    waitingRun,
  );
}

function live(state: LiveRunState): LiveRun {
  return { ...state, samples: state.throughput.samples } as unknown as LiveRun;
}

const loading = {
  kind: 'progress',
  step: 'stage',
  rows: 50,
  bytes: 5_000,
  rowsPerSecond: 500,
  totalRows: 200,
} as const;

describe('state of a live run', () => {
  it('waits until its first event, which gives it its id in the ledger', () => {
    assert.equal(waitingRun.state, 'waiting');
    const { state, run } = after({ kind: 'run-started', startedAt: '2026-11-27T00:00:00.000Z' });
    assert.deepEqual({ state, run }, { state: 'running', run: 'r1' });
  });

  it('knows its step while it goes, and how long each took', () => {
    const planned = after({ kind: 'step-started', step: 'plan' }, { kind: 'step-finished', step: 'plan', ms: 40 });
    assert.equal(planned.step, undefined);
    assert.deepEqual(planned.stepMs, { plan: 40 });
    const extracting = afterEvent(planned, { kind: 'step-started', step: 'extract', ...about }, 2_000, 1_000);
    assert.equal(extracting.step, 'extract');
  });

  it('keeps the number of rows that was announced when later progress does not say it', () => {
    const state = after(loading, { ...loading, rows: 90, totalRows: null });
    assert.deepEqual([state.rows, state.totalRows], [90, 200]);
  });

  it('drops the oldest events after 2,000, and no warning', () => {
    const detail = { kind: 'detail', step: 'plan', message: 'x' } as const;
    const warning = { kind: 'warning', warning: { code: 'w', message: 'first' } } as const;
    const state = after(warning, ...Array.from({ length: 2_050 }, () => detail));
    assert.equal(state.events.length, 2_000);
    assert.equal(state.warnings.length, 1);
    assert.equal(state.events.at(-1)?.at, 1_000 + 2_050 * 100);
  });

  it('ends cancelled where it was cancelled, failed otherwise', () => {
    const cancelled = afterOutcome(waitingRun, { status: 'failed', error: { code: 'cancelled', message: 'x' } }, 5);
    assert.deepEqual([cancelled.state, cancelled.finishedAt], ['cancelled', 5]);
    const failed = afterOutcome(after(loading), { status: 'failed', error: { code: 'internal', message: 'x' } }, 5);
    assert.deepEqual([failed.state, failed.error?.message, failed.step], ['failed', 'x', undefined]);
  });
});

describe('how far a run is', () => {
  it('never goes back, from its start to its end', () => {
    const states = [
      waitingRun,
      after({ kind: 'step-started', step: 'plan' }),
      after({ kind: 'step-started', step: 'extract' }),
      after({ kind: 'step-started', step: 'stage' }),
      after(loading),
      after({ ...loading, rows: 200 }),
      after({ kind: 'step-started', step: 'verify' }),
      after({ kind: 'step-started', step: 'swap' }),
      after({ kind: 'step-started', step: 'record' }),
      afterOutcome(after(loading), { status: 'success' }, 5),
    ];
    const shares = states.map((state) => fractionOf(live(state)));
    assert.deepEqual(
      shares,
      [...shares].sort((a, b) => a - b),
    );
    assert.deepEqual([shares[0], shares.at(-1)], [0, 1]);
    assert.ok(shares.slice(0, -1).every((share) => share < 1));
  });

  it('says in words what it is at', () => {
    assert.equal(describeRun(live(waitingRun)), 'waiting');
    assert.equal(describeRun(live(after(loading))), 'loading · 50 of 200 rows · 500 rows/s');
    assert.equal(describeRun(live(after({ kind: 'step-started', step: 'swap' }))), 'swapping');
  });
});

describe('throughput', () => {
  it('measures between readings, and anew with each step', () => {
    let throughput = withRows(noThroughput, { ms: 0, step: 'stage', rows: 0 });
    throughput = withRows(throughput, { ms: 100, step: 'stage', rows: 50 });
    assert.equal(throughput.samples.length, 0, 'too soon after the last');
    throughput = withRows(throughput, { ms: 500, step: 'stage', rows: 1_000 });
    throughput = withRows(throughput, { ms: 900, step: 'verify', rows: 10 });
    throughput = withRows(throughput, { ms: 1_400, step: 'verify', rows: 510 });
    assert.deepEqual(throughput.samples, [
      { ms: 500, rowsPerSecond: 2_000 },
      { ms: 1_400, rowsPerSecond: 1_000 },
    ]);
  });

  it('keeps a run of any length in a bounded number of samples that still cover all of it', () => {
    let throughput = noThroughput;
    for (let at = 0; at <= 10_000; at += 1)
      throughput = withRows(throughput, { ms: at * 250, step: 'stage', rows: at * 250 });
    const { samples } = throughput;
    assert.ok(samples.length <= mostSamples && samples.length > mostSamples / 4, String(samples.length));
    assert.ok((samples[0]?.ms ?? 0) < 60_000);
    assert.ok((samples.at(-1)?.ms ?? 0) > 2_400_000);
    assert.ok(samples.every(({ rowsPerSecond }) => rowsPerSecond === 1_000));
  });
});
