import { CommanderError, type Command } from 'commander';
import { exitCodeOf, type ExitCode } from '../../sync-core/errors.ts';
import { createRun, type CliHost } from './cli-run.ts';
import { Interruption } from './interruption.ts';
import { Output, type OutputStream } from './output.ts';
import { createProgram, type Dispatch, type GlobalOptions } from './program.ts';
import { createReporter } from './reporter.ts';
import { usageError } from './usage-error.ts';

export interface CliStreams {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/**
 * Runs one command line, `argv` without the program's own name. Everything it fails with is printed; never throws.
 *
 * @returns the code to exit with.
 */
export async function runCli(argv: readonly string[], cli: CliHost, streams: CliStreams): Promise<ExitCode> {
  const outputFor = (globals: GlobalOptions): Output =>
    new Output(streams.stdout, streams.stderr, { ...globals, env: cli.host.env });
  let exitCode: ExitCode = 0;

  const dispatch: Dispatch = async (globals, action) => {
    const output = outputFor(globals);
    const reporter = createReporter(output, cli.host.env);
    const interruption = new Interruption(() => {
      reporter.notice({ kind: 'info', message: 'Cancelling … (once more ends it at once)' });
    });
    try {
      exitCode = await action(createRun(cli, output, reporter, interruption));
    } catch (error) {
      reporter.close();
      output.failure(error);
      exitCode = exitCodeOf(error);
    } finally {
      reporter.close();
      interruption.close();
    }
  };

  const program = createProgram(dispatch, cli.loadActions, streams);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const failure = error instanceof CommanderError ? usageError(error, calledCommand(program, argv)) : error;
    // The line may have been refused before its options were known.
    const output = outputFor({
      json: argv.includes('--json'),
      verbose: argv.includes('--verbose'),
      color: !argv.includes('--no-color'),
    });
    const helpWasShown = error instanceof CommanderError && error.code === 'commander.help';
    if (!helpWasShown || output.json) output.failure(failure);
    return exitCodeOf(failure);
  }
  return exitCode;
}

/** The name of the command that the line calls, as far as there are such commands: `snowmelt local start`. */
function calledCommand(program: Command, argv: readonly string[]): string {
  const names = [program.name()];
  let command = program;
  for (const word of argv.filter((argument) => !argument.startsWith('-'))) {
    const found = command.commands.find((candidate) => candidate.name() === word);
    if (found === undefined) break;
    names.push(word);
    command = found;
  }
  return names.join(' ');
}
