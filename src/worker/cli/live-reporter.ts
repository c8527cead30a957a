import type { SyncEvent } from '../../sync-core/events.ts';
import type { Notice } from '../commands/context.ts';
import { describeHolders, describeWarning } from './describe-event.ts';
import type { Output } from './output.ts';
import { renderProgressLine, type TableProgress } from './progress-bar.ts';
import type { Reporter } from './reporter.ts';

/** The display is drawn anew at most this often, in ms. */
const redrawMs = 100;
const defaultWidth = 80;

const clearLine = '\x1b[2K';
const up = (lines: number): string => (lines > 0 ? `\x1b[${lines}A` : '');

/** A display on the terminal that moves: one line for every running table, below what stays. */
export class LiveReporter implements Reporter {
  readonly #output: Output;
  readonly #now: () => number;
  readonly #running = new Map<string, TableProgress>();
  /** A notice that the next one replaces. */
  #passing: string | undefined;
  #drawnLines = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  event(event: SyncEvent): void {
    const { table } = event;
    switch (event.kind) {
      case 'run-started':
        this.#passing = undefined;
        this.#running.set(table, {
          table,
          startedAt: this.#now(),
          step: undefined,
          rows: 0,
          totalRows: null,
          bytes: 0,
          rowsPerSecond: 0,
          waiting: undefined,
        });
        break;
      case 'step-started':
        this.#update(table, { step: event.step, waiting: undefined });
        break;
      case 'progress': {
        const { step, rows, bytes, rowsPerSecond, totalRows } = event;
        this.#update(table, { step, rows, bytes, rowsPerSecond, totalRows, waiting: undefined });
        break;
      }
      case 'detail':
        this.#update(table, { waiting: event.message });
        break;
      case 'waiting':
        this.#update(table, { waiting: describeHolders(event.holders, event.waitedMs) });
        break;
      case 'warning':
        this.#keep(`${table}: ${this.#output.errorStyle.yellow('warning:')} ${describeWarning(event.warning)}`);
        break;
      case 'run-finished':
        this.#running.delete(table);
        this.#redraw();
        break;
      case 'step-finished':
      case 'planned':
      case 'extracted':
      case 'arrived':
      case 'statement':
        break;
    }
    this.#tick();
  }

  notice({ kind, message }: Notice): void {
    if (kind === 'progress') {
      this.#passing = message;
      this.#redraw();
    } else {
      this.#passing = undefined;
      this.#keep(kind === 'warning' ? `${this.#output.errorStyle.yellow('warning:')} ${message}` : message);
    }
    this.#tick();
  }

  print(write: () => void): void {
    this.#erase();
    write();
    this.#redraw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#passing = undefined;
    this.#running.clear();
    this.#erase();
  }

  #update(table: string, change: Partial<TableProgress>): void {
    const progress = this.#running.get(table);
    if (progress !== undefined) this.#running.set(table, { ...progress, ...change });
  }

  #keep(text: string): void {
    this.print(() => {
      this.#output.note(text);
    });
  }

  /** Redraws while something moves: elapsed times go on without events. */
  #tick(): void {
    const moves = this.#running.size > 0;
    if (moves && this.#timer === undefined) {
      this.#redraw();
      this.#timer = setInterval(() => {
        this.#redraw();
      }, redrawMs).unref();
    } else if (!moves && this.#timer !== undefined) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #redraw(): void {
    // The last column stays free: some terminals wrap when it is written.
    const width = Math.max(1, (this.#output.stderr.columns ?? defaultWidth) - 1);
    const lines = [...this.#running.values()].map((progress) =>
      renderProgressLine(progress, width, this.#now(), this.#output.errorStyle),
    );
    if (this.#passing !== undefined) lines.push(this.#passing.slice(0, width));
    const text = lines.map((line) => `${clearLine}${line}\n`).join('');
    if (text === '' && this.#drawnLines === 0) return;
    this.#output.stderr.write(`${this.#erasing()}${text}`);
    this.#drawnLines = lines.length;
  }

  #erase(): void {
    if (this.#drawnLines === 0) return;
    this.#output.stderr.write(this.#erasing());
    this.#drawnLines = 0;
  }

  /** To the first line of the display, with everything from there on cleared. */
  #erasing(): string {
    return this.#drawnLines === 0 ? '' : `${up(this.#drawnLines)}\r\x1b[J`;
  }
}
