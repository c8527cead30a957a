import assert from 'node:assert/strict';
import { resolveSecret, type SecretAccess } from '../../src/sync-core/config/resolve-secret.ts';
import type { SecretSubject } from '../../src/sync-core/config/secret-subject.ts';
import { secretCommandRunner } from '../../src/sync-core/config/run-secret-command.ts';
import { formatError, isSyncError, type SyncErrorCode } from '../../src/sync-core/errors.ts';

const node = process.execPath;

const password: SecretSubject = { id: 'target/cloud/password', label: 'the password' };
const subject: SecretSubject = { id: 'source/token', label: 'it' };

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
    assert.equal(await resolveSecret({ env: 'PW' }, access, password), 'hunter2');
    assert.match(
      await refusal('secret.unavailable', resolveSecret({ env: 'NOPE' }, access, password)),
      /NOPE, for the password, is not set/,
    );
    assert.match(await refusal('secret.unavailable', resolveSecret({ env: 'EMPTY' }, access, password)), /is empty/);
  });

  it('takes what a command prints, without the newline at its end', async () => {
    const print = (text: string): Promise<string> =>
      resolveSecret(script(`process.stdout.write(${JSON.stringify(text)})`), access, subject);
    assert.equal(await print('hunter2\n'), 'hunter2');
    assert.equal(await print('hunter2\r\n'), 'hunter2');
    assert.equal(await print(' pass word \n\n'), ' pass word \n');
    assert.equal(await print('pässwörd'), 'pässwörd');
  });

  it('runs a command without a shell, in the environment that it was given', async () => {
    const code = 'console.log(process.argv[1] + process.env.GREETING + Object.keys(process.env).length)';
    assert.equal(await resolveSecret({ command: [node, '-e', code, '$(echo x);'] }, access, subject), '$(echo x);hi1');
  });

  it('names the program that failed, and shows nothing that it printed', async () => {
    const failed = await refusal(
      'secret.unavailable',
      resolveSecret(script('console.log("hunter2"); console.error("hunter2"); process.exit(3)'), access, subject),
    );
    assert.match(failed, /failed with exit code 3/);
    assert.ok(failed.includes(JSON.stringify(node)));
    assert.doesNotMatch(failed, /hunter2/);
    assert.match(
      await refusal('secret.unavailable', resolveSecret({ command: ['/no/such/program', 'hunter2'] }, access, subject)),
      /"\/no\/such\/program", for it, could not be started \(ENOENT\)/,
    );
    assert.match(await refusal('secret.unavailable', resolveSecret(script(''), access, subject)), /printed nothing/);
    assert.match(
      await refusal(
        'secret.unavailable',
        resolveSecret(script('process.kill(process.pid, "SIGKILL")'), access, subject),
      ),
      /was killed/,
    );
    assert.match(
      await refusal(
        'secret.unavailable',
        resolveSecret(script('process.stdout.write("x".repeat(3e6))'), access, subject),
      ),
      /was killed/,
    );
  });

  it('ends a command that does not end', async () => {
    const forever = script('setInterval(() => {}, 1000)');
    assert.match(
      await refusal('secret.unavailable', resolveSecret(forever, { ...access, commandTimeoutMs: 200 }, subject)),
      /did not end within 0\.2 s/,
    );
  });

  it('stops where it is cancelled', async () => {
    const abort = new AbortController();
    const pending = resolveSecret(script('setInterval(() => {}, 1000)'), { ...access, signal: abort.signal }, subject);
    abort.abort();
    await refusal('cancelled', pending);
    await refusal(
      'cancelled',
      resolveSecret({ prompt: true }, { ...access, signal: abort.signal, prompt: () => Promise.resolve('x') }, subject),
    );
  });

  it('asks where there is somebody to ask', async () => {
    const asked: SecretSubject[] = [];
    const answer = (text: string | undefined): SecretAccess => ({
      ...access,
      prompt: (about) => {
        asked.push(about);
        return Promise.resolve(text);
      },
    });
    assert.equal(await resolveSecret({ prompt: true }, answer('typed'), password), 'typed');
    assert.deepEqual(asked, [password]);
    assert.match(
      await refusal('secret.unavailable', resolveSecret({ prompt: true }, answer(undefined), subject)),
      /Nothing was entered/,
    );
    assert.match(
      await refusal('secret.unavailable', resolveSecret({ prompt: true }, access, subject)),
      /nobody to ask for it/,
    );
  });
});
