import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  identifierProblem,
  parsePostgresName,
  parseSnowflakeName,
  postgresColumnName,
} from '../../src/sync-core/config/sql-name.ts';

describe('parsePostgresName', () => {
  it('folds what is not quoted, and keeps what is', () => {
    assert.deepEqual(parsePostgresName('Roads'), { parts: ['roads'] });
    assert.deepEqual(parsePostgresName('Maps.Roads'), { parts: ['maps', 'roads'] });
    assert.deepEqual(parsePostgresName('"Maps"."Ro.a""ds"'), { parts: ['Maps', 'Ro.a"ds'] });
    assert.deepEqual(parsePostgresName('maps."Roads"'), { parts: ['maps', 'Roads'] });
    assert.deepEqual(parsePostgresName('ÄRZTE'), { parts: ['Ärzte'] });
  });

  it('refuses what is no name', () => {
    for (const text of ['', '  ', '.', 'a.', '.a', 'a..b', '"a', '"a"b', '""', 'a."']) {
      assert.ok('problem' in parsePostgresName(text), JSON.stringify(text));
    }
  });

  it('reads back any name that is quoted', () => {
    const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), (parts) => {
        const text = parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
        assert.deepEqual(parsePostgresName(text), { parts });
      }),
    );
  });
});

describe('parseSnowflakeName', () => {
  it('folds to upper case', () => {
    assert.deepEqual(parseSnowflakeName('flux_db.Production."t1"'), { parts: ['FLUX_DB', 'PRODUCTION', 't1'] });
  });

  it('refuses what needs quotes', () => {
    for (const text of ['my table', 'a-b', '1a', 'a.2b', 'a;b', "a'b", 'f(x)']) {
      assert.ok('problem' in parseSnowflakeName(text), text);
    }
    assert.deepEqual(parseSnowflakeName('"my table"."1a"'), { parts: ['my table', '1a'] });
  });
});

describe('postgresColumnName', () => {
  it('follows SQL, and takes what cannot be an identifier as it is', () => {
    assert.equal(postgresColumnName('FROM_ASSET_ID'), 'from_asset_id');
    assert.equal(postgresColumnName('"FROM_ASSET_ID"'), 'FROM_ASSET_ID');
    assert.equal(postgresColumnName('"say ""hi"""'), 'say "hi"');
    assert.equal(postgresColumnName('Risk %'), 'Risk %');
    assert.equal(postgresColumnName('2nd'), '2nd');
  });
});

describe('identifierProblem', () => {
  it('counts bytes, not characters', () => {
    assert.equal(identifierProblem('a'.repeat(63)), undefined);
    assert.match(identifierProblem('a'.repeat(64)) ?? '', /64 bytes/);
    assert.equal(identifierProblem('ä'.repeat(31)), undefined);
    assert.match(identifierProblem('ä'.repeat(32)) ?? '', /64 bytes/);
    assert.match(identifierProblem('') ?? '', /empty/);
    assert.match(identifierProblem('a\0') ?? '', /NUL/);
  });
});
