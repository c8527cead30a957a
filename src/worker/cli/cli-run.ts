import type { HostAccess } from '../../sync-core/config/host-access.ts';
import type { SecretSubject } from '../../sync-core/config/secret-subject.ts';
import { secretCommandRunner } from '../../sync-core/config/run-secret-command.ts';
import type { RunIdentity } from '../../sync-core/ledger/ledger.ts';
import type { Actions } from './actions.ts';
import type { ClaimedStdio } from '../claim-stdio.ts';
import type { CommandContext } from '../commands/context.ts';
import type { Interruption } from './interruption.ts';
import type { Output } from './output.ts';
import { promptSecret, type PromptInput } from './prompt-secret.ts';
import type { Reporter } from './reporter.ts';

/** What the process gives a command line. */
export interface CliHost {
  readonly host: HostAccess;
  readonly identity: RunIdentity;
  readonly stdin: PromptInput;
  readonly workingDir: string;
  readonly loadActions: () => Promise<Actions>;
  /** How this program is started again: the runtime and its arguments up to the script. */
  readonly self: readonly [program: string, ...args: string[]];
  /** Gives the process's stdin and stdout to a protocol, for the rest of its life. */
  readonly claimStdio: () => ClaimedStdio;
}

/** One command of the command line while it runs. */
export interface CliRun {
  readonly context: CommandContext;
  readonly output: Output;
  readonly reporter: Reporter;
  readonly self: CliHost['self'];
  readonly claimStdio: CliHost['claimStdio'];
}

export function createRun(cli: CliHost, output: Output, reporter: Reporter, interruption: Interruption): CliRun {
  const { host, identity, stdin, workingDir, self, claimStdio } = cli;
  const interactive = stdin.isTTY && output.stderr.isTTY === true;
  const prompt = ({ label }: SecretSubject, signal: AbortSignal | undefined): Promise<string | undefined> =>
    promptSecret(label, stdin, output.stderr, signal, () => {
      interruption.interrupt();
    });
  const context: CommandContext = {
    host,
    identity,
    workingDir,
    signal: interruption.signal,
    secrets: {
      env: host.env,
      runCommand: secretCommandRunner(host.env, self),
      prompt: interactive ? prompt : undefined,
      signal: interruption.signal,
    },
    onNotice: (notice) => {
      reporter.notice(notice);
    },
    onEvent: (event) => {
      reporter.event(event);
    },
  };
  return { context, output, reporter, self, claimStdio };
}
