import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatAge, formatBytes, formatCount, formatDuration, formatRows } from '../../src/worker/protocol/figures.ts';
import { formatTextTable } from '../../src/worker/cli/text-table.ts';

describe('figures for people', () => {
  it('groups the digits of counts', () => {
    assert.deepEqual([0, 999, 153_592, 4_000_000].map(formatCount), ['0', '999', '153,592', '4,000,000']);
    assert.deepEqual([1, 2].map(formatRows), ['1 row', '2 rows']);
  });

  it('shows bytes with three digits in decimal units', () => {
    const shown = [0, 812, 999, 1_000, 9_994, 9_996, 99_940, 21_345_678, 999_499, 999_500, 5e9, 7e15].map(formatBytes);
    assert.deepEqual(shown, [
      '0 B',
      '812 B',
      '999 B',
      '1.00 kB',
      '9.99 kB',
      '10.0 kB',
      '99.9 kB',
      '21.3 MB',
      '999 kB',
      '1.00 MB',
      '5.00 GB',
      '7.00 PB',
    ]);
  });

  it('never needs more than four characters for the number of bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_499_999_999_999 }), (bytes) => {
        const [number = '', unit = ''] = formatBytes(bytes).split(' ');
        assert.match(unit, /^(?:B|kB|MB|GB|TB)$/);
        assert.ok(number.length <= 4, number);
      }),
    );
  });

  it('shows durations in their largest units', () => {
    const shown = [0, 45.4, 999, 999.6, 1_240, 9_994, 12_345, 59_940, 59_960, 125_000, 3_599_700, 12_000_000];
    assert.deepEqual(shown.map(formatDuration), [
      '0 ms',
      '45 ms',
      '999 ms',
      '1.00 s',
      '1.24 s',
      '9.99 s',
      '12.3 s',
      '59.9 s',
      '1 min 00 s',
      '2 min 05 s',
      '1 h 00 min',
      '3 h 20 min',
    ]);
  });

  it('shows ages', () => {
    const minute = 60_000;
    const ages = [0, 9_999, 59_999, minute, 59 * minute, 60 * minute, 47 * 60 * minute, 48 * 60 * minute];
    assert.deepEqual(ages.map(formatAge), [
      'just now',
      'just now',
      '59 s ago',
      '1 min ago',
      '59 min ago',
      '1 h ago',
      '47 h ago',
      '2 d ago',
    ]);
  });
});

describe('text table', () => {
  it('aligns columns and leaves nothing at the end of a line', () => {
    const table = formatTextTable(
      [{ title: 'table' }, { title: 'rows', align: 'right' }, { title: 'note' }],
      [
        ['roads', '153,592', ''],
        ['a_much_longer_name', '7', 'new'],
      ],
    );
    assert.equal(
      table,
      ['table                  rows  note', 'roads               153,592', 'a_much_longer_name        7  new'].join(
        '\n',
      ),
    );
  });
});
