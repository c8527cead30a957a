import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';
import { watchContextKeys } from './context-keys.ts';
import { surroundings } from './here.ts';
import type { Outcome } from './surroundings.ts';

/**
 * Runs test files with mocha in the extension host and writes what becomes of each test.
 * @param files name and loader of each.
 * @throws Error where a test failed, which makes the host's exit code 1.
 */
export async function runSuite(files: readonly (readonly [name: string, load: () => unknown])[]): Promise<void> {
  process.setSourceMapsEnabled(true);
  watchContextKeys();
  const { outcomes, grep } = surroundings();
  const write = (outcome: Outcome): void => {
    appendFileSync(outcomes, `${JSON.stringify(outcome)}\n`);
  };
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 60_000,
    forbidOnly: true,
    forbidPending: true,
    reporter: 'base',
    ...(grep !== null && { grep: new RegExp(grep) }),
  });
  for (const [name, load] of files) {
    mocha.suite.emit('pre-require', globalThis as unknown as Mocha.MochaGlobals, name, mocha);
    mocha.suite.emit('require', load(), name, mocha);
    mocha.suite.emit('post-require', globalThis as unknown as Mocha.MochaGlobals, name, mocha);
  }
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) => {
      write({ kind: 'passed', title: test.titlePath(), ms: test.duration ?? 0 });
    });
    runner.on('fail', (test, error: unknown) => {
      write({ kind: 'failed', title: test.titlePath(), error: textOf(error) });
    });
    runner.on('pending', (test) => {
      write({ kind: 'skipped', title: test.titlePath() });
    });
    runner.on('end', () => {
      write({ kind: 'ended', tests: runner.stats?.tests ?? 0 });
    });
  });
  if (failures > 0) throw new Error(`${failures} tests failed`);
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? [] : [`cause: ${textOf(error.cause)}`];
  return [error.stack ?? error.message, ...cause].join('\n');
}
