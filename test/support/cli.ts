import type { HostAccess } from '../../src/sync-core/config/host-access.ts';
import type { RunIdentity } from '../../src/sync-core/ledger/ledger.ts';
import { actions } from '../../src/worker/cli/actions.ts';
import type { CliHost } from '../../src/worker/cli/cli-run.ts';
import type { PromptInput } from '../../src/worker/cli/prompt-secret.ts';
import { runCli } from '../../src/worker/cli/run-cli.ts';
import { RecordedStream } from './recorded-output.ts';

/** Nobody sits in front of it. */
export const noTerminal: PromptInput = {
  isTTY: false,
  setRawMode: () => {
    throw new Error('this is no terminal');
  },
} as unknown as PromptInput;

export const someone: RunIdentity = {
  user: 'ann',
  machine: 'laptop',
  processId: 1,
  client: 'snowmelt test',
  isRunning: () => false,
};

/** What a command line printed and ended with. */
export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, on the given machine. */
export async function runInProcess(
  argv: readonly string[],
  host: HostAccess,
  workingDir = '/work',
): Promise<CliResult> {
  const [stdout, stderr] = [new RecordedStream(), new RecordedStream()];
  const cli: CliHost = {
    host,
    identity: someone,
    stdin: noTerminal,
    workingDir,
    loadActions: () => Promise.resolve(actions),
    self: ['node', 'snowmelt.mjs'],
    claimStdio: () => {
      throw new Error('there is no stdin and stdout to be claimed');
    },
  };
  const exitCode = await runCli(argv, cli, { stdout, stderr });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}
