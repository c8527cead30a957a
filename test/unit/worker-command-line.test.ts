import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { SyncError } from '../../src/sync-core/errors.ts';
import { createProgram } from '../../src/worker/cli/program.ts';
import { exitCodeOfAll } from '../../src/worker/cli/exit-code.ts';
import { createStyle, wantsColor } from '../../src/worker/cli/style.ts';
import { runInProcess } from '../support/cli.ts';
import { fakeHost } from '../support/fake-host.ts';
import { recordedOutput, RecordedStream } from '../support/recorded-output.ts';

const config = JSON.stringify({
  source: { account: 'a-b', user: 'u', password: { env: 'NOT_SET' } },
  targets: { local: { host: 'db.invalid' }, cloud: { host: 'db.invalid', password: { prompt: true } } },
  defaultTarget: 'local',
  tables: { roads: { source: 'DB.S.ROADS' }, poles: { source: 'DB.S.POLES' } },
});

interface Failure {
  status: string;
  error: { code: string; message: string; remedy?: string; details?: { problems: { line: number }[] } };
}

describe('command line', () => {
  const host = fakeHost({
    files: { '/work/maps/snowmelt.json': config, '/work/broken.json': '{\n  "source": {},\n}' },
  });

  const failing = async (...argv: string[]): Promise<Failure & { exitCode: number }> => {
    const result = await runInProcess([...argv, '--json'], host, '/work/maps/deep');
    assert.equal(result.stderr, '');
    assert.equal(result.stdout.split('\n').length, 2, 'one document on one line');
    return { ...(JSON.parse(result.stdout) as Failure), exitCode: result.exitCode };
  };

  it('prints help and version on stdout, with exit code 0', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    assert.deepEqual(await runInProcess(['--version'], host), { exitCode: 0, stdout: `${version}\n`, stderr: '' });
    const help = await runInProcess(['--help'], host);
    assert.equal(help.exitCode, 0);
    assert.match(help.stdout, /^Usage: snowmelt /);
    assert.equal(help.stderr, '');
    assert.equal(
      (await runInProcess(['help', 'sync'], host)).stdout,
      (await runInProcess(['sync', '-h'], host)).stdout,
    );
  });

  it('has help with examples for every command', async () => {
    const program = createProgram(
      () => Promise.resolve(),
      () => Promise.reject(new Error('help runs nothing')),
      { stdout: new RecordedStream(), stderr: new RecordedStream() },
    );
    const names = program.commands.flatMap((command) =>
      command.commands.length > 0
        ? command.commands.map((child) => [command.name(), child.name()])
        : [[command.name()]],
    );
    assert.ok(names.length >= 5);
    for (const name of names) {
      const { stdout, exitCode } = await runInProcess([...name, '--help'], host);
      assert.equal(exitCode, 0);
      assert.ok(stdout.includes(`\nExamples:\n  $ snowmelt ${name.join(' ')}`), `${name.join(' ')}:\n${stdout}`);
      assert.match(stdout, /--json /);
    }
  });

  it('shows help on stderr with exit code 2 where no command is given', async () => {
    const { stdout, stderr, exitCode } = await runInProcess([], host);
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^Usage: snowmelt /);
  });

  it('says what was probably meant', async () => {
    const command = await failing('synk');
    assert.equal(command.exitCode, 2);
    assert.equal(command.error.code, 'usage');
    assert.match(command.error.message, /synk.*Did you mean sync\?/);
    assert.equal(command.error.remedy, 'See `snowmelt --help`.');
    const option = await failing('sync', '--traget', 'x');
    assert.match(option.error.message, /--traget.*Did you mean --target\?/);
    assert.equal(option.error.remedy, 'See `snowmelt sync --help`.');
    const table = await failing('plan', 'raods');
    assert.deepEqual([table.error.code, table.exitCode], ['usage', 2]);
    assert.match(table.error.message, /Did you mean "roads"\?/);
    const target = await failing('status', '--target', 'clod');
    assert.match(target.error.message, /Did you mean "cloud"\?/);
  });

  it('refuses values that an option cannot have', async () => {
    for (const argv of [
      ['history', '--limit', '0'],
      ['history', '--limit', 'many'],
      ['history', '--status', 'odd'],
      ['sync', '--target'],
      ['plan', '--force'],
      ['init', 'extra'],
    ]) {
      const { exitCode, status, error } = await failing(...argv);
      assert.deepEqual([exitCode, status, error.code], [2, 'error', 'usage'], argv.join(' '));
    }
  });

  it('finds the configuration in a folder above, or says where it looked', async () => {
    const found = await failing('sync');
    assert.deepEqual([found.error.code, found.exitCode], ['secret.unavailable', 2]);
    assert.match(found.error.message, /NOT_SET/);
    const { stderr, exitCode } = await runInProcess(['plan'], fakeHost(), '/work');
    assert.equal(exitCode, 2);
    assert.match(stderr, /^error: There is no snowmelt\.json in \/work or in a folder above it\. \[config\.notFound\]/);
    assert.match(stderr, /snowmelt init/);
    const named = await failing('plan', '--config', 'nowhere.json');
    assert.deepEqual([named.error.code, named.exitCode], ['config.notFound', 2]);
    assert.match(named.error.message, /\/work\/maps\/deep\/nowhere\.json/);
  });

  it('reports every problem of a configuration with its place', async () => {
    const { error, exitCode } = await failing('sync', '--config', '/work/broken.json');
    assert.deepEqual([error.code, exitCode], ['config.invalid', 2]);
    assert.ok((error.details?.problems.length ?? 0) >= 2, error.message);
    assert.match(error.message, /\/work\/broken\.json:1:1 error: /);
  });

  it('cannot ask for a password where nobody sits in front of it', async () => {
    const { error, exitCode } = await failing('status', '--target', 'cloud');
    assert.deepEqual([error.code, exitCode], ['secret.unavailable', 2]);
    assert.match(error.message, /nobody to ask/);
  });

  it('takes global options before and after the command', async () => {
    const before = await runInProcess(['--json', 'plan', 'nope', '--config', '/work/maps/snowmelt.json'], host);
    const after = await runInProcess(['plan', 'nope', '--config', '/work/maps/snowmelt.json', '--json'], host);
    assert.deepEqual(before, after);
    assert.match(before.stdout, /^{"status":"error"/);
  });

  it('shows stacks only with --verbose', async () => {
    const quiet = await runInProcess(['plan'], fakeHost());
    const verbose = await runInProcess(['plan', '--verbose'], fakeHost());
    assert.doesNotMatch(quiet.stderr, /\n\s+at /);
    assert.match(verbose.stderr, /\n\s+at .*findConfigFile/);
  });
});

describe('exit code of several failures', () => {
  const error = (code: 'guard.empty' | 'snowflake.connect' | 'arrival.mismatch' | 'cancelled'): SyncError =>
    new SyncError(code, 'x', { details: {} });

  it('is the one that they share, or 1', () => {
    assert.equal(exitCodeOfAll([]), 0);
    assert.equal(exitCodeOfAll([error('snowflake.connect'), error('snowflake.connect')]), 4);
    assert.equal(exitCodeOfAll([error('arrival.mismatch')]), 3);
    assert.equal(exitCodeOfAll([error('arrival.mismatch'), error('snowflake.connect')]), 1);
    assert.equal(exitCodeOfAll([new TypeError('x')]), 1);
  });

  it('is 130 where any was cancelled', () => {
    assert.equal(exitCodeOfAll([error('guard.empty'), error('cancelled')]), 130);
  });
});

describe('colours', () => {
  it('are for terminals that want them', () => {
    const terminal = { isTTY: true };
    assert.equal(wantsColor(terminal, {}, true), true);
    assert.equal(wantsColor(terminal, { NO_COLOR: '' }, true), true);
    assert.equal(wantsColor(terminal, { NO_COLOR: '1' }, true), false);
    assert.equal(wantsColor(terminal, { TERM: 'dumb' }, true), false);
    assert.equal(wantsColor(terminal, {}, false), false);
    assert.equal(wantsColor({}, {}, true), false);
  });

  it('are switched on for each stream by itself', () => {
    const { output, stdout, stderr } = recordedOutput({}, { stderr: new RecordedStream({ isTTY: true }) });
    output.text(output.style.bold('a'));
    output.failure(new SyncError('usage', 'b'));
    assert.equal(stdout.text, 'a\n');
    assert.equal(stderr.text, '\x1b[31merror:\x1b[39m b [usage]\n');
    assert.equal(createStyle(true).bold(''), '');
  });
});
