/** Runs every measurement of this folder, or those that are named: `npm run bench [-- NAME…]`. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no measurement ${unknown.join(', ')}; there are ${names.join(', ')}.`);
  process.exit(2);
}
for (const name of chosen.length > 0 ? chosen : names) {
  console.log(`\n## ${name}\n`);
  const args = ['--import', 'tsx', join(import.meta.dirname, `${name}.ts`)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
