import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { addIndex, replaced, setValue } from '../../src/extension/editor/edits.ts';
import { parseConfig } from '../../src/sync-core/config/parse-config.ts';

const indentation = { tabSize: 2, insertSpaces: true, eol: '\n' };
const index = { columns: ['geom'], method: 'gist' };
const written = '{ "columns": ["geom"], "method": "gist" }';

function withIndex(text: string): string {
  return replaced(text, addIndex(text, 't', index, indentation));
}

describe('edits of a configuration', () => {
  it('put an index behind the last one, in its line', () => {
    assert.equal(
      withIndex('{ "tables": { "t": { "indexes": ["a"] /* c */ } } }'),
      `{ "tables": { "t": { "indexes": ["a", ${written}] /* c */ } } }`,
    );
    assert.equal(
      withIndex('{ "tables": { "t": { "indexes": [] } } }'),
      `{ "tables": { "t": { "indexes": [${written}] } } }`,
    );
  });

  it('put an index on a line of its own where the others are', () => {
    assert.equal(
      withIndex('{ "tables": { "t": {\n  "indexes": [\r\n\t"a", // why\r\n\t"b",\r\n  ] } } }'),
      `{ "tables": { "t": {\n  "indexes": [\r\n\t"a", // why\r\n\t"b",\r\n\t${written},\r\n  ] } } }`,
    );
  });

  it('add the list where there is none, and leave the rest as it is', () => {
    const text = '{\n  // first\n  "tables": {\n    "t": {\n      "source": "A.B.C" // last\n    }\n  }\n}\n';
    const edited = withIndex(text);
    assert.match(edited, /\/\/ first/);
    assert.match(edited, /\/\/ last/);
    assert.match(edited, /"indexes": \[/);
    assert.match(edited, /"method": "gist"/);
  });

  it('keep the example valid', () => {
    const example = readFileSync(new URL('../../examples/flux-ops-center/snowmelt.json', import.meta.url), 'utf8');
    for (const table of ['topology_connections_cache', 'transformers', 'vegetation_risk']) {
      const edited = replaced(
        example,
        addIndex(example, table, { columns: ['circuit_id'], method: 'brin' }, indentation),
      );
      assert.deepEqual(parseConfig(edited).problems, []);
      assert.equal(
        parseConfig(edited).config?.tables[table]?.indexes?.length,
        (parseConfig(example).config?.tables[table]?.indexes?.length ?? 0) + 1,
      );
    }
  });

  it('replace a value where it stands', () => {
    const text = '{ "source": { "password": "x" /* mine */, "user": "u" } }';
    const edited = replaced(text, setValue(text, ['source', 'password'], { prompt: true }, indentation));
    assert.match(edited, /\/\* mine \*\/, "user": "u"/);
    assert.deepEqual(
      parseConfig(edited.replace('{ "source"', '{ "targets": {}, "tables": {}, "source"')).problems.filter(({ path }) =>
        path.includes('password'),
      ),
      [],
    );
  });
});
