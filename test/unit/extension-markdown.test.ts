import assert from 'node:assert/strict';
import { commands } from '../../src/extension/ids.ts';
import { code, commandLink, factTable, paragraphs, plain } from '../../src/extension/views/markdown.ts';

describe('Markdown of tooltips', () => {
  it('leaves no mark of Markdown, HTML or icons in text that comes from elsewhere', () => {
    assert.equal(
      plain('[x](command:a) <b> `c` $(zap)\n# y'),
      String.raw`\[x\]\(command:a\) &lt;b&gt; \`c\` \\$\(zap\) \# y`,
    );
    assert.equal(plain('a&lt;b|c_d*e~f'), String.raw`a&amp;lt;b\|c\_d\*e\~f`);
  });

  it('fences code with more back quotes than it has', () => {
    assert.equal(code('SELECT 1'), '`SELECT 1`');
    assert.equal(code('a``b'), '```a``b```');
    assert.equal(code('`a`'), '`` `a` ``');
    assert.equal(code('a\n  + 1'), '`a + 1`');
  });

  it('hands a subject to a command as the JSON that VS Code decodes', () => {
    const subject = { kind: 'table', config: "/a b/it's (1).json", table: 't' } as const;
    const link = commandLink('Sync', commands.syncTable, subject);
    const query = /^\[Sync\]\(command:snowmelt\.syncTable\?([^()' ]+)\)$/.exec(link)?.[1];
    assert.ok(query !== undefined, link);
    assert.deepEqual(JSON.parse(decodeURIComponent(query)), [subject]);
    assert.equal(commandLink('Show Log', commands.showLog), '[Show Log](command:snowmelt.showLog)');
  });

  it('leaves out rows and paragraphs of which nothing is known', () => {
    assert.equal(
      factTable(
        ['', 'x'],
        [
          ['a', null],
          ['b', '1'],
          ['c', undefined],
        ],
      ),
      '|  | x |\n| :-- | :-- |\n| b | 1 |',
    );
    assert.equal(factTable(['', 'x'], [['a', null]]), '');
    assert.match(
      factTable(
        ['', 'x'],
        [
          ['a', code("b || 'c'")],
          ['d', plain('e|f')],
        ],
      ),
      /\| a \| `b \\\|\\\| 'c'` \|\n\| d \| e\\\|f \|$/,
    );
    assert.equal(paragraphs('a', undefined, false, '', 'b'), 'a\n\nb');
  });
});
