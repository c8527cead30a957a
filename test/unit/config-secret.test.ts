import assert from 'node:assert/strict';
import { resolveSecret, type SecretAccess } from '../../src/sync-core/config/resolve-secret.ts';
import { secretCommandRunner } from '../../src/sync-core/config/run-secret-command.ts';
import { formatError, isSyncError, type SyncErrorCode } from '../../src/sync-core/errors.ts';

const node = process.execPath;

const access: SecretAccess = {
  env: { PW: 'hunter2', EMPTY: '' },
  runCommand: secretCommandRunner({ GREETING: 'hi' }),
  prompt: undefined,
};

function script(code: string): { command: [string, ...string[]] } {
  return { command: [node, '-e', code] };
}

async function refusal(code: SyncErrorCode, secret: Promise<string>): Promise<string> {
  const error: unknown = await secret.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(isSyncError(error, code), String(error));
  return formatError(error);
}

describe('resolveSecret', () => {
  it('takes a variable, and names the one that is not there', async () => {
    assert.equal(await resolveSecret({ env: 'PW' }, access, 'the password'), 'hunter2');
    assert.match(
      await refusal('secret.unavailable', resolveSecret({ env: 'NOPE' }, access, 'the password')),
      /NOPE, for the password, is not set/,
    );
    assert.match(
      await refusal('secret.unavailable', resolveSecret({ env: 'EMPTY' }, access, 'the password')),
      /is empty/,
    );
  });

  it('takes what a command prints, without the newline at its end', async () => {
    const print = (text: string): Promise<string> =>
      resolveSecret(script(`process.stdout.write(${JSON.stringify(text)})`), access, 'it');
    assert.equal(await print('hunter2\n'), 'hunter2');
    assert.equal(await print('hunter2\r\n'), 'hunter2');
    assert.equal(await print(' pass word \n\n'), ' pass word \n');
    assert.equal(await print('pässwörd'), 'pässwörd');
  });

  it('runs a command without a shell, in the environment that it was given', async () => {
    const code = 'console.log(process.argv[1] + process.env.GREETING + Object.keys(process.env).length)';
    assert.equal(await resolveSecret({ command: [node, '-e', code, '$(echo x);'] }, access, 'it'), '$(echo x);hi1');
  });

  it('names the program that failed, and shows nothing that it printed', async () => {
    const failed = await refusal(
      'secret.unavailable',
      resolveSecret(script('console.log("hunter2"); console.error("hunter2"); process.exit(3)'), access, 'it'),
    );
    assert.match(failed, /failed with exit code 3/);
    assert.ok(failed.includes(JSON.stringify(node)));
    assert.doesNotMatch(failed, /hunter2/);
    assert.match(
      await refusal('secret.unavailable', resolveSecret({ command: ['/no/such/program', 'hunter2'] }, access, 'it')),
      /"\/no\/such\/program", for it, could not be started \(ENOENT\)/,
    );
    assert.match(await refusal('secret.unavailable', resolveSecret(script(''), access, 'it')), /printed nothing/);
    assert.match(
      await refusal('secret.unavailable', resolveSecret(script('process.kill(process.pid, "SIGKILL")'), access, 'it')),
      /was killed/,
    );
    assert.match(
      await refusal('secret.unavailable', resolveSecret(script('process.stdout.write("x".repeat(3e6))'), access, 'it')),
      /was killed/,
    );
  });

  it('ends a command that does not end', async () => {
    const forever = script('setInterval(() => {}, 1000)');
    assert.match(
      await refusal('secret.unavailable', resolveSecret(forever, { ...access, commandTimeoutMs: 200 }, 'it')),
      /did not end within 0\.2 s/,
    );
  });

  it('stops where it is cancelled', async () => {
    const abort = new AbortController();
    const pending = resolveSecret(script('setInterval(() => {}, 1000)'), { ...access, signal: abort.signal }, 'it');
    abort.abort();
    await refusal('cancelled', pending);
    await refusal(
      'cancelled',
      resolveSecret({ prompt: true }, { ...access, signal: abort.signal, prompt: () => Promise.resolve('x') }, 'it'),
    );
  });

  it('asks where there is somebody to ask', async () => {
    const asked: string[] = [];
    const answer = (text: string | undefined): SecretAccess => ({
      ...access,
      prompt: (label) => {
        asked.push(label);
        return Promise.resolve(text);
      },
    });
    assert.equal(await resolveSecret({ prompt: true }, answer('typed'), 'the password'), 'typed');
    assert.deepEqual(asked, ['the password']);
    assert.match(
      await refusal('secret.unavailable', resolveSecret({ prompt: true }, answer(undefined), 'it')),
      /Nothing was entered/,
    );
    assert.match(
      await refusal('secret.unavailable', resolveSecret({ prompt: true }, access, 'it')),
      /nobody to ask for it/,
    );
  });
});
