import { once } from 'node:events';
import { Server, type ServerEnd, type ServerOptions } from './server.ts';

/** How a server has ended; `overdue`: what it cancelled did not end in time. */
export type ServeOutcome = ServerEnd | 'overdue';

/** The longest that cleaning up may take, in ms. What is then left behind, the next run of a table removes. */
const defaultPatienceMs = 10_000;

/**
 * Serves one client until it goes, and cleans up.
 *
 * @param options `signal` ends it as if the client had gone.
 */
export async function serve(
  options: ServerOptions & { readonly signal: AbortSignal; readonly patienceMs?: number },
): Promise<ServeOutcome> {
  const { signal, output, patienceMs = defaultPatienceMs } = options;
  const server = new Server(options);
  const stop = (): void => {
    server.stop('stopped');
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const end = await server.end;
    const finish = async (): Promise<ServeOutcome> => {
      await server.idle();
      await flushed(output);
      return end;
    };
    return await Promise.race([finish(), overdue(patienceMs)]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves when everything has been written, or cannot be any more. */
async function flushed(output: ServerOptions['output']): Promise<void> {
  if (output.destroyed || output.writableFinished) return;
  output.end();
  await Promise.race([once(output, 'finish'), once(output, 'close')]).catch(() => undefined);
}

function overdue(ms: number): Promise<'overdue'> {
  return new Promise((resolve) => {
    setTimeout(() => {
      resolve('overdue');
    }, ms).unref();
  });
}
