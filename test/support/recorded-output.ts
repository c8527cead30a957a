import { Output, type OutputOptions, type OutputStream } from '../../src/worker/cli/output.ts';

/** A stream that keeps what is written. */
export class RecordedStream implements OutputStream {
  readonly isTTY: boolean;
  readonly columns: number;
  text = '';

  constructor(options: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
    this.isTTY = options.isTTY ?? false;
    this.columns = options.columns ?? 80;
  }

  write(text: string): void {
    this.text += text;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

/** An output into memory, without colours unless a stream is a terminal. */
export function recordedOutput(
  options: Partial<OutputOptions> = {},
  streams: { readonly stdout?: RecordedStream; readonly stderr?: RecordedStream } = {},
): { readonly output: Output; readonly stdout: RecordedStream; readonly stderr: RecordedStream } {
  const { stdout = new RecordedStream(), stderr = new RecordedStream() } = streams;
  const output = new Output(stdout, stderr, { json: false, verbose: false, color: true, env: {}, ...options });
  return { output, stdout, stderr };
}
