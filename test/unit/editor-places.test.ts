import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placeAt } from '../../src/extension/editor/place.ts';

/** What is at the bar in a text, and what of the text is inside the quotes there. */
function at(
  marked: string,
): { kind: string; table: string | undefined; inside: string | undefined; isKey: boolean } | undefined {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const place = placeAt(text, offset);
  if (place === undefined) return undefined;
  const { kind, table, inside, isKey } = place;
  return { kind, table, inside: inside && text.slice(inside.offset, inside.offset + inside.length), isKey };
}

const inTable = (settings: string): string => `{ "tables": { "roads": { ${settings} } } }`;

describe('places in a configuration', () => {
  it('knows where a name of Snowflake goes', () => {
    assert.deepEqual(at(inTable('"source": "FLUX_DB.|"')), {
      kind: 'sourceObject',
      table: 'roads',
      inside: 'FLUX_DB.',
      isKey: false,
    });
    assert.equal(at(inTable('"source": |'))?.inside, undefined);
    assert.equal(at('{ "source": { "connection": "|" } }'), undefined);
    assert.equal(at(inTable('"query": "SELECT |"')), undefined);
  });

  it('knows which columns a setting takes', () => {
    const kinds = [
      '"key": ["a|"]',
      '"key": ["a", |]',
      '"indexes": ["|"]',
      '"indexes": [{ "columns": ["a|"] }]',
      '"indexes": [{ "columns": [{ "column": "|" }] }]',
      '"indexes": [{ "columns": ["a"], "include": ["|"] }]',
      '"columns": { "exclude": ["|"] }',
      '"columns": { "rename": { "A|": "b" } }',
      '"columns": { "types": { "|" } }',
    ].map((settings) => at(inTable(settings))?.kind);
    assert.deepEqual(kinds, [
      ...Array.from({ length: 6 }, () => 'targetColumn'),
      'sourceColumn',
      'sourceColumn',
      'typedColumn',
    ]);
  });

  it('has nothing to say of names and texts that only the writer can know', () => {
    const places = [
      '"columns": { "rename": { "A": "|" } }',
      '"columns": { "types": { "a": "|" } }',
      '"indexes": [{ "name": "|" }]',
      '"indexes": [{ "columns": [{ "expression": "|" }] }]',
      '"indexes": [{ "columns": ["a"], "method": "|" }]',
      '"computed": { "|": {} }',
      '"target": "|"',
    ].map((settings) => at(inTable(settings)));
    assert.deepEqual(new Set(places), new Set([undefined]));
  });

  it('finds names of tables and of targets', () => {
    assert.deepEqual(at('{ "tables": { "ro|ads": {} } }'), {
      kind: 'table',
      table: 'roads',
      inside: 'roads',
      isKey: true,
    });
    assert.deepEqual(at('{ "defaultTarget": "lo|cal" }'), {
      kind: 'target',
      table: undefined,
      inside: 'local',
      isKey: false,
    });
  });

  it('is outside of a string right before and after its quotes', () => {
    assert.equal(at(inTable('"key": [|"a"]'))?.inside, undefined);
    assert.equal(at(inTable('"key": ["a"|]')), undefined);
  });

  it('goes to the end of the line where a quote is missing, and past escaped ones', () => {
    assert.equal(at('{ "tables": { "roads": { "source": "A.|\n } } }')?.inside, 'A.');
    assert.equal(at(inTable('"source": "A.\\"|My \\""'))?.inside, 'A.\\"My \\"');
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      'tables',
      'key',
      'a',
      '\\',
      '\n',
      '//',
      '/*',
      ' ',
      '1',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), fc.nat(), (parts, seed) => {
        const text = parts.join('');
        placeAt(text, seed % (text.length + 1));
      }),
    );
  });
});
