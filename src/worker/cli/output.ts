import { formatError, isSyncError, toErrorDocument } from '../../sync-core/errors.ts';
import { redactSecrets } from '../../sync-core/redact-secrets.ts';
import { createStyle, wantsColor, type Style } from './style.ts';

/** Where text goes: a terminal, a pipe, a file, or a test's memory. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The two streams of a command. Results are on stdout, text or one JSON document; everything that is said on the way is on
 * stderr.
 */
export class Output {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** For results. */
  readonly style: Style;
  /** For what goes to stderr. */
  readonly errorStyle: Style;

  constructor(stdout: OutputStream, stderr: OutputStream, options: OutputOptions) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.json = options.json;
    this.verbose = options.verbose;
    this.style = createStyle(wantsColor(stdout, options.env, options.color));
    this.errorStyle = createStyle(wantsColor(stderr, options.env, options.color));
  }

  /** A result as text, which gets its newline. */
  text(text: string): void {
    this.stdout.write(`${text}\n`);
  }

  /** A result as a JSON document on one line. */
  document(value: unknown): void {
    this.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Something to know on the way. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** The failure of the whole command. */
  failure(error: unknown): void {
    if (this.json) this.document({ status: 'error', error: toErrorDocument(error) });
    else this.note(this.formatFailure(error));
  }

  /** A failure for people, with the stacks of it and its causes where `--verbose` asks for them. */
  formatFailure(error: unknown): string {
    const [first, ...rest] = formatError(error).split('\n');
    const message = [(first ?? '').replace(/^error:/, this.errorStyle.red('error:')), ...rest].join('\n');
    if (!this.verbose || isSyncError(error, 'internal')) return message;
    return [message, ...stacks(error)].join('\n');
  }
}

function stacks(error: unknown): string[] {
  const lines: string[] = [];
  for (let at = error; at instanceof Error && lines.length < 8; at = at.cause) {
    if (at.stack !== undefined) lines.push(redactSecrets(at.stack).replace(/^/gm, '    '));
  }
  return lines;
}
