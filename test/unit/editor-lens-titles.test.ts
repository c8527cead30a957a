import assert from 'node:assert/strict';
import { runTitle, tableTitle } from '../../src/extension/editor/lens-titles.ts';
import type { LiveRun } from '../../src/extension/model/live-run.ts';
import type { TableState, TargetState } from '../../src/extension/model/target-state.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

function run(changes: Partial<LiveRun>): LiveRun {
  return { state: 'running', step: 'stage', rows: 0, totalRows: null, ...changes } as LiveRun;
}

function target(state: TargetState['state']): TargetState {
  return { state, target: { name: 'cloud' } } as TargetState;
}

function table(status: object | undefined, kind = 'fresh'): TableState {
  return { status, staleness: { kind, reasons: [] } } as unknown as TableState;
}

const synced = { state: 'synced', rows: 153_592, rowsExact: true, syncedAt: '2026-03-01T11:58:00Z' };

describe('titles above a table', () => {
  it('say how it stands', () => {
    const ready = target('ready');
    assert.equal(tableTitle(ready, table(synced), now), '153,592 rows, 2 min ago');
    assert.equal(tableTitle(ready, table({ ...synced, rowsExact: false }), now), '~153,592 rows, 2 min ago');
    assert.equal(tableTitle(ready, table(synced, 'stale'), now), '153,592 rows, 2 min ago, stale');
    assert.equal(tableTitle(ready, table(synced, 'drifted'), now), '153,592 rows, 2 min ago, drifted');
    assert.equal(tableTitle(ready, table({ ...synced, rows: null }), now), 'rows unknown, 2 min ago');
    assert.equal(tableTitle(ready, table({ state: 'missing' }), now), 'not synced yet');
    assert.equal(
      tableTitle(ready, table({ ...synced, state: 'neverSynced', syncedAt: null }), now),
      '153,592 rows, not synced yet',
    );
  });

  it('do not turn a clock that is ahead into the future', () => {
    assert.equal(
      tableTitle(target('ready'), table(synced), Date.parse('2026-03-01T11:00:00Z')),
      '153,592 rows, just now',
    );
  });

  it('say why nothing is known', () => {
    assert.equal(tableTitle(undefined, undefined, now), 'not looked at yet');
    assert.equal(tableTitle(target('loading'), undefined, now), '$(loading~spin) looking');
    assert.equal(tableTitle(target('failed'), table(synced), now), '$(warning) cloud cannot be reached');
    assert.equal(tableTitle(target('stopped'), table(synced), now), 'local PostGIS is stopped');
  });

  it('say what a run is at', () => {
    assert.equal(runTitle(run({ state: 'waiting', step: undefined })), '$(sync~spin) waiting');
    assert.equal(runTitle(run({ rows: 64, totalRows: 100 })), '$(sync~spin) staging 64 %');
    assert.equal(runTitle(run({ rows: 199, totalRows: 200 })), '$(sync~spin) staging 99 %');
    assert.equal(runTitle(run({ rows: 201, totalRows: 200 })), '$(sync~spin) staging 100 %');
    assert.equal(runTitle(run({ rows: 1_500 })), '$(sync~spin) staging 1,500 rows');
    assert.equal(runTitle(run({ step: 'swap', rows: 100, totalRows: 100 })), '$(sync~spin) swapping');
  });
});
