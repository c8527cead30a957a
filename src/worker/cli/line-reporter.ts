import type { SyncStep } from '../../sync-core/errors.ts';
import type { SyncEvent } from '../../sync-core/events.ts';
import { redactSecrets } from '../../sync-core/redact-secrets.ts';
import type { Notice } from '../commands/context.ts';
import { describeHolders, describeWarning } from './describe-event.ts';
import { formatBytes, formatCount, formatDuration, formatRows } from '../protocol/figures.ts';
import type { Output } from './output.ts';
import type { Reporter } from './reporter.ts';

interface StepFigures {
  readonly rows: number;
  readonly bytes: number;
  readonly rowsPerSecond: number;
}

/** A line for what has happened: the start, the end of every step with its figures, warnings, waiting. */
export class LineReporter implements Reporter {
  readonly #output: Output;
  readonly #figures = new Map<string, StepFigures & { readonly step: SyncStep }>();
  #lastWait = '';

  constructor(output: Output) {
    this.#output = output;
  }

  event(event: SyncEvent): void {
    const { table } = event;
    switch (event.kind) {
      case 'run-started':
        this.#say(table, `run ${event.run} in ${event.target}`);
        break;
      case 'progress':
        this.#figures.set(table, event);
        break;
      case 'step-finished': {
        const figures = this.#figures.get(table);
        const shown = figures?.step === event.step ? figuresOf(figures) : '';
        this.#say(table, `${event.step.padEnd(7)} ${formatDuration(event.ms)}${shown}`);
        break;
      }
      case 'detail':
        this.#say(table, `${event.step.padEnd(7)} ${event.message}`);
        break;
      case 'warning':
        this.#say(table, `${this.#output.errorStyle.yellow('warning:')} ${describeWarning(event.warning)}`);
        break;
      case 'waiting': {
        const holders = event.holders.map(({ pid }) => pid).join(',');
        // The same blockers again are no news.
        if (holders === this.#lastWait) break;
        this.#lastWait = holders;
        this.#say(table, describeHolders(event.holders, event.waitedMs));
        break;
      }
      case 'statement':
        if (this.#output.verbose) {
          const text = redactSecrets(event.text).replace(/^/gm, '    ');
          this.#say(table, `${event.system} ${formatDuration(event.ms)}\n${this.#output.errorStyle.dim(text)}`);
        }
        break;
      case 'step-started':
      case 'planned':
      case 'extracted':
      case 'arrived':
      case 'run-finished':
        break;
    }
  }

  notice({ kind, message }: Notice): void {
    this.#output.note(kind === 'warning' ? `${this.#output.errorStyle.yellow('warning:')} ${message}` : message);
  }

  print(write: () => void): void {
    write();
  }

  close(): void {
    // Nothing moves.
  }

  #say(table: string, text: string): void {
    this.#output.note(`${this.#output.errorStyle.bold(table)}: ${text}`);
  }
}

function figuresOf({ rows, bytes, rowsPerSecond }: StepFigures): string {
  return `, ${formatRows(rows)}, ${formatBytes(bytes)}, ${formatCount(rowsPerSecond)} rows/s`;
}
