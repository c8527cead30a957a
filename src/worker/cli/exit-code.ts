import { exitCodeOf, type ExitCode } from '../../sync-core/errors.ts';

const failed = 1;
const cancelled = 130;

/**
 * The exit code of a command whose parts failed one by one: the one that they share; 130 where any was cancelled, for then the
 * rest was not tried; otherwise 1.
 */
export function exitCodeOfAll(errors: readonly unknown[]): ExitCode {
  const codes = new Set(errors.map(exitCodeOf));
  if (codes.size === 0) return 0;
  if (codes.has(cancelled)) return cancelled;
  const [only] = codes;
  return codes.size === 1 && only !== undefined ? only : failed;
}
