import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SourceConfig } from '../../src/sync-core/config/resolved.ts';
import type { SecretAccess } from '../../src/sync-core/config/resolve-secret.ts';
import { isSyncError, type SyncErrorCode } from '../../src/sync-core/errors.ts';
import { authenticators } from '../../src/sync-core/snowflake/authenticator.ts';
import {
  type SnowflakeConnection,
  snowflakeConnectionOptions,
} from '../../src/sync-core/snowflake/connection-options.ts';
import { driverOptions } from '../../src/sync-core/snowflake/driver-options.ts';
import { fakeHost, type FakeHostOptions } from '../support/fake-host.ts';

const secrets: SecretAccess = {
  env: { PW: 'p4ssword', TOKEN: 't0ken', KEYPASS: 'phrase' },
  runCommand: () => assert.fail('no command is run'),
  prompt: undefined,
};

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const plainKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const oldKey = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const encryptedKey = privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'phrase' })
  .toString();
const ellipticKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const account = { account: 'org-acc' };
const login = { ...account, username: 'ann' };

function connect(source: Partial<SourceConfig>, host: FakeHostOptions = {}): Promise<SnowflakeConnection> {
  return snowflakeConnectionOptions(
    { connection: undefined, options: {}, secrets: {}, ...source },
    fakeHost(host),
    secrets,
  );
}

async function refusal(
  code: SyncErrorCode,
  source: Partial<SourceConfig>,
  host: FakeHostOptions = {},
): Promise<string> {
  try {
    await connect(source, host);
  } catch (error) {
    assert.ok(isSyncError(error, code), String(error));
    assert.doesNotMatch(JSON.stringify([error.message, error.remedy, error.details]), /p4ssword|t0ken|phrase"/);
    return error.message;
  }
  assert.fail('it was not refused');
}

describe('snowflakeConnectionOptions', () => {
  /** One complete source for every way to log in, and what the driver is to get. */
  const complete: Readonly<Record<string, { source: Partial<SourceConfig>; options: Record<string, unknown> }>> = {
    SNOWFLAKE: {
      source: { options: login, secrets: { password: { env: 'PW' } } },
      options: { ...login, authenticator: 'SNOWFLAKE', password: 'p4ssword' },
    },
    USERNAME_PASSWORD_MFA: {
      source: {
        options: { ...login, authenticator: 'username_password_mfa', passcodeInPassword: true },
        secrets: { password: { env: 'PW' } },
      },
      options: { ...login, authenticator: 'USERNAME_PASSWORD_MFA', passcodeInPassword: true, password: 'p4ssword' },
    },
    EXTERNALBROWSER: {
      source: { options: { ...account, authenticator: 'externalbrowser' } },
      options: { ...account, authenticator: 'EXTERNALBROWSER' },
    },
    SNOWFLAKE_JWT: {
      source: {
        options: { ...login, authenticator: 'snowflake_jwt', privateKeyPath: '/key' },
        secrets: { privateKeyPass: { env: 'KEYPASS' } },
      },
      options: { ...login, authenticator: 'SNOWFLAKE_JWT', privateKey: plainKey },
    },
    PROGRAMMATIC_ACCESS_TOKEN: {
      source: {
        options: { ...login, authenticator: 'PROGRAMMATIC_ACCESS_TOKEN' },
        secrets: { token: { env: 'TOKEN' } },
      },
      options: { ...login, authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 't0ken' },
    },
    OAUTH: {
      source: { options: { ...account, authenticator: 'oauth', tokenFilePath: '/token' } },
      options: { ...account, authenticator: 'OAUTH', token: 'from-file' },
    },
    OAUTH_AUTHORIZATION_CODE: {
      source: { options: { ...account, authenticator: 'OAUTH_AUTHORIZATION_CODE' } },
      options: { ...account, authenticator: 'OAUTH_AUTHORIZATION_CODE' },
    },
    OAUTH_CLIENT_CREDENTIALS: {
      source: {
        options: {
          ...account,
          authenticator: 'oauth_client_credentials',
          oauthClientId: 'id',
          oauthTokenRequestUrl: 'https://idp.test/token',
        },
        secrets: { oauthClientSecret: { env: 'PW' } },
      },
      options: {
        ...account,
        authenticator: 'OAUTH_CLIENT_CREDENTIALS',
        oauthClientId: 'id',
        oauthTokenRequestUrl: 'https://idp.test/token',
        oauthClientSecret: 'p4ssword',
      },
    },
    WORKLOAD_IDENTITY: {
      source: { options: { ...account, authenticator: 'workload_identity', workloadIdentityProvider: 'AWS' } },
      options: { ...account, authenticator: 'WORKLOAD_IDENTITY', workloadIdentityProvider: 'AWS' },
    },
    OKTA: {
      source: { options: { ...login, authenticator: 'https://corp.okta.com' }, secrets: { password: { env: 'PW' } } },
      options: { ...login, authenticator: 'https://corp.okta.com', password: 'p4ssword' },
    },
  };
  const files = { '/key': encryptedKey, '/token': 'from-file\n' };

  it('has a case for every way to log in', () => {
    assert.deepEqual(Object.keys(complete).sort(), [...authenticators, 'OKTA'].sort());
  });

  for (const [name, { source, options }] of Object.entries(complete)) {
    it(`gives the driver what ${name} needs`, async () => {
      const { default: driver } = await import('snowflake-sdk');
      const connection = await connect(source, { files });
      assert.deepEqual(connection.options, options);
      driver.configure({ logLevel: 'OFF', additionalLogToConsole: false });
      driver.createConnection({ ...connection.options });
    });
  }

  it('says all that is missing at once, by the names of the file', async () => {
    const cases: readonly (readonly [options: Record<string, string>, message: RegExp])[] = [
      [account, /SNOWFLAKE needs a user \(user\)\. SNOWFLAKE needs a password \(password\)\./],
      [{ ...account, authenticator: 'USERNAME_PASSWORD_MFA' }, /needs a user .*needs a password/],
      [{ ...account, authenticator: 'https://corp.okta.com' }, /Okta needs a user/],
      [{ ...login, authenticator: 'SNOWFLAKE_JWT' }, /needs a private key/],
      [{ ...login, authenticator: 'PROGRAMMATIC_ACCESS_TOKEN' }, /needs a token/],
      [{ ...login, authenticator: 'OAUTH' }, /needs a token/],
      [{ ...account, authenticator: 'OAUTH_CLIENT_CREDENTIALS' }, /needs a client id .*needs a client secret/],
      [
        { ...account, authenticator: 'OAUTH_AUTHORIZATION_CODE', oauthAuthorizationUrl: 'https://idp.test' },
        /client id.*client secret/,
      ],
      [{ ...account, authenticator: 'WORKLOAD_IDENTITY' }, /AWS, AZURE, GCP, OIDC/],
      [{ ...account, authenticator: 'WORKLOAD_IDENTITY', workloadIdentityProvider: 'OIDC' }, /needs a token with OIDC/],
      [{ ...account, authenticator: 'WORKLOAD_IDENTITY', workloadIdentityProvider: 'AZUR' }, /Did you mean "AZURE"/],
      [{ ...login, authenticator: 'PASSWORD' }, /"PASSWORD" is not a way to log in/],
      [{ accessUrl: 'http://127.0.0.1:8080', username: 'a' }, /account is missing/],
      [{ ...login, accessUrl: 'ftp://x' }, /is not a URL/],
    ];
    for (const [options, message] of cases) assert.match(await refusal('connection.invalid', { options }), message);
  });

  it('asks what a token is', async () => {
    const message = await refusal('connection.invalid', { options: login, secrets: { token: { env: 'TOKEN' } } });
    assert.match(message, /A token alone does not say what it is/);
  });

  it('takes a key for key-pair authentication, as the other drivers do', async () => {
    const { options } = await connect(
      { options: { ...login, privateKeyPath: '/key' } },
      { files: { '/key': plainKey } },
    );
    assert.equal(options.authenticator, 'SNOWFLAKE_JWT');
  });

  describe('private key', () => {
    const key = (text: string, more: Partial<SourceConfig> = {}): [Partial<SourceConfig>, FakeHostOptions] => [
      { options: { ...login, authenticator: 'SNOWFLAKE_JWT', privateKeyPath: '/key' }, ...more },
      { files: { '/key': text } },
    ];

    it('becomes the form that the driver takes', async () => {
      const base64 = plainKey.split('\n').slice(1, -2).join('');
      for (const text of [
        plainKey,
        oldKey,
        base64,
        plainKey.replaceAll('\n', '\\n'),
        plainKey.replaceAll('\n', '\r\n'),
        `\n${plainKey}\n`,
      ]) {
        const { options } = await connect(...key(text));
        assert.equal(options.privateKey, plainKey);
        assert.equal(options.privateKeyPath, undefined);
      }
    });

    it('is decrypted with its passphrase', async () => {
      const { options } = await connect(...key(encryptedKey, { secrets: { privateKeyPass: { env: 'KEYPASS' } } }));
      assert.ok(createPrivateKey(String(options.privateKey)).equals(privateKey));
      assert.equal(options.privateKeyPass, undefined);
    });

    it('is refused for what is wrong with it', async () => {
      assert.match(
        await refusal('secret.unavailable', ...key(encryptedKey)),
        /is encrypted and there is no passphrase/,
      );
      assert.match(
        await refusal('secret.unavailable', ...key(encryptedKey, { secrets: { privateKeyPass: { env: 'PW' } } })),
        /cannot be decrypted/,
      );
      assert.match(await refusal('secret.unavailable', ...key(ellipticKey)), /is ec, not RSA/);
      assert.match(await refusal('secret.unavailable', ...key('ssh-rsa AAAA')), /not in PEM form/);
      assert.match(
        await refusal('secret.unavailable', ...key('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')),
        /cannot be read/,
      );
      const [source] = key('');
      assert.match(await refusal('secret.unavailable', source), /file \/key cannot be read/);
    });
  });

  describe('with a named connection', () => {
    const toml =
      '[default]\naccount = "org-acc"\nhost = "h.test"\nuser = "ann"\npassword = "p4ssword"\nrole = "R1"\nprivate_key_path = "/key"\n';
    const host = { files: { '/home/ann/.snowflake/connections.toml': { text: toml, mode: 0o644 } } };

    it('is overridden by the file', async () => {
      const { options, description, warnings } = await connect(
        { connection: 'default', options: { role: 'R2', warehouse: 'W' } },
        host,
      );
      assert.deepEqual(
        [options.role, options.warehouse, options.username, options.password],
        ['R2', 'W', 'ann', 'p4ssword'],
      );
      assert.equal(description, 'ann@org-acc (connection "default")');
      assert.match(warnings.join(), /can be read by others/);
    });

    it('is what a source without an account means', async () => {
      assert.equal((await connect({}, host)).options.account, 'org-acc');
    });

    it('loses its address where the file names another account', async () => {
      const { options } = await connect({ connection: 'default', options: { account: 'org-other' } }, host);
      assert.deepEqual([options.account, options.host], ['org-other', undefined]);
      const local = await connect({ connection: 'default', options: { accessUrl: 'http://127.0.0.1:1' } }, host);
      assert.deepEqual(
        [local.options.account, local.options.host, local.options.accessUrl],
        ['org-acc', undefined, 'http://127.0.0.1:1'],
      );
    });

    it('loses its key where the file has one', async () => {
      const { options } = await connect(
        { connection: 'default', options: { authenticator: 'SNOWFLAKE_JWT', privateKeyPath: '/mine' } },
        { files: { ...host.files, '/mine': plainKey } },
      );
      assert.equal(options.privateKey, plainKey);
    });

    it('is said to be the origin of what is missing', async () => {
      const files = { '/home/ann/.snowflake/connections.toml': '[default]\naccount = "a"' };
      assert.match(
        await refusal('connection.invalid', {}, { files }),
        /the connection "default" in \/home\/ann\/\.snowflake\/connections\.toml/,
      );
    });
  });

  it('reads files through the caller alone', async () => {
    const host = fakeHost({ files });
    await snowflakeConnectionOptions(
      { connection: undefined, secrets: {}, options: {}, ...complete.OAUTH!.source },
      host,
      secrets,
    );
    assert.deepEqual(host.reads, ['/token']);
  });

  it('knows only options that the driver knows', () => {
    const folder = new URL('../../node_modules/snowflake-sdk/dist/', import.meta.url);
    const sources = ['index.d.ts', 'lib/connection/types.d.ts', 'lib/connection/connection_config.js']
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .join('\n');
    for (const option of Object.keys(driverOptions)) assert.match(sources, new RegExp(`\\b${option}\\b`), option);
  });
});
