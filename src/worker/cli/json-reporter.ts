import type { SyncEvent } from '../../sync-core/events.ts';
import type { Notice } from '../commands/context.ts';
import type { Output } from './output.ts';
import type { Reporter } from './reporter.ts';

/** Events and notices as JSON lines; statements only with `--verbose`. */
export class JsonReporter implements Reporter {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  event(event: SyncEvent): void {
    if (event.kind === 'statement' && !this.#output.verbose) return;
    this.#output.note(JSON.stringify(event));
  }

  notice({ kind, message }: Notice): void {
    this.#output.note(JSON.stringify({ kind: 'notice', level: kind, message }));
  }

  print(write: () => void): void {
    write();
  }

  close(): void {
    // Nothing moves.
  }
}
