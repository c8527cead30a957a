import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sqlTokens } from '../../src/extension/webview/sql-tokens.ts';
import { thinned, throughputPath } from '../../src/extension/webview/throughput-path.ts';

describe('the path of the throughput plot', () => {
  it('spans the field: time from edge to edge, 0 at the bottom, a round number at the top', () => {
    const path = throughputPath(
      [
        [0, 0],
        [500, 130_000],
        [1_000, 75_000],
      ],
      600,
      100,
    );
    assert.deepEqual(path, {
      line: 'M0 100L300 13.3L600 50',
      area: 'M0 100L300 13.3L600 50L600 100L0 100Z',
      top: 150_000,
      duration: 1_000,
      highest: 130_000,
    });
  });

  it('is empty where there is nothing to draw', () => {
    assert.equal(throughputPath([], 600, 100).line, '');
    assert.equal(throughputPath([[0, 5]], 600, 100).line, '');
    assert.equal(
      throughputPath(
        [
          [0, 5],
          [0, 7],
        ],
        600,
        100,
      ).line,
      '',
    );
  });

  it('never leaves the field, whatever the rates are', () => {
    const samples = fc.array(fc.tuple(fc.nat(100_000), fc.double({ min: 0, max: 1e9, noNaN: true })), {
      maxLength: 240,
    });
    fc.assert(
      fc.property(samples, (unsorted) => {
        const sorted = unsorted.toSorted(([first], [second]) => first - second);
        const { line, top, highest } = throughputPath(sorted, 600, 100);
        assert.ok(top >= highest);
        for (const point of line
          .slice(1)
          .split('L')
          .filter((text) => text !== '')) {
          const [x = NaN, y = NaN] = point.split(' ').map(Number);
          assert.ok(x >= 0 && x <= 600 && y >= 0 && y <= 100, point);
        }
      }),
    );
  });

  it('is thinned for a table with its first and its last sample', () => {
    const samples = Array.from({ length: 100 }, (_, index) => [index, index] as const);
    const few = thinned(samples, 12);
    assert.deepEqual([few.length, few[0], few.at(-1)], [12, [0, 0], [99, 99]]);
    assert.equal(thinned(few, 12), few);
  });
});

describe('the pieces of a statement', () => {
  it('tell keywords, strings, numbers and comments from names', () => {
    assert.deepEqual(
      sqlTokens(`SELECT 'it''s' AS "from", 12.5 -- why\nFROM t1`).map(({ kind, text }) => `${kind} ${text}`),
      [
        'keyword SELECT',
        'plain  ',
        "string 'it''s'",
        'plain  ',
        'keyword AS',
        'plain  "from", ',
        'number 12.5',
        'plain  ',
        'comment -- why',
        'plain \n',
        'keyword FROM',
        'plain  t1',
      ],
    );
  });

  it('take a dollar-quoted body for one string', () => {
    assert.ok(
      sqlTokens('DO $x$ SELECT $y$ $x$').some(({ kind, text }) => kind === 'string' && text === '$x$ SELECT $y$ $x$'),
    );
  });

  it('are the whole text, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("'", '"', '$', '-', '/', '*', ' ', 'a', '1', ';', '\n', 'sELECT') }),
        (text) => {
          assert.equal(
            sqlTokens(text)
              .map((token) => token.text)
              .join(''),
            text,
          );
        },
      ),
    );
  });
});
