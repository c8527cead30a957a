import assert from 'node:assert/strict';
import type { Staleness } from '../../src/extension/model/target-state.ts';
import { tablesSummary } from '../../src/extension/tables-summary.ts';
import { tableState } from '../support/extension-states.ts';

const summary = (...kinds: readonly Staleness['kind'][]): string | undefined =>
  tablesSummary(kinds.map((kind) => tableState({ staleness: { kind, reasons: [] } })))?.text;

describe('the summary of the tables of a window', () => {
  it('is that they are fresh only where they were looked at', () => {
    assert.equal(summary(), undefined);
    assert.equal(summary('unknown', 'unknown'), undefined);
    assert.equal(summary('fresh', 'unknown'), 'fresh');
  });

  it('tells what is behind its source from what was never synced', () => {
    assert.equal(summary('fresh', 'stale', 'drifted'), '2 stale');
    assert.equal(summary('missing', 'fresh'), '1 not synced yet');
    assert.equal(summary('stale', 'missing', 'missing'), '1 stale, 2 not synced yet');
  });

  it('counts what is known, and says of each table that needs a sync why', () => {
    const [fresh, unknown] = (['fresh', 'unknown'] as const).map((kind) =>
      tableState({ staleness: { kind, reasons: [] } }),
    );
    assert.equal(tablesSummary([fresh!, unknown!])?.detail, '1 cache table is fresh');
    const stale = tableState({
      staleness: { kind: 'stale', reasons: ['The source has changed since the last sync.'] },
    });
    assert.equal(
      tablesSummary([fresh!, stale])?.detail,
      `1 cache table needs a sync\n${stale.table.name}: The source has changed since the last sync.`,
    );
  });
});
