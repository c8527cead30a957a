import { formatError, type ExitCode } from '../../sync-core/errors.ts';
import { serve, type ServeOutcome } from '../serve/serve.ts';
import type { CliRun } from './cli-run.ts';

const exitCodes: Readonly<Record<ServeOutcome, ExitCode>> = { closed: 0, stopped: 130, broken: 1, overdue: 1 };

/** Serves one client over stdin and stdout until it goes. Whatever is said outside of the protocol is on stderr. */
export async function runServe({ context, output, self, claimStdio }: CliRun): Promise<ExitCode> {
  const stdio = claimStdio();
  const fault = new AbortController();
  // One request's fault would end the process with whatever the others have begun.
  const onFault = (error: unknown): void => {
    output.note(formatError(error));
    fault.abort();
  };
  process.on('uncaughtException', onFault);
  try {
    const outcome = await serve({
      ...stdio,
      host: context.host,
      identity: context.identity,
      workingDir: context.workingDir,
      self,
      loadMethods: async () => (await import('../serve/methods.ts')).methods,
      log: (line) => {
        output.note(line);
      },
      signal: AbortSignal.any([context.signal, fault.signal]),
    });
    return fault.signal.aborted ? 1 : exitCodes[outcome];
  } finally {
    process.off('uncaughtException', onFault);
  }
}
