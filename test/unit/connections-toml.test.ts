import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSyncError } from '../../src/sync-core/errors.ts';
import {
  connectionFolders,
  connectionNames,
  type NamedConnection,
  readNamedConnection,
} from '../../src/sync-core/snowflake/connections-toml.ts';
import { fakeHost, type FakeHostOptions } from '../support/fake-host.ts';

const connectionsFile = '/home/ann/.snowflake/connections.toml';
const configFile = '/home/ann/.snowflake/config.toml';

const connections = `
[default]
account = "org-acc"
user = "ann"
password = "p"

[prod]
account = "org-prod"
user = "svc"
authenticator = "SNOWFLAKE_JWT"
private_key_file = "~/keys/prod.p8"
private_key_file_pwd = "pass"
warehouse = "WH"
role = "LOADER"
client_session_keep_alive = true
login_timeout = 30

[prod.session_parameters]
QUERY_TAG = "x"
`;

function read(name: string | undefined, host: FakeHostOptions): Promise<NamedConnection> {
  return readNamedConnection(name, fakeHost(host));
}

async function refusal(name: string | undefined, host: FakeHostOptions): Promise<string> {
  try {
    await read(name, host);
  } catch (error) {
    assert.ok(isSyncError(error, 'connection.invalid'), String(error));
    return error.message;
  }
  assert.fail('it was not refused');
}

describe('readNamedConnection', () => {
  const files = { [connectionsFile]: connections };

  it('reads a connection under the driver’s names, and leaves out what other drivers have', async () => {
    assert.deepEqual(await read('prod', { files }), {
      name: 'prod',
      file: connectionsFile,
      options: {
        account: 'org-prod',
        username: 'svc',
        authenticator: 'SNOWFLAKE_JWT',
        privateKeyPath: '/home/ann/keys/prod.p8',
        privateKeyPass: 'pass',
        warehouse: 'WH',
        role: 'LOADER',
        clientSessionKeepAlive: true,
      },
      warnings: [],
    });
  });

  it('takes the default connection where none is named', async () => {
    assert.equal((await read(undefined, { files })).name, 'default');
    assert.equal((await read(undefined, { files, env: { SNOWFLAKE_DEFAULT_CONNECTION_NAME: 'prod' } })).name, 'prod');
    assert.equal(
      (await read('default', { files, env: { SNOWFLAKE_DEFAULT_CONNECTION_NAME: 'prod' } })).name,
      'default',
    );
    const withConfig = { [connectionsFile]: '[prod]\naccount = "a"', [configFile]: 'default_connection_name = "prod"' };
    assert.equal((await read(undefined, { files: withConfig })).name, 'prod');
    assert.equal((await read('default', { files: withConfig })).name, 'prod');
  });

  it('names what there is where a connection is not', async () => {
    const message = await refusal('prd', { files });
    assert.match(
      message,
      /no connection "prd" in .*connections\.toml.*It has "default", "prod"\. Did you mean "prod"\?/,
    );
    assert.match(await refusal(undefined, { files: { [connectionsFile]: '' } }), /It has none/);
  });

  it('reads config.toml where there is no connections.toml', async () => {
    const config =
      'default_connection_name = "dev"\n[connections.dev]\naccount = "org-dev"\n[cli.logs]\nsave_logs = true\n';
    const found = await read(undefined, { files: { [configFile]: config } });
    assert.deepEqual([found.name, found.file, found.options], ['dev', configFile, { account: 'org-dev' }]);
    assert.match(
      await refusal('dev', { files: { [configFile]: config, [connectionsFile]: connections } }),
      /It has "default", "prod"/,
    );
  });

  it('looks in one folder after the other', async () => {
    const text = '[default]\naccount = "here"';
    const places: readonly (readonly [path: string, host: FakeHostOptions])[] = [
      ['/sf/connections.toml', { env: { SNOWFLAKE_HOME: '/sf' } }],
      ['/home/ann/sf/connections.toml', { env: { SNOWFLAKE_HOME: '~/sf' } }],
      [connectionsFile, {}],
      ['/home/ann/.config/snowflake/connections.toml', {}],
      ['/xdg/snowflake/connections.toml', { env: { XDG_CONFIG_HOME: '/xdg' } }],
      [
        '/Users/ann/Library/Application Support/snowflake/connections.toml',
        { platform: 'darwin', homeDir: '/Users/ann' },
      ],
      ['C:\\Users\\ann\\AppData\\Local\\snowflake\\connections.toml', { platform: 'win32', homeDir: 'C:\\Users\\ann' }],
    ];
    for (const [path, host] of places) {
      assert.equal((await read(undefined, { ...host, files: { [path]: text } })).file, path);
    }
  });

  it('looks nowhere else than in SNOWFLAKE_HOME where that is set', async () => {
    assert.deepEqual(connectionFolders(fakeHost({ env: { SNOWFLAKE_HOME: '/sf' } })), ['/sf']);
    assert.match(
      await refusal(undefined, { files, env: { SNOWFLAKE_HOME: '/sf' } }),
      /no connections\.toml or config\.toml in \/sf\./,
    );
    assert.match(await refusal(undefined, {}), /in \/home\/ann\/\.snowflake or \/home\/ann\/\.config\/snowflake/);
  });

  it('takes variables of the connection first, and general ones for what is missing', async () => {
    const env = {
      SNOWFLAKE_CONNECTIONS_PROD_ROLE: 'OTHER',
      SNOWFLAKE_CONNECTIONS_PROD_CLIENT_SESSION_KEEP_ALIVE: 'false',
      SNOWFLAKE_CONNECTIONS_DEFAULT_ROLE: 'NOT_MINE',
      SNOWFLAKE_ROLE: 'GENERAL',
      SNOWFLAKE_DATABASE: 'DB',
      SNOWFLAKE_HOME: '/sf',
    };
    const { options } = await read('prod', { env, files: { '/sf/connections.toml': connections } });
    assert.deepEqual([options.role, options.database, options.clientSessionKeepAlive], ['OTHER', 'DB', false]);
    assert.ok(!('home' in options));
  });

  it('makes a URL of host, port and protocol', async () => {
    const text = '[default]\naccount = "a"\nhost = "127.0.0.1"\nport = 8443\nprotocol = "http"\n';
    const { options } = await read(undefined, { files: { [connectionsFile]: text } });
    assert.equal(options.accessUrl, 'http://127.0.0.1:8443');
  });

  it('refuses a file that is not TOML, and shows nothing of it', async () => {
    const text = '[default]\naccount = "a"\npassword = "hunter2\nuser = "x"';
    const message = await refusal(undefined, { files: { [connectionsFile]: text } });
    assert.match(message, /connections\.toml:\d+:\d+ is not valid TOML/);
    assert.doesNotMatch(message, /hunter2/);
  });

  it('refuses a file that others could have written, as the driver does', async () => {
    const withMode = (mode: number, more = {}): FakeHostOptions => ({
      files: { [connectionsFile]: { text: connections, mode, ...more } },
    });
    assert.match(await refusal(undefined, withMode(0o620)), /can be written by others \(permissions 620\)/);
    assert.match(await refusal(undefined, withMode(0o602)), /can be written by others/);
    assert.match(await refusal(undefined, withMode(0o700)), /is executable/);
    assert.match(await refusal(undefined, withMode(0o400)), /cannot be read and written by its owner/);
    assert.match(await refusal(undefined, withMode(0o600, { ownedByUser: false })), /belongs to another user/);
    assert.match((await read(undefined, withMode(0o644))).warnings.join(), /can be read by others: run chmod 600/);
    assert.equal(
      (await read(undefined, { ...withMode(0o777), env: { SKIP_TOKEN_FILE_PERMISSIONS_VERIFICATION: '1' } })).name,
      'default',
    );
    const windows = {
      files: { 'C:\\Users\\a\\.snowflake\\connections.toml': { text: connections, mode: 0o777 } },
      platform: 'win32',
      homeDir: 'C:\\Users\\a',
    } as const;
    assert.equal((await read(undefined, windows)).name, 'default');
  });

  it('fails in no other way, whatever the file says', async () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.constant('[1, "a"]'),
      fc.constant('{a = 1}'),
      fc.constant('1979-05-27'),
    );
    const line = fc
      .tuple(
        fc.constantFrom('account', 'user', 'host', 'port', 'role', '"x y"', 'password', '[default]', '[[default]]'),
        value,
      )
      .map(([key, text]) => (key.startsWith('[') ? key : `${key} = ${text}`));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(line).map((lines) => lines.join('\n')),
        ),
        async (text) => {
          try {
            const { options } = await read(undefined, { files: { [connectionsFile]: text } });
            for (const option of Object.values(options))
              assert.ok(['string', 'number', 'boolean', 'object'].includes(typeof option));
          } catch (error) {
            assert.ok(isSyncError(error, 'connection.invalid'), String(error));
          }
        },
      ),
    );
  });
});

describe('connectionNames', () => {
  const ofFiles = (options: FakeHostOptions): ReturnType<typeof connectionNames> => connectionNames(fakeHost(options));

  it('lists what can be named, without what could be a secret', async () => {
    assert.deepEqual(await ofFiles({ files: { [connectionsFile]: connections } }), [
      { name: 'default', account: 'org-acc', user: 'ann', isDefault: true },
      { name: 'prod', account: 'org-prod', user: 'svc', isDefault: false },
    ]);
  });

  it('marks the default one, and is empty without a file', async () => {
    const files = { [configFile]: 'default_connection_name = "b"\n[connections.a]\n[connections.b]\naccount = "x"\n' };
    const list = await ofFiles({ files });
    assert.deepEqual(
      list.filter(({ isDefault }) => isDefault),
      [{ name: 'b', account: 'x', user: undefined, isDefault: true }],
    );
    const env = { SNOWFLAKE_DEFAULT_CONNECTION_NAME: 'a' };
    assert.equal((await ofFiles({ files, env })).find(({ isDefault }) => isDefault)?.name, 'a');
    assert.deepEqual(await ofFiles({ files: {} }), []);
  });

  it('says that a file cannot be read', async () => {
    await assert.rejects(ofFiles({ files: { [connectionsFile]: '[a' } }), (error) =>
      isSyncError(error, 'connection.invalid'),
    );
  });
});
