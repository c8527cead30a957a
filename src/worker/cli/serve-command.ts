import { Writable } from 'node:stream';
import type { ExitCode } from '../../sync-core/errors.ts';
import { processIdentity } from '../host.ts';
import { serve } from '../serve/serve.ts';
import type { CliRun } from './cli-run.ts';

/** Serves the program at the other end of stdin and stdout, until it goes away or a signal comes. */
export async function runServe({ context, reporter, self }: CliRun): Promise<ExitCode> {
  reporter.close();
  const output = protocolOutput(process.stdout);
  context.signal.addEventListener('abort', () => {
    process.stdin.destroy();
  });
  await serve(
    {
      host: context.host,
      identity: processIdentity('json-rpc'),
      workingDir: context.workingDir,
      self,
      logError: (message) => process.stderr.write(`${message}\n`),
    },
    { input: process.stdin, output },
  );
  return 0;
}

/**
 * The only way to `stdout` from here on: what anything else prints there goes to stderr, for it would break the frames. A client
 * that has gone must not end the process before what it asked for is cleaned up.
 */
function protocolOutput(stdout: NodeJS.WriteStream): Writable {
  const write = stdout.write.bind(stdout);
  for (const stream of [stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => undefined);
  }
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk, (error) => {
        done(error);
      });
    },
  });
  stdout.write = process.stderr.write.bind(process.stderr);
  return output;
}
