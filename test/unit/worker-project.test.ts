import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/sync-core/config/parse-config.ts';
import { configTemplate } from '../../src/worker/commands/config-template.ts';
import { snowmeltHome } from '../../src/worker/commands/data-folder.ts';
import { processIdentity } from '../../src/worker/host.ts';
import { runInProcess } from '../support/cli.ts';
import { fakeHost } from '../support/fake-host.ts';

describe('init', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-init-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('writes a configuration without a problem, also once the settings in its comments are taken out of them', async () => {
    const { exitCode, stdout } = await runInProcess(['init', '--config', 'maps/snowmelt.json'], fakeHost(), folder);
    const file = join(folder, 'maps/snowmelt.json');
    assert.equal(exitCode, 0);
    assert.ok(stdout.startsWith(`Wrote ${file}.\n`));
    const text = await readFile(file, 'utf8');
    assert.deepEqual(parseConfig(text).problems, []);
    const uncommented = parseConfig(text.replaceAll(/^( +)\/\/ (?= *["{}])/gm, '$1'));
    assert.deepEqual(uncommented.problems, []);
    assert.deepEqual(Object.keys(uncommented.config?.targets ?? {}), ['local', 'cloud']);
    const settings = Object.keys(uncommented.config?.tables.my_table ?? {});
    assert.deepEqual(settings, ['source', 'key', 'computed', 'indexes', 'maxShrink']);
  });

  it('never overwrites without --force', async () => {
    await runInProcess(['init'], fakeHost(), folder);
    const again = await runInProcess(['init', '--json'], fakeHost(), folder);
    assert.equal(again.exitCode, 2);
    assert.match(again.stdout, /"code":"usage".*exists already.*--force/);
    const forced = await runInProcess(['init', '--force', '--json'], fakeHost(), folder);
    assert.deepEqual(JSON.parse(forced.stdout), { status: 'success', file: join(folder, 'snowmelt.json') });
    assert.equal(await readFile(join(folder, 'snowmelt.json'), 'utf8'), configTemplate);
  });
});

describe('the folder of the embedded parts', () => {
  it('is where the platform keeps such data, or where SNOWMELT_HOME says', () => {
    assert.equal(snowmeltHome(fakeHost()), '/home/ann/.local/share/snowmelt');
    assert.equal(snowmeltHome(fakeHost({ env: { XDG_DATA_HOME: '/data' } })), '/data/snowmelt');
    assert.equal(snowmeltHome(fakeHost({ env: { SNOWMELT_HOME: '/elsewhere' } })), '/elsewhere');
    assert.equal(snowmeltHome(fakeHost({ env: { SNOWMELT_HOME: '' } })), '/home/ann/.local/share/snowmelt');
    assert.equal(
      snowmeltHome(fakeHost({ platform: 'darwin', homeDir: '/Users/ann' })),
      '/Users/ann/Library/Application Support/snowmelt',
    );
    assert.equal(
      snowmeltHome(fakeHost({ platform: 'win32', homeDir: 'C:\\Users\\ann' })),
      'C:\\Users\\ann\\AppData\\Local\\snowmelt',
    );
  });
});

describe('process identity', () => {
  it('knows living processes from dead ones', () => {
    const identity = processIdentity('cli');
    assert.equal(identity.processId, process.pid);
    assert.equal(identity.isRunning(process.pid), true);
    assert.equal(identity.isRunning(1), true);
    // Above every limit of Linux, macOS and Windows.
    assert.equal(identity.isRunning(2 ** 30), false);
    assert.match(identity.client, /^snowmelt \d+\.\d+\.\d+\S* \(cli\)$/);
  });

  it('names the machine so that containers of one name differ, where the system tells', function () {
    const { machine } = processIdentity('cli');
    assert.doesNotMatch(machine, /undefined/);
    if (process.platform === 'linux') assert.match(machine, /^\S+ [0-9a-f-]{36} pid:\[\d+\]$/);
    else assert.notEqual(machine, '');
  });
});
