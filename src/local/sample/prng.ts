/**
 * xoshiro128** 1.1 by David Blackman and Sebastiano Vigna (public domain, https://prng.di.unimi.it/xoshiro128starstar.c):
 * four 32-bit words of state, period 2^128 - 1. Not for secrets.
 *
 * One seed gives any number of independent streams, so that a part of the sample data can be made again without what
 * comes before it.
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(state: readonly [number, number, number, number]) {
    [this.#a, this.#b, this.#c, this.#d] = state;
  }

  /** The stream that a seed and the numbers of the thing it is for name; each a non-negative safe integer. */
  static stream(seed: number, ...path: readonly number[]): Prng {
    let hash = 0;
    for (const part of [seed, ...path]) {
      hash = mix(hash ^ (part >>> 0));
      hash = mix((hash + Math.floor(part / 0x1_0000_0000)) | 0);
    }
    const word = (n: number) => mix((hash + Math.imul(n, 0x9e37_79b9)) | 0);
    return new Prng([word(1), word(2), word(3), word(4)]);
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result;
  }

  /** A multiple of 2^-32 in [0, 1). */
  uniform(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A multiple of 2^-53 in [0, 1): all the digits that a double has. */
  uniform53(): number {
    return ((this.uint32() >>> 5) * 0x400_0000 + (this.uint32() >>> 6)) / 0x20_0000_0000_0000;
  }

  /** An integer in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  between(low: number, high: number): number {
    return low + this.uniform() * (high - low);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.integer(items.length)] ?? items[0];
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The finalizer of MurmurHash3 by Austin Appleby (public domain): every bit of the word changes every bit of the result. */
function mix(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
