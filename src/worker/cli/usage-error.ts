import type { CommanderError } from 'commander';
import { SyncError } from '../../sync-core/errors.ts';

/** What the command line was refused for, as an error of the product. `command` is the full name of what was called. */
export function usageError(error: CommanderError, command: string): SyncError<'usage'> {
  const message = error.message.replace(/^error: /, '').trim();
  const sentence = message.charAt(0).toUpperCase() + message.slice(1).replace(/\n/g, ' ');
  return new SyncError('usage', /[.?)]$/.test(sentence) ? sentence : `${sentence}.`, {
    remedy: `See \`${command} --help\`.`,
  });
}
