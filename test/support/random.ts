/** Whether the long suites run at their full numbers (`npm run test:soak`). */
export const soak = process.env.SNOWMELT_SOAK === '1';

/** How often a random suite repeats. */
export function rounds(counts: { readonly ci: number; readonly soak: number }): number {
  return soak ? counts.soak : counts.ci;
}

/** A fresh seed, or the one that SEED names, printed so that a failure can be had again. */
export function printSeed(what: string): number {
  const given = process.env.SEED;
  const seed = given === undefined ? Math.trunc(Math.random() * 0x7fffffff) : Number(given);
  console.log(`      ${what}: SEED=${seed}`);
  return seed;
}
