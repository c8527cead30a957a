import assert from 'node:assert/strict';
import {
  dayKey,
  firstSentence,
  formatDateTime,
  formatDay,
  formatEstimate,
  formatMoment,
  formatNumberOf,
  formatShare,
  joinFacts,
} from '../../src/extension/format.ts';

/** A time of this machine's zone, whichever that is. */
const at = (year: number, month: number, day: number, hours = 12, minutes = 4, seconds = 11): number =>
  new Date(year, month - 1, day, hours, minutes, seconds).getTime();

describe('times and shares in the editor', () => {
  const now = at(2026, 11, 27);

  it('marks estimates', () => {
    assert.equal(formatEstimate(153_592, true), '153,592');
    assert.equal(formatEstimate(153_592, false), '~153,592');
  });

  it('rounds shares down and keeps them between nothing and all', () => {
    assert.deepEqual(
      [formatShare(0, 10), formatShare(9_999, 10_000), formatShare(10, 10), formatShare(12, 10), formatShare(-1, 10)],
      ['0 %', '99 %', '100 %', '100 %', '0 %'],
    );
  });

  it('shows as much of a moment as is needed', () => {
    assert.equal(formatMoment(at(2026, 11, 27, 9, 5), now), '09:05');
    assert.equal(formatMoment(at(2026, 11, 26, 23, 59), now), '26 Nov 23:59');
    assert.equal(formatMoment(at(2025, 11, 27), now), '27 Nov 2025 12:04');
  });

  it('shows a moment in full', () => {
    assert.equal(formatDateTime(at(2026, 3, 4, 5, 6, 7)), '4 Mar 2026, 05:06:07');
  });

  it('names days by where they lie from today', () => {
    assert.equal(formatDay(at(2026, 11, 27, 0, 0, 0), now), 'Today');
    assert.equal(formatDay(at(2026, 11, 26, 23, 59), now), 'Yesterday');
    assert.equal(formatDay(at(2026, 11, 23), now), 'Monday, 23 Nov');
    assert.equal(formatDay(at(2025, 11, 27), now), '27 Nov 2025');
  });

  it('finds yesterday across months, and days of this machine rather than of UTC', () => {
    assert.equal(formatDay(at(2026, 2, 28), at(2026, 3, 1, 0, 0, 0)), 'Yesterday');
    assert.equal(dayKey(at(2026, 3, 1, 0, 0, 0)), '2026-03-01');
    assert.equal(dayKey(at(2026, 3, 1, 23, 59, 59)), '2026-03-01');
  });

  it('takes the first sentence, whatever dots are in its words', () => {
    assert.equal(firstSentence('It failed. Try again.'), 'It failed.');
    assert.equal(
      firstSentence('Cannot reach db.example.com:5432 (10.0.0.1). Is it up?'),
      'Cannot reach db.example.com:5432 (10.0.0.1).',
    );
    assert.equal(firstSentence('snowmelt.json is gone'), 'snowmelt.json is gone');
    assert.equal(firstSentence('One line\nand another.'), 'One line');
    assert.equal(firstSentence('Which of them, e.g. this one? "That".'), 'Which of them, e.g. this one?');
    assert.equal(firstSentence(''), '');
  });

  it('chooses the word for the number', () => {
    assert.equal(formatNumberOf(1, 'cache table is', 'cache tables are'), '1 cache table is');
    assert.equal(formatNumberOf(1_200, 'cache table is', 'cache tables are'), '1,200 cache tables are');
  });

  it('joins what is known and leaves out what is not', () => {
    assert.equal(joinFacts('153,592 rows', undefined, false, null, '', '2 min ago'), '153,592 rows · 2 min ago');
  });
});
