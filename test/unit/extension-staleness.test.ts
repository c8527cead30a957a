import assert from 'node:assert/strict';
import { stalenessOf } from '../../src/extension/model/staleness.ts';
import type { SourceTableStatus, TableStatus } from '../../src/worker/protocol/protocol.ts';

const hourMs = 3_600_000;
const rules = { staleAfterHours: 24, sinceMeasuredMs: 0 };

const synced: TableStatus = {
  table: 'roads',
  relation: { schema: 'public', name: 'roads' },
  state: 'synced',
  rows: 100,
  rowsExact: false,
  bytes: 8_192,
  indexBytes: 0,
  generation: 3,
  syncedRows: 100,
  syncedAt: '2026-11-27T00:00:00.000Z',
  ageMs: hourMs,
  lastRun: null,
  kept: { count: 1, bytes: 8_192 },
  leftBehind: { count: 0, bytes: 0 },
  drift: { configurationChanged: false, replaced: false, missingColumns: [] },
};

function source(changes: Partial<SourceTableStatus>): SourceTableStatus {
  return { status: 'success', table: 'roads', rows: 100, changed: false, ...changes };
}

describe('staleness', () => {
  it('is unknown before anybody has looked', () => {
    assert.deepEqual(stalenessOf(undefined, source({ changed: true }), rules), { kind: 'unknown', reasons: [] });
  });

  it('is fresh without a reason to the contrary', () => {
    assert.deepEqual(stalenessOf(synced, undefined, rules), { kind: 'fresh', reasons: [] });
    assert.deepEqual(stalenessOf(synced, source({}), rules), { kind: 'fresh', reasons: [] });
  });

  it('is missing where there is no table, or one of somebody else', () => {
    assert.equal(stalenessOf({ ...synced, state: 'missing' }, undefined, rules).kind, 'missing');
    const foreign = stalenessOf({ ...synced, state: 'neverSynced' }, undefined, rules);
    assert.deepEqual(foreign, { kind: 'missing', reasons: ['The table was never synced by Snowmelt.'] });
  });

  it('is stale where the source has changed', () => {
    const { kind, reasons } = stalenessOf(synced, source({ changed: true }), rules);
    assert.equal(kind, 'stale');
    assert.deepEqual(reasons, ['The source has changed since the last sync.']);
  });

  it('goes by the numbers of rows only where Snowflake cannot tell', () => {
    const told = stalenessOf(synced, source({ changed: false, rows: 101 }), rules);
    assert.equal(told.kind, 'fresh');
    const untold = stalenessOf(synced, source({ changed: null, rows: 1_101 }), rules);
    assert.deepEqual(untold, {
      kind: 'stale',
      reasons: ['The source has 1,101 rows, the last sync brought 100 rows.'],
    });
    assert.equal(stalenessOf(synced, source({ changed: null, rows: null }), rules).kind, 'fresh');
  });

  it('grows old while nobody looks, unless age does not count', () => {
    const old = { staleAfterHours: 24, sinceMeasuredMs: 23.5 * hourMs };
    assert.deepEqual(stalenessOf(synced, undefined, old), { kind: 'stale', reasons: ['The last sync was 24 h ago.'] });
    assert.equal(stalenessOf(synced, undefined, { ...old, staleAfterHours: 0 }).kind, 'fresh');
    assert.equal(stalenessOf(synced, undefined, { ...old, staleAfterHours: 25 }).kind, 'fresh');
  });

  it('is drifted where configuration or relation are not what was synced, and says all that is known', () => {
    const drift = { configurationChanged: true, replaced: true, missingColumns: ['geom', 'name'] };
    const { kind, reasons } = stalenessOf({ ...synced, drift }, source({ changed: true }), rules);
    assert.equal(kind, 'drifted');
    assert.deepEqual(reasons, [
      'The configuration of the table has changed since the last sync.',
      'Another relation has taken the place of the table that was synced.',
      'Columns that the last sync has filled are gone: geom, name.',
      'The source has changed since the last sync.',
    ]);
  });
});
