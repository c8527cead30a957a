import { Writable, type Readable } from 'node:stream';

/** A process's streams, of which one is given to a protocol. */
export interface ClaimedStdio {
  readonly input: Readable;
  /** Its writes are what stdout carries from now on, and nothing else is. */
  readonly output: Writable;
}

/**
 * Gives stdin and stdout to a protocol. What any code prints to stdout from now on, by `console.log` or otherwise, goes to stderr.
 * A stdout or stderr that nobody reads any more is the protocol's to notice; it does not end the process.
 */
export function claimStdio({ stdin, stdout, stderr }: NodeJS.Process): ClaimedStdio {
  const write = stdout.write.bind(stdout);
  const output = new Writable({
    write: (chunk: Buffer, _encoding, callback) => {
      write(chunk, callback);
    },
  });
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  stdout.once('close', () => {
    output.destroy();
  });
  stdout.write = stderr.write.bind(stderr);
  return { input: stdin, output };
}
