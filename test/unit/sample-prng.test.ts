import assert from 'node:assert/strict';
import fc from 'fast-check';
import { apportion } from '../../src/local/sample/apportion.ts';
import { Prng } from '../../src/local/sample/prng.ts';

describe('the random numbers of the sample data', () => {
  it('are those of the reference implementation of xoshiro128** 1.1 from the state 1, 2, 3, 4', () => {
    const random = new Prng([1, 2, 3, 4]);
    const expected = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ];
    assert.deepEqual(
      expected.map(() => random.uint32()),
      expected,
    );
  });

  it('come again for the same stream and differ for any other', () => {
    const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(number, number, number, number, (seed, part, otherSeed, otherPart) => {
        const take = (random: Prng) => Array.from({ length: 4 }, () => random.uint32());
        const numbers = take(Prng.stream(seed, part));
        assert.deepEqual(take(Prng.stream(seed, part)), numbers);
        if (otherSeed !== seed) assert.notDeepEqual(take(Prng.stream(otherSeed, part)), numbers);
        if (otherPart !== part) assert.notDeepEqual(take(Prng.stream(seed, otherPart)), numbers);
      }),
    );
  });

  it('fill [0, 1) evenly', () => {
    const random = Prng.stream(7);
    const count = 50_000;
    const tenths = new Array<number>(10).fill(0);
    for (let n = 0; n < count; n += 1) {
      for (const value of [random.uniform(), random.uniform53()]) {
        assert.ok(value >= 0 && value < 1);
        const tenth = Math.floor(value * 10);
        tenths[tenth] = tenths[tenth]! + 1;
      }
    }
    for (const tenth of tenths)
      assert.ok(Math.abs(tenth - count / 5) < count / 100, `${tenth} of ${2 * count} in a tenth`);
  });
});

describe('apportion', () => {
  it('gives whole parts that add up, each within one of its share', () => {
    const weights = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), weights, (total, shares) => {
        const parts = apportion(total, shares);
        const sum = shares.reduce((a, b) => a + b, 0);
        assert.equal(
          parts.reduce((a, b) => a + b, 0),
          total,
        );
        for (const [index, part] of parts.entries()) {
          assert.ok(Math.abs(part - (total * shares[index]!) / sum) < 1 + 1e-6);
        }
      }),
    );
  });
});
