import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../../sync-core/errors.ts';
import type { RunStatus } from '../../sync-core/ledger/run-history.ts';
import type { VerifyLevel } from '../../sync-core/verify/verification.ts';
import { version } from '../version.ts';
import type { Actions } from './actions.ts';
import type { CliRun } from './cli-run.ts';
import type { OutputStream } from './output.ts';
import { parseSince } from './parse-since.ts';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** Runs one command's action with the options of the whole line. */
export type Dispatch = (globals: GlobalOptions, action: (run: CliRun) => Promise<ExitCode>) => Promise<void>;

/** As the parser has it: a flag that was not given is absent. */
interface ParsedGlobals {
  readonly json?: true;
  readonly verbose?: true;
  readonly color: boolean;
}

interface ProjectOptions {
  readonly config?: string;
  readonly target?: string;
}

interface LocalStartOptions {
  readonly dataDir?: string;
  readonly scale?: number;
  readonly seed?: number;
  readonly port?: number;
  readonly snowflakePort?: number;
  readonly statementLog?: string;
}

const verifyLevels: readonly VerifyLevel[] = ['count', 'checksum', 'diff'];

const runStatuses: readonly RunStatus[] = ['running', 'success', 'failed', 'cancelled', 'abandoned'];

/** The command line's grammar and help. What a command does is behind `dispatch`; it throws CommanderError. */
export function createProgram(
  dispatch: Dispatch,
  loadActions: () => Promise<Actions>,
  streams: { readonly stdout: OutputStream; readonly stderr: OutputStream },
): Command {
  const program = new Command('snowmelt')
    .description('Keeps Postgres/PostGIS tables in step with Snowflake.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .showSuggestionAfterError(true)
    .option('--json', 'print one JSON document on stdout, and progress as JSON lines on stderr')
    .option('--verbose', 'show every statement, and the stacks of errors')
    .option('--no-color', 'use no colours (as does the environment variable NO_COLOR)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      // Help that nobody asked for by name.
      writeErr: (text) => streams.stderr.write(text),
      // What was wrong is thrown.
      outputError: () => undefined,
    })
    .addHelpText('after', rootHelp);

  const act = (action: (run: CliRun, command: Command, actions: Actions) => Promise<ExitCode>) =>
    async function (this: Command): Promise<void> {
      const { json, verbose, color } = this.optsWithGlobals<ParsedGlobals>();
      await dispatch({ json: json === true, verbose: verbose === true, color }, async (run) =>
        action(run, this, await loadActions()),
      );
    };

  const onProject = (command: Command): Command =>
    command
      .argument('[table...]', 'names of tables in the configuration (default: all)')
      .option('--target <name>', 'the target in the configuration (default: its defaultTarget)')
      .option('--config <file>', 'the configuration (default: snowmelt.json here or in a folder above)');

  const onDataDir = (command: Command): Command =>
    command.option(
      '--data-dir <dir>',
      'the folder that everything is kept in (default: $SNOWMELT_HOME, or the usual place)',
    );

  const selectionOf = (command: Command): { config?: string; target?: string; tables: string[] } => {
    const { config, target } = command.opts<ProjectOptions>();
    return {
      ...(config !== undefined && { config }),
      ...(target !== undefined && { target }),
      tables: command.args,
    };
  };

  program
    .command('init')
    .description('write a commented snowmelt.json')
    .option('--config <file>', 'where to write it (default: snowmelt.json in this folder)')
    .option('--force', 'overwrite a file that is there')
    .option('--sample', 'for the sample data of the local parts, which are started where they do not run')
    .option('--data-dir <dir>', 'the folder of the local parts that --sample is for')
    .action(
      act((run, command, actions) =>
        actions.runInit(run, {
          ...command.opts<{ config?: string; dataDir?: string }>(),
          force: isSet(command, 'force'),
          sample: isSet(command, 'sample'),
        }),
      ),
    )
    .addHelpText(
      'after',
      examples('snowmelt init', 'snowmelt init --sample', 'snowmelt init --config maps/snowmelt.json'),
    );

  onProject(program.command('plan'))
    .description('show what a sync would do; writes nothing')
    .action(act((run, command, actions) => actions.runPlan(run, selectionOf(command))))
    .addHelpText(
      'after',
      examples('snowmelt plan', 'snowmelt plan transformers --verbose', 'snowmelt plan --json | jq .tables[].warnings'),
    );

  onProject(program.command('sync'))
    .description('make the tables equal to their sources')
    .option('--force', 'skip the guards against an empty or shrunken source')
    .option('--full', 'bring all rows over, whatever "incremental" says')
    .action(
      act((run, command, actions) =>
        actions.runSync(run, {
          ...selectionOf(command),
          force: isSet(command, 'force'),
          full: isSet(command, 'full'),
        }),
      ),
    )
    .addHelpText(
      'after',
      examples(
        'snowmelt sync',
        'snowmelt sync transformers vegetation_risk --target cloud',
        'snowmelt sync transformers --full',
        'snowmelt sync topology_connections_cache --json',
      ),
    );

  onProject(program.command('verify'))
    .description('compare the tables with their sources; exit code 3 where they differ')
    .addOption(
      new Option('--level <level>', 'how closely (default: checksum for a table with a key, else count)').choices(
        verifyLevels,
      ),
    )
    .option('--limit <n>', 'the most differing rows of a table to show', parseLimit, 20)
    .option('--all-columns', 'fetch columns that cannot be hashed (JSON), and compare them too; needs --level diff')
    .option('--repair', 'make the rows that differ equal to the source; needs --level diff')
    .option('--report <file>', 'write a report in Markdown')
    .action(
      act((run, command, actions) =>
        actions.runVerify(run, {
          ...selectionOf(command),
          level: undefined,
          repair: isSet(command, 'repair'),
          allColumns: isSet(command, 'allColumns'),
          ...command.opts<{ level?: VerifyLevel; limit: number; report?: string }>(),
        }),
      ),
    )
    .addHelpText(
      'after',
      examples(
        'snowmelt verify',
        'snowmelt verify transformers --level diff --report differences.md',
        'snowmelt verify transformers --level diff --repair',
        'snowmelt verify --level count --target cloud --json',
      ),
    );

  onProject(program.command('status'))
    .description('show the tables: rows, generation, age, last run')
    .option('--exact', 'count the rows instead of estimating them; with --source those of views and queries too')
    .option('--source', 'ask Snowflake too: rows of the sources, and whether they have changed since')
    .action(
      act((run, command, actions) =>
        actions.runStatus(run, {
          ...selectionOf(command),
          exact: isSet(command, 'exact'),
          source: isSet(command, 'source'),
        }),
      ),
    )
    .addHelpText(
      'after',
      examples('snowmelt status', 'snowmelt status --source', 'snowmelt status --exact --target cloud --json'),
    );

  onProject(program.command('history'))
    .description('list the latest runs of this database, by whomever they were started')
    .option('--limit <n>', 'the most runs to list', parseLimit, 20)
    .addOption(new Option('--status <status>', 'only runs with this outcome').choices(runStatuses))
    .option('--since <time>', 'only runs that began since then: 24h, 7d, 2026-03-01, "2026-03-01 14:05"', parseTime)
    .action(
      act((run, command, actions) =>
        actions.runHistory(run, {
          ...selectionOf(command),
          ...command.opts<{ limit: number; status?: RunStatus; since?: Date }>(),
        }),
      ),
    )
    .addHelpText(
      'after',
      examples(
        'snowmelt history',
        'snowmelt history transformers --limit 5',
        'snowmelt history --since 24h --status failed --json',
      ),
    );

  program
    .command('rollback')
    .description('bring an earlier generation of a table back; can itself be rolled back')
    .argument('<table>', 'its name in the configuration')
    .option('--to <generation>', 'the generation to go back to (default: the one before the live one)', parseWhole)
    .option('--target <name>', 'the target in the configuration (default: its defaultTarget)')
    .option('--config <file>', 'the configuration (default: snowmelt.json here or in a folder above)')
    .action(
      act((run, command, actions) => {
        const { tables, ...where } = selectionOf(command);
        return actions.runRollback(run, { ...where, ...command.opts<{ to?: number }>(), table: tables[0] ?? '' });
      }),
    )
    .addHelpText(
      'after',
      examples('snowmelt rollback transformers', 'snowmelt rollback transformers --to 3 --target cloud --json'),
    );

  onProject(program.command('clean'))
    .description('remove what abandoned runs have left, also of tables that the configuration no longer has')
    .option('--generations', 'the earlier generations too; nothing can be rolled back then')
    .option('--dry-run', 'only show what would be removed')
    .action(
      act((run, command, actions) =>
        actions.runClean(run, {
          ...selectionOf(command),
          generations: isSet(command, 'generations'),
          dryRun: isSet(command, 'dryRun'),
        }),
      ),
    )
    .addHelpText(
      'after',
      examples('snowmelt clean', 'snowmelt clean --generations --dry-run', 'snowmelt clean transformers --generations'),
    );

  onProject(program.command('timeouts'))
    .description("check the settings of the application's role, and count the tables")
    .option('--apply', 'set what is not as the configuration says')
    .action(
      act((run, command, actions) =>
        actions.runTimeouts(run, { ...selectionOf(command), apply: isSet(command, 'apply') }),
      ),
    )
    .addHelpText('after', examples('snowmelt timeouts', 'snowmelt timeouts --apply --target cloud --json'));

  const local = program
    .command('local')
    .description('the PostGIS that ships with Snowmelt, and a stand-in for Snowflake')
    .addHelpText('after', examples('snowmelt local start', 'snowmelt local status', 'snowmelt local stop'));

  onDataDir(local.command('start'))
    .description('start them; what runs already is left as it is')
    .option('--with-snowflake', 'the Snowflake stand-in too, filled with sample data')
    .option('--scale <n>', 'the size of the sample data: 1 has 153,592 connections', parseNumber)
    .option('--seed <n>', 'which sample data of that size', parseWhole)
    .option('--empty', 'no sample data')
    .option('--reset', 'delete what the stand-in holds, first')
    .option('--port <n>', 'the port of PostGIS on 127.0.0.1 (default: that of the last time; 0: any)', parsePort)
    .option('--snowflake-port <n>', 'the port of the stand-in', parsePort)
    .option('--statement-log <file>', 'append every statement that the stand-in receives, as a JSON line')
    .action(
      act((run, command, actions) =>
        actions.runLocalStart(run, {
          ...command.opts<LocalStartOptions>(),
          withSnowflake: isSet(command, 'withSnowflake'),
          empty: isSet(command, 'empty'),
          reset: isSet(command, 'reset'),
        }),
      ),
    )
    .addHelpText(
      'after',
      examples(
        'snowmelt local start',
        'snowmelt local start --with-snowflake --scale 0.1',
        'snowmelt local start --with-snowflake --empty --data-dir ./data --json',
      ),
    );

  onDataDir(local.command('stop'))
    .description('stop them; their data stays')
    .action(act((run, command, actions) => actions.runLocalStop(run, command.opts<{ dataDir?: string }>())))
    .addHelpText('after', examples('snowmelt local stop', 'snowmelt local stop --data-dir ./data'));

  onDataDir(local.command('status'))
    .description('show which of them run, and where')
    .option('--password', 'print the password of the Snowflake stand-in, and nothing else')
    .action(
      act((run, command, actions) =>
        actions.runLocalStatus(run, {
          ...command.opts<{ dataDir?: string }>(),
          password: isSet(command, 'password'),
        }),
      ),
    )
    .addHelpText('after', examples('snowmelt local status', 'snowmelt local status --json'));

  program
    .command('serve')
    .description('serve another program over stdin and stdout: JSON-RPC 2.0 (docs/worker-protocol.md)')
    .action(act((run, _command, actions) => actions.runServe(run)))
    .addHelpText('after', examples('snowmelt serve'));

  program
    .command('demo')
    .description('a whole sync on embedded parts, with sample data; needs nothing else')
    .option('--keep', 'leave both parts running, with a configuration for them')
    .option('--scale <n>', 'the size of the sample data: 1 has 294,411 rows in three tables', parseNumber, 1)
    .option('--seed <n>', 'which sample data of that size', parseWhole)
    .action(
      act((run, command, actions) =>
        actions.runDemo(run, {
          ...command.opts<{ scale: number; seed?: number }>(),
          keep: isSet(command, 'keep'),
        }),
      ),
    )
    .addHelpText('after', examples('snowmelt demo', 'snowmelt demo --keep', 'snowmelt demo --scale 0.1 --json'));

  return program;
}

const rootHelp = `
Examples:
  $ snowmelt demo                  everything, on embedded parts, with sample data
  $ snowmelt init                  write a configuration
  $ snowmelt plan                  what a sync would do
  $ snowmelt sync                  do it

Exit codes: 0 done, 1 failed, 2 bad usage or configuration, 3 verification found a difference,
4 cannot connect, 130 cancelled.
`;

function isSet(command: Command, flag: string): boolean {
  return command.getOptionValue(flag) === true;
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}

function parseLimit(text: string): number {
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(limit >= 1)) throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return limit;
}

function parseTime(text: string): Date {
  const time = parseSince(text, Date.now());
  if (time === undefined) {
    throw new InvalidArgumentError('It must be a date (2026-03-01), a time or how long ago (90min, 24h, 7d).');
  }
  return time;
}

function parseNumber(text: string): number {
  const number = /^\d*\.?\d+(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(number)) throw new InvalidArgumentError('It must be a number.');
  return number;
}

function parseWhole(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number)) throw new InvalidArgumentError('It must be a whole number.');
  return number;
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('It must be a port number, 0 to 65535.');
  return port;
}
