import assert from 'node:assert/strict';
import { isSecret, referenceOf } from '../../src/extension/editor/reference-section.ts';
import { problemsToReport } from '../../src/extension/editor/text-problems.ts';
import { parseConfig } from '../../src/sync-core/config/parse-config.ts';
import { readFileSync } from 'node:fs';

function reported(text: string): string[] {
  return problemsToReport(text, parseConfig(text).problems).map(({ message }) => message);
}

const rest = '"source": {}, "targets": { "local": { "embedded": true } }, "tables": {}';

describe('problems that the editor reports', () => {
  it('are not those that every JSON file has in VS Code', () => {
    assert.deepEqual(reported(`{ ${rest}`), []);
    assert.deepEqual(reported("{ 'source': 1 }"), []);
    assert.deepEqual(reported(`{ "defaultTarget": "local" ${rest} }`), []);
  });

  it('are those of the form and of the meaning', () => {
    assert.equal(reported(`{ ${rest}, "stratgy": 1 }`).length, 1);
    assert.equal(reported('[]').length, 1);
    assert.equal(reported(`{ ${rest.replace('{}', '{ "user": "a", "username": "b" }')} }`).length > 0, true);
  });

  it('are those that VS Code only warns of, or does not notice', () => {
    assert.equal(reported(`{ ${rest}, "defaultTarget": "local", "defaultTarget": "local" }`).length, 1);
    assert.deepEqual(reported(''), ['The file is empty.']);
    assert.equal(reported('// nothing').length, 1);
  });
});

describe('links from problems into the reference', () => {
  const headings = new Set(
    [...readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8').matchAll(/^#{2,3} (.*)$/gm)].map(
      ([, heading = '']) => heading.toLowerCase().replaceAll('`', '').replaceAll(' ', '-'),
    ),
  );

  it('go to the section of the innermost setting, and to one that there is', () => {
    const of: [readonly (string | number)[], string, string][] = [
      [[], 'configuration', 'top-level'],
      [['defaultTarget'], 'defaultTarget', 'top-level'],
      [['tables', 'source', 'strategy'], 'strategy', 'tables'],
      [['tables', 'a', 'indexes', 0, 'columns', 1], 'columns', 'columns'],
      [['tables', 'a', 'computed', 'geom'], 'geom', 'computed'],
      [['targets', 'embedded', 'url'], 'url', 'targets'],
      [['targets', 'a', 'embedded', 'port'], 'port', 'embedded'],
      [['targets', 'a', 'password', 'env'], 'env', 'a-secret'],
      [['source', 'privateKeyPass'], 'privateKeyPass', 'a-secret'],
    ];
    for (const [path, setting, anchor] of of) {
      assert.deepEqual(referenceOf(path), { setting, anchor });
      assert.ok(headings.has(anchor), anchor);
    }
  });

  it('know a secret from a name that is like one', () => {
    assert.equal(isSecret(['source', 'password']), true);
    assert.equal(isSecret(['targets', 'a', 'password']), true);
    assert.equal(isSecret(['targets', 'password']), false);
    assert.equal(isSecret(['targets', 'a', 'password', 'env']), false);
  });
});
