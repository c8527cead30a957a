import assert from 'node:assert/strict';
import { planReport } from '../../src/extension/panels/plan-report.ts';
import { verifyReport } from '../../src/extension/panels/verify-report.ts';
import { noon } from '../support/extension-states.ts';
import { driftedPlan, failedTable, verified } from '../support/panel-documents.ts';

describe('the report of a plan', () => {
  const report = planReport(
    { status: 'failed', target: 'local', tables: [driftedPlan, failedTable] },
    'snowmelt.json',
    noon,
  );

  it('says first what matters', () => {
    assert.equal(report.tone, 'bad');
    assert.equal(
      report.summary,
      '1 table was planned; nothing was written. 1 has a source whose columns are not the table’s. 1 could not be planned.',
    );
  });

  it('shows drift as a table and as DDL, and does not repeat it as a warning', () => {
    const [section] = report.sections;
    const drift = section?.blocks.find((block) => block.kind === 'table' && block.title === 'Drift');
    assert.ok(drift?.kind === 'table');
    assert.deepEqual(
      drift.rows.map((cells) => cells.map(({ text }) => text).join('|')),
      [
        'added|voltage||numeric(8,2)',
        'dropped|owner||',
        'retyped|name|varchar(40)|text',
        'lost|index transformers_owner_idx||',
      ],
    );
    const ddl = section?.blocks.find((block) => block.kind === 'sql' && block.title === 'Drift as DDL');
    assert.match(ddl?.kind === 'sql' ? ddl.text : '', /ADD COLUMN voltage numeric\(8,2\);\n.*DROP COLUMN owner;$/s);
    assert.deepEqual(
      section?.blocks.flatMap((block) => (block.kind === 'notice' ? [block.message] : [])),
      ['transformers: the column "shape" becomes text.'],
    );
  });

  it('has a failed table with its remedy', () => {
    const [, section] = report.sections;
    assert.equal(section?.badge.text, 'Failed');
    assert.deepEqual(section.blocks[0], {
      kind: 'notice',
      tone: 'bad',
      message: 'It does not exist or is not authorized.',
      remedy: 'Check the name.',
    });
  });
});

describe('the report of a comparison', () => {
  const reportOf = (changes: Partial<typeof verified>) =>
    verifyReport(
      { status: 'different', target: 'local', tables: [{ ...verified, ...changes }] },
      'snowmelt.json',
      noon,
    );

  it('shows rows side by side and offers to repair them', () => {
    const report = reportOf({});
    const [section] = report.sections;
    assert.equal(report.summary, '1 table differs from the source.');
    assert.equal(section?.badge.text, '1,200 missing, 1 extra, 3 different');
    const block = section.blocks.find(({ kind }) => kind === 'differences');
    assert.ok(block?.kind === 'differences');
    assert.deepEqual(
      block.rows.map(({ key }) => key),
      ['id = 17', 'id = 99', 'id = NULL (2 rows)'],
    );
    assert.equal(block.more, '1,201 more rows differ than are shown.');
    assert.deepEqual(
      section.actions.map(({ action }) => action),
      ['repair', 'sync', 'verify'],
    );
  });

  it('offers to go down to the rows where only hashes were compared', () => {
    const [section] = reportOf({ level: 'checksum', rows: [], missing: null, extra: null, different: null }).sections;
    assert.equal(section?.badge.text, 'Different');
    assert.deepEqual(
      section.actions.map(({ action }) => action),
      ['sync', 'diff', 'verify'],
    );
  });

  it('says what a comparison of counts does not find', () => {
    const [section] = reportOf({ level: 'count', rows: [], status: 'equal' }).sections;
    assert.ok(section !== undefined);
    assert.ok(section.blocks.some((block) => block.kind === 'notice' && block.message.startsWith('Only the numbers')));
    assert.deepEqual(
      section.actions.map(({ action }) => action),
      ['verify'],
    );
  });

  it('has nothing left to repair after a repair', () => {
    const [section] = reportOf({ repaired: 1_204 }).sections;
    assert.ok(section !== undefined);
    assert.ok(section.blocks.some((block) => block.kind === 'notice' && block.message === '1,204 rows repaired.'));
    assert.ok(!section.actions.some(({ action }) => action === 'repair'));
  });
});
