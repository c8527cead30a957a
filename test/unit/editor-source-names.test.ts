import assert from 'node:assert/strict';
import fc from 'fast-check';
import { escapeForJson, objectParts, readTypedSourceName } from '../../src/extension/editor/source-name.ts';

describe('names of Snowflake while they are typed', () => {
  it('are read part by part', () => {
    assert.deepEqual(readTypedSourceName(''), { qualifiers: [], last: '', lastOffset: 0 });
    assert.deepEqual(readTypedSourceName('flux_db.Prod'), { qualifiers: ['FLUX_DB'], last: 'Prod', lastOffset: 8 });
    assert.deepEqual(readTypedSourceName('a.b.'), { qualifiers: ['A', 'B'], last: '', lastOffset: 4 });
  });

  it('keep the case and the dots of quoted parts', () => {
    const raw = String.raw`a.\"My.Schema\".\"T\"`;
    assert.deepEqual(readTypedSourceName(raw), { qualifiers: ['A', 'My.Schema'], last: 'T', lastOffset: 16 });
    assert.deepEqual(readTypedSourceName(String.raw`\"a\"\"b\".x`).qualifiers, ['a"b']);
  });

  it('are whole with three parts', () => {
    assert.deepEqual(objectParts('flux.prod."Odd Name"'), { database: 'FLUX', schema: 'PROD', object: 'Odd Name' });
    for (const other of ['', 'a', 'a.b', 'a.b.', 'a..c', 'a.b.c.d', 'a."b.c'])
      assert.equal(objectParts(other), undefined);
  });

  it('come back from any quoted parts', () => {
    const part = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(part, part, part, (database, schema, object) => {
        const quoted = [database, schema, object].map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
        assert.deepEqual(objectParts(quoted), { database, schema, object });
        assert.deepEqual(readTypedSourceName(`${escapeForJson(quoted)}.`).qualifiers, [database, schema, object]);
      }),
    );
  });
});
