import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isDuration, longestDurationMs, parseDuration } from '../../src/sync-core/config/duration.ts';

function msOf(text: string): number {
  const parsed = parseDuration(text);
  assert.ok(isDuration(parsed), text);
  return parsed.ms;
}

function problemOf(text: string): { problem: string; suggestion?: string } {
  const parsed = parseDuration(text);
  assert.ok(!isDuration(parsed), text);
  return parsed;
}

describe('parseDuration', () => {
  it('reads the units of Postgres', () => {
    assert.equal(msOf('500ms'), 500);
    assert.equal(msOf('60s'), 60_000);
    assert.equal(msOf('5min'), 300_000);
    assert.equal(msOf('2h'), 7_200_000);
    assert.equal(msOf('1d'), 86_400_000);
    assert.equal(msOf('1500us'), 2);
    assert.equal(msOf('1.5s'), 1500);
    assert.equal(msOf(' 60 s '), 60_000);
    assert.equal(msOf('0'), 0);
    assert.equal(msOf('0s'), 0);
  });

  it('keeps the text for Postgres', () => {
    assert.deepEqual(parseDuration(' 5min '), { ms: 300_000, text: '5min' });
  });

  it('says what is wrong, and what was probably meant', () => {
    assert.deepEqual(problemOf('60').suggestion, '60s');
    assert.match(problemOf('60').problem, /no unit/);
    assert.equal(problemOf('5m').suggestion, '5min');
    assert.equal(problemOf('5 minutes').suggestion, '5min');
    assert.equal(problemOf('10S').suggestion, '10s');
    assert.equal(problemOf('3 weeks').suggestion, undefined);
    assert.match(problemOf('').problem, /not a length of time/);
    assert.match(problemOf('-5s').problem, /not a length of time/);
    assert.match(problemOf('1e3s').problem, /not a unit|not a length/);
    assert.match(problemOf('25d').problem, /longer than Postgres allows/);
  });

  it('suggests only what it would accept', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.constantFrom('m', 'sec', 'minutes', 'hour', 'S', 'MIN', 'x', ''),
        (amount, unit) => {
          const parsed = parseDuration(`${amount}${unit}`);
          if (!isDuration(parsed) && parsed.suggestion !== undefined)
            assert.ok(isDuration(parseDuration(parsed.suggestion)));
        },
      ),
    );
  });

  it('never throws, and stays within the limit of Postgres', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,12}(us|ms|s|min|h|d)$/)), (text) => {
        const parsed = parseDuration(text);
        if (isDuration(parsed))
          assert.ok(Number.isInteger(parsed.ms) && parsed.ms >= 0 && parsed.ms <= longestDurationMs);
        else assert.notEqual(parsed.problem, '');
      }),
    );
  });
});
