import assert from 'node:assert/strict';
import { replaced } from '../../src/extension/editor/edits.ts';
import {
  addTables,
  configurationText,
  suggestedKey,
  type TableAnswers,
} from '../../src/extension/guided/configuration-text.ts';
import { isEnvironmentVariable, nameOfServer, urlProblem } from '../../src/extension/guided/server-url.ts';
import { loadConfig } from '../../src/sync-core/config/load-config.ts';
import { parseConfig } from '../../src/sync-core/config/parse-config.ts';
import type { SourceItem } from '../../src/worker/protocol/protocol.ts';

function item(kind: SourceItem['kind'], name: string, more: Partial<SourceItem> = {}): SourceItem {
  return { name, quoted: name, kind, type: null, rows: null, comment: null, ...more };
}

const columns = (...list: [name: string, type: string][]): SourceItem[] =>
  list.map(([name, type]) => item('column', name, { type }));

function table(name: string, more: Partial<TableAnswers> = {}): TableAnswers {
  return { object: item('table', name), source: `DB.S.${name}`, columns: [], key: [], ...more };
}

const local = { name: 'local', settings: { embedded: true }, comment: 'Here.' };

function withTables(text: string, tables: readonly TableAnswers[]): string {
  const edits = addTables(text, tables);
  assert.ok(edits);
  return replaced(text, edits);
}

describe('a configuration that is written with guidance', () => {
  it('is valid before it has tables', () => {
    const cloud = {
      name: 'cloud',
      settings: { url: 'postgresql://a@h/db', password: { prompt: true } },
      comment: 'There.',
    };
    const text = configurationText({ connection: 'default' }, [local, cloud]);
    assert.deepEqual(parseConfig(text).problems, []);
    const config = loadConfig(text, '/work/snowmelt.json');
    assert.equal(config.defaultTarget, 'local');
    assert.deepEqual([...config.targets.keys()], ['local', 'cloud']);
    assert.deepEqual(parseConfig(configurationText({}, [])).problems.length > 0, true);
  });

  it('gets tables with their keys and indexes', () => {
    const trees = table('TREES', {
      object: item('table', 'TREES', { rows: 49_265, comment: 'Trees near lines.\nMore.' }),
      columns: columns(['TREE_ID', 'NUMBER(38,0)'], ['CANOPY', 'GEOGRAPHY'], ['Odd One', 'TEXT']),
      key: ['TREE_ID', 'Odd One'],
    });
    const text = withTables(configurationText({}, [local]), [trees, table('ROADS')]);
    assert.deepEqual(parseConfig(text).problems, []);
    assert.match(text, /\/\/ 49,265 rows when this was written\. Trees near lines\.\n/);
    const { tables } = loadConfig(text, '/work/snowmelt.json');
    assert.deepEqual([...tables.keys()], ['trees', 'roads']);
    assert.deepEqual(tables.get('trees')?.key, ['tree_id', 'Odd One']);
    assert.equal(tables.get('trees')?.indexes[0]?.method, 'gist');
  });

  it('offers a point where there are coordinates, as a comment that is right when it is taken away', () => {
    const text = withTables(configurationText({}, [local]), [
      table('POLES', { columns: columns(['ID', 'TEXT'], ['LATITUDE', 'FLOAT'], ['Longitude', 'FLOAT']), key: ['ID'] }),
    ]);
    assert.deepEqual(parseConfig(text).problems, []);
    const taken = text.replaceAll(/^ {6}\/\/ (?=")/gm, '      ').replace('"key": ["id"]', '"key": ["id"],');
    assert.deepEqual(parseConfig(taken).problems, []);
    assert.match(taken, /ST_MakePoint\(\\"Longitude\\", latitude\)/);
  });

  it('keeps what is there: comments, commas, line ends, names', () => {
    const text =
      '{\r\n  "source": {}, "targets": { "local": { "embedded": true } },\r\n  "tables": {\r\n    // first\r\n    "roads": { "source": "A.B.C" } // mine\r\n  }\r\n}';
    const edited = withTables(text, [table('ROADS'), table('Roads')]);
    assert.match(edited, /"A\.B\.C" \}, \/\/ mine\r\n\r\n {4}"roads_2": \{/);
    assert.doesNotMatch(edited, /[^\r]\n/);
    assert.deepEqual(parseConfig(edited).problems, []);
    const trailing = withTables(text.replace(' // mine', ','), [table('X')]);
    assert.deepEqual(parseConfig(trailing).problems, []);
    const commented = withTables(text.replace(' // mine', ', // mine'), [table('X')]);
    assert.deepEqual(parseConfig(commented).problems, []);
    assert.match(withTables('{ "tables": { /* none */ } }', [table('X')]), /\/\* none \*\//);
  });

  it('is not touched where it cannot be read', () => {
    for (const text of ['', '{}', '{ "tables": [] }', '{ "tables": {'])
      assert.equal(addTables(text, [table('X')]), undefined);
  });
});

describe('the key that is suggested', () => {
  const of = (...names: string[]): string[] => suggestedKey(names.map((name) => item('column', name)));

  it('is what is called an id', () => {
    assert.deepEqual(of('TRANSFORMER_ID', 'NAME'), ['TRANSFORMER_ID']);
    assert.deepEqual(of('FROM_ASSET_ID', 'LENGTH', 'TO_ASSET_ID'), ['FROM_ASSET_ID', 'TO_ASSET_ID']);
    assert.deepEqual(of('NAME', 'ROAD_KEY'), ['ROAD_KEY']);
    assert.deepEqual(of('NAME', 'LENGTH', 'ID'), ['ID']);
    assert.deepEqual(of('NAME', 'LENGTH'), []);
    assert.deepEqual(of(), []);
  });
});

describe('the URL of a server', () => {
  it('is refused with a password, and where it is none', () => {
    assert.equal(urlProblem('postgresql://a@db.example.com:5432/app?sslmode=verify-full'), undefined);
    assert.equal(urlProblem('postgres:///app?host=/var/run'), undefined);
    for (const text of [
      '',
      'db.example.com',
      'https://x',
      'postgresql://a:secret@h/d',
      'postgresql://h/d?password=x',
      'postgresql://',
      'postgresql://[',
    ]) {
      assert.notEqual(urlProblem(text), undefined, text);
    }
  });

  it('gives the target its name', () => {
    assert.deepEqual(['postgresql://localhost/x', 'postgresql://db.example.com/x', 'no'].map(nameOfServer), [
      'server',
      'cloud',
      'cloud',
    ]);
    assert.deepEqual(['A_1', '$A', '1A', ''].map(isEnvironmentVariable), [true, false, false, false]);
  });
});
