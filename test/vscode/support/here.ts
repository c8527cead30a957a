import { readFileSync } from 'node:fs';
import type { Surroundings } from './surroundings.ts';

let read: Surroundings | undefined;

/** What the runner has prepared for this launch. */
export function surroundings(): Surroundings {
  const file = process.env.SNOWMELT_SURROUNDINGS;
  if (file === undefined) throw new Error('These tests are started by `npm run test:vscode`.');
  read ??= JSON.parse(readFileSync(file, 'utf8')) as Surroundings;
  return read;
}
