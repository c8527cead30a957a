import assert from 'node:assert/strict';
import type { TableState } from '../../src/extension/model/target-state.ts';
import { staleBadge } from '../../src/extension/views/stale-badge.ts';
import { ageOf, conditionOf, tableItem, type TableSurroundings } from '../../src/extension/views/table-item.ts';
import type { ItemContent } from '../../src/extension/views/tree-node.ts';
import {
  errorDocument,
  liveRun,
  minute,
  noon,
  runRecord,
  sourceStatus,
  tableState,
  tableStatus,
} from '../support/extension-states.ts';

const calm: TableSurroundings = { now: noon, targetState: 'ready', seenAt: noon, run: undefined };

function show(table: Partial<TableState> = {}, around: Partial<TableSurroundings> = {}): ItemContent {
  return tableItem(tableState(table), { ...calm, ...around });
}

describe('item of a cache table', () => {
  it('says how many rows there are and how old they are', () => {
    const item = show();
    assert.equal(item.label, 'transformers');
    assert.equal(item.description, '91,554 rows · 2 min ago');
    assert.deepEqual(item.icon, { id: 'pass', color: 'testing.iconPassed' });
    assert.equal(item.spoken, 'transformers: fresh, 91,554 rows, synced 2 min ago.');
    assert.notEqual(item.outdated, true);
  });

  it('lets the age grow with this machine’s clock since it was measured', () => {
    assert.equal(show({}, { now: noon + 60 * minute }).description, '91,554 rows · 1 h ago');
    assert.equal(ageOf(tableState(), { now: noon - 1_000, seenAt: noon }), 2 * minute);
  });

  it('marks estimates', () => {
    const item = show({ status: tableStatus({ rowsExact: false, rows: 91_000 }) });
    assert.equal(item.description, '~91,000 rows · 2 min ago');
    assert.match(item.spoken ?? '', /about 91,000 rows/);
  });

  it('shows Snowflake’s number beside it where that is another', () => {
    const source = sourceStatus({ rows: 91_700, changed: true });
    const staleness = { kind: 'stale', reasons: ['The source has changed since the last sync.'] } as const;
    const item = show({ source, staleness });
    assert.equal(item.description, '91,554 → 91,700 in Snowflake · 2 min ago');
    assert.equal(item.icon?.id, 'cloud-download');
    assert.match(item.contextValue ?? '', /\bstale\b/);
    assert.match(item.spoken ?? '', /stale, 91,554 rows, 91,700 in Snowflake.*The source has changed/);
  });

  it('takes no estimate for a difference', () => {
    const status = tableStatus({ rowsExact: false, rows: 91_000 });
    assert.equal(show({ status, source: sourceStatus() }).description, '~91,000 rows · 2 min ago');
    const grown = sourceStatus({ rows: 91_600 });
    assert.equal(show({ status, source: grown }).description, '~91,000 → 91,600 in Snowflake · 2 min ago');
  });

  it('says that a table was not synced, and what a sync would bring', () => {
    const status = tableStatus({ state: 'missing', rows: null, syncedAt: null, ageMs: null, lastRun: null });
    const staleness = { kind: 'missing', reasons: [] } as const;
    assert.equal(show({ status, staleness }).description, 'not synced yet');
    const known = show({ status, staleness, source: sourceStatus() });
    assert.equal(known.description, 'not synced yet · 91,554 rows in Snowflake');
    const adopted = tableStatus({ state: 'neverSynced', rows: 1, ageMs: null, syncedRows: null });
    assert.equal(show({ status: adopted, staleness }).description, '1 row · never synced');
  });

  it('follows a run', () => {
    const item = show({}, { run: liveRun() });
    assert.equal(item.description, 'staging 64 % · 210,000 rows/s');
    assert.equal(item.icon?.id, 'sync~spin');
    assert.match(item.contextValue ?? '', /\brunning\b/);
    assert.equal(show({}, { run: liveRun({ state: 'waiting', step: undefined }) }).description, 'waiting');
    assert.equal(show({}, { run: liveRun({ totalRows: null }) }).description, 'staging · 210,000 rows/s');
    assert.equal(show({}, { run: liveRun({ step: 'swap' }) }).description, 'swapping');
    assert.equal(show({}, { run: liveRun({ kind: 'rollback' }) }).description, 'rolling back · 210,000 rows/s');
  });

  it('is red after a failure, whatever the rows are worth', () => {
    const lastRun = runRecord({ status: 'failed', error: errorDocument('guard.empty', 'The source is empty.') });
    const item = show({ status: tableStatus({ lastRun }) });
    assert.equal(item.icon?.id, 'error');
    assert.match(item.tooltip ?? '', /The source is empty[\s\S]*What to do/);
    assert.equal(conditionOf(tableState({ status: tableStatus({ lastRun }) }), liveRun()), 'running');
    const abandoned = tableStatus({ lastRun: runRecord({ status: 'abandoned' }) });
    assert.equal(conditionOf(tableState({ status: abandoned }), undefined), 'failed');
  });

  it('stays, greyed and with its time, when the target cannot be reached', () => {
    for (const targetState of ['failed', 'stopped'] as const) {
      const item = show({}, { targetState, now: noon + 90 * minute });
      assert.equal(item.description, '91,554 rows · as of 12:00');
      assert.equal(item.outdated, true);
      assert.deepEqual(item.icon, { id: 'pass', color: 'disabledForeground' });
    }
    const never = show({ status: undefined, staleness: { kind: 'unknown', reasons: [] } }, { targetState: 'failed' });
    assert.equal(never.outdated, false);
    assert.equal(never.description, '');
  });

  it('offers what is possible', () => {
    assert.equal(show().contextValue, 'table hasGenerations');
    const left = tableStatus({ kept: { count: 0, bytes: 0 }, leftBehind: { count: 1, bytes: 5_000 } });
    const item = show({ status: left });
    assert.equal(item.contextValue, 'table leftBehind');
    assert.match(item.tooltip ?? '', /left 5\.00 kB behind/);
    assert.doesNotMatch(item.tooltip ?? '', /rollBack/);
  });

  it('tells in the tooltip of both sides, the generation and the run', () => {
    const tooltip = show({ source: sourceStatus({ rows: 91_700 }) }).tooltip ?? '';
    assert.match(tooltip, /\| Object \| `public\.transformers` \| `FLUX_DB\.APPLICATIONS\.TRANSFORMERS` \|/);
    assert.match(tooltip, /\| Rows \| 91,554 \| 91,700 \|/);
    assert.match(tooltip, /21\.3 MB · 4\.20 MB of it indexes/);
    assert.match(tooltip, /by alice, run `run-1` · generation 4 · 1 earlier kept \(20\.0 MB\)/);
    assert.match(tooltip, /command:snowmelt\.rollBack/);
  });
});

describe('badge of the cache tables', () => {
  const of = (...kinds: readonly TableState['staleness']['kind'][]): ReturnType<typeof staleBadge> =>
    staleBadge(kinds.map((kind) => tableState({ staleness: { kind, reasons: [] } })));

  it('is absent where nothing speaks against the tables', () => {
    assert.equal(of('fresh', 'missing', 'unknown'), undefined);
  });

  it('counts what is stale and what has drifted', () => {
    assert.deepEqual(of('stale', 'fresh'), { value: 1, tooltip: '1 cache table is stale' });
    assert.deepEqual(of('stale', 'stale', 'stale'), { value: 3, tooltip: '3 cache tables are stale' });
    assert.deepEqual(of('stale', 'drifted'), {
      value: 2,
      tooltip: '1 cache table is stale, 1 cache table has drifted',
    });
  });
});
