import type { SyncEvent } from '../../sync-core/events.ts';
import type { Notice } from '../commands/context.ts';
import { JsonReporter } from './json-reporter.ts';
import { LineReporter } from './line-reporter.ts';
import { LiveReporter } from './live-reporter.ts';
import type { Output } from './output.ts';

/** Shows on stderr what happens while a command runs. */
export interface Reporter {
  event(event: SyncEvent): void;
  notice(notice: Notice): void;
  /** Writes something that stays, without it getting mixed up with what moves. */
  print(write: () => void): void;
  /** Removes what moves. */
  close(): void;
}

/** JSON lines with `--json`, a display that moves on a terminal, plain lines otherwise. */
export function createReporter(output: Output, env: Readonly<Record<string, string | undefined>>): Reporter {
  if (output.json) return new JsonReporter(output);
  // Statements scroll by with --verbose; there is nothing to see of a display that moves.
  const live = output.stderr.isTTY === true && env.TERM !== 'dumb' && !output.verbose;
  return live ? new LiveReporter(output) : new LineReporter(output);
}
