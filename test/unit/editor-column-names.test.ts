import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  defaultTargetColumn,
  matchingSourceColumn,
  targetColumn,
  writtenTargetColumn,
} from '../../src/extension/editor/column-names.ts';
import { postgresColumnName } from '../../src/sync-core/config/sql-name.ts';
import { postgresNameOf } from '../../src/sync-core/snowflake/identifiers.ts';

const name = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.stringMatching(/^"?[A-Za-z_][A-Za-z0-9_$ ]*"?$/),
  fc.constantFrom('Risk %', '"FROM_ID"', 'FROM_ID', 'from_id', '""""', '"', 'größe'),
);

describe('names of columns in the editor', () => {
  it('are read as the worker reads them', () => {
    fc.assert(
      fc.property(name, (written) => {
        assert.equal(targetColumn(written), postgresColumnName(written));
        assert.equal(defaultTargetColumn(written), postgresNameOf(written));
      }),
    );
  });

  it('are written so that they are read back', () => {
    fc.assert(
      fc.property(name, (column) => {
        assert.equal(targetColumn(writtenTargetColumn(column)), column);
      }),
    );
    assert.deepEqual(['from_id', 'From', 'Risk %'].map(writtenTargetColumn), ['from_id', '"From"', 'Risk %']);
  });

  it('match a source column exactly before they match it but for case', () => {
    const columns = [{ name: 'ID' }, { name: 'id' }];
    assert.equal(matchingSourceColumn('id', columns)?.name, 'id');
    assert.equal(matchingSourceColumn('Id', columns)?.name, 'ID');
    assert.equal(matchingSourceColumn('no', columns), undefined);
  });
});
