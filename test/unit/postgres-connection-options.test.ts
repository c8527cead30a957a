import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import fc from 'fast-check';
import type { SslMode } from '../../src/sync-core/config/resolved.ts';
import { isSyncError } from '../../src/sync-core/errors.ts';
import {
  type PostgresConnectionOptions,
  type PostgresConnectionSettings,
  postgresConnectionOptions,
  targetConnectionOptions,
} from '../../src/sync-core/postgres/connection-options.ts';
import { findPassword } from '../../src/sync-core/postgres/password-file.ts';
import { type PostgresTls, tlsConnectionOptions } from '../../src/sync-core/postgres/tls-options.ts';
import { fakeHost, type FakeHostOptions } from '../support/fake-host.ts';

function options(settings: PostgresConnectionSettings, host: FakeHostOptions = {}): Promise<PostgresConnectionOptions> {
  return postgresConnectionOptions(settings, fakeHost(host), 'cloud');
}

async function refusal(settings: PostgresConnectionSettings, host: FakeHostOptions = {}): Promise<string> {
  try {
    await options(settings, host);
  } catch (error) {
    assert.ok(isSyncError(error, 'connection.invalid'), String(error));
    assert.equal(error.target, 'cloud');
    return error.message;
  }
  assert.fail('it was not refused');
}

describe('postgresConnectionOptions', () => {
  it('has the defaults of libpq', async () => {
    const { host, port, database, user, password, attempts, ssl, connectTimeoutMs, warnings } = await options({});
    assert.deepEqual(
      { host, port, database, user, password, attempts, mode: ssl.mode, connectTimeoutMs, warnings },
      {
        host: 'localhost',
        port: 5432,
        database: 'ann',
        user: 'ann',
        password: undefined,
        attempts: ['tls', 'plain'],
        mode: 'prefer',
        connectTimeoutMs: 10_000,
        warnings: [],
      },
    );
  });

  it('takes a server on this machine’s socket where none is named', async () => {
    const files = { '/tmp/.s.PGSQL.5433': { text: '', kind: 'other' } } as const;
    assert.equal((await options({ port: 5433 }, { files })).host, '/tmp');
    assert.equal((await options({ port: 5432 }, { files })).host, 'localhost');
    assert.equal((await options({ port: 5433 }, { files, platform: 'win32' })).host, 'localhost');
  });

  it('takes the database that the user is called', async () => {
    assert.equal((await options({ url: 'postgresql://bob@h' })).database, 'bob');
  });

  it('prefers a setting to the url, that to the environment, that to the default', async () => {
    const env = {
      PGHOST: 'env',
      PGPORT: '1',
      PGUSER: 'env',
      PGDATABASE: 'env',
      PGPASSWORD: 'env',
      PGAPPNAME: 'env',
      PGOPTIONS: '-c a=b',
    };
    const url = 'postgresql://url:url@url:2/url';
    const settings = { host: 'set', port: 3, user: 'set', database: 'set', password: 'set' };
    const parts = ({ host, port, user, database, password }: PostgresConnectionOptions): unknown[] => [
      host,
      port,
      user,
      database,
      password,
    ];
    assert.deepEqual(parts(await options({}, { env })), ['env', 1, 'env', 'env', 'env']);
    assert.deepEqual(parts(await options({ url }, { env })), ['url', 2, 'url', 'url', 'url']);
    assert.deepEqual(parts(await options({ ...settings, url }, { env })), ['set', 3, 'set', 'set', 'set']);
    const { applicationName, options: backend } = await options(
      { url: 'postgresql://h?application_name=url' },
      { env },
    );
    assert.deepEqual([applicationName, backend], ['url', '-c a=b']);
  });

  it('takes an empty variable as if it were not there', async () => {
    assert.equal((await options({}, { env: { PGHOST: '', PGPORT: '', PGSSLMODE: '' } })).host, 'localhost');
  });

  it('says of variables that it does not look at', async () => {
    assert.match((await options({}, { env: { PGSERVICE: 'x' } })).warnings.join(), /PGSERVICE/);
  });

  it('reads the time limit in seconds', async () => {
    assert.equal((await options({ url: 'postgresql://h?connect_timeout=3' })).connectTimeoutMs, 3000);
    assert.equal((await options({ url: 'postgresql://h?connect_timeout=0' })).connectTimeoutMs, 0);
    assert.equal((await options({ url: 'postgresql://h?connect_timeout=-1' })).connectTimeoutMs, 0);
    assert.equal((await options({ connectTimeoutMs: 250 }, { env: { PGCONNECT_TIMEOUT: '9' } })).connectTimeoutMs, 250);
    assert.match(await refusal({ url: 'postgresql://h?connect_timeout=3s' }), /whole number of seconds/);
  });

  it('refuses what cannot be, naming it', async () => {
    assert.match(
      await refusal({ url: 'postgresql://h?sslmod=x' }),
      /Unknown parameter "sslmod"\. Did you mean "sslmode"\?/,
    );
    assert.match(await refusal({}, { env: { PGPORT: '0' } }), /not a port number/);
    assert.match(await refusal({ url: 'postgresql://h:99999' }), /not a port number/);
    assert.match(await refusal({}, { env: { PGHOST: 'a,b' } }), /Several hosts/);
    assert.match(await refusal({ host: '@socket' }), /abstract/);
    assert.match(await refusal({}, { env: { PGSSLMODE: 'verify_full' } }), /Did you mean "verify-full"/);
    assert.match(await refusal({ url: 'postgresql://h?client_encoding=latin1' }), /always sends UTF-8/);
    assert.match(await refusal({ url: 'postgresql://h?ssl_min_protocol_version=TLSv9' }), /TLSv1\.3/);
  });

  it('obtains the password of a target from where it is kept', async () => {
    const target = {
      kind: 'server',
      name: 'cloud',
      url: 'postgresql://a@h/d',
      host: undefined,
      port: undefined,
      database: undefined,
      user: undefined,
      password: { env: 'PW' },
      sslmode: undefined,
      sslrootcert: undefined,
      sslcert: undefined,
      sslkey: undefined,
      connectTimeoutMs: undefined,
    } as const;
    const runCommand = (): never => assert.fail('no command is run');
    const secrets = { env: { PW: 's3cr3t' }, runCommand, prompt: undefined };
    assert.equal((await targetConnectionOptions(target, fakeHost(), secrets)).password, 's3cr3t');
    await assert.rejects(
      targetConnectionOptions(target, fakeHost(), { ...secrets, env: {} }),
      /PW, for the password of target "cloud", is not set/,
    );
  });

  describe('password file', () => {
    const line = 'db:5432:app:ann:from-file\n';

    it('is read where nothing else has a password', async () => {
      const settings = { host: 'db', database: 'app', user: 'ann' };
      assert.equal((await options(settings, { files: { '/home/ann/.pgpass': line } })).password, 'from-file');
      assert.equal(
        (await options(settings, { files: { '/x': line }, env: { PGPASSFILE: '/x' } })).password,
        'from-file',
      );
      assert.equal(
        (await options({ ...settings, password: 'own' }, { files: { '/home/ann/.pgpass': line } })).password,
        'own',
      );
      const files = { 'C:\\Users\\ann\\AppData\\Roaming\\postgresql\\pgpass.conf': line };
      const windows = { files, platform: 'win32', homeDir: 'C:\\Users\\ann' } as const;
      assert.equal((await options(settings, windows)).password, 'from-file');
    });

    it('is left alone, with a warning, where others can read it', async () => {
      const files = { '/home/ann/.pgpass': { text: line, mode: 0o640 } };
      const found = await options({ host: 'db', database: 'app', user: 'ann' }, { files });
      assert.equal(found.password, undefined);
      assert.match(found.warnings.join(), /chmod 600/);
    });

    it('has the first line that matches', () => {
      const text = [
        '# a comment',
        'h:1:d:u:one',
        '*:*:*:u:two',
        'h\\:x:1:d:u:three',
        'localhost:*:*:s:four',
        'h:1:d:e:',
        '*:*:*:*:p\\:w\\\\:rest',
      ].join('\n');
      const find = (host: string, user: string, port = 1): string | undefined =>
        findPassword(text, { host, port, database: 'd', user });
      assert.equal(find('h', 'u'), 'one');
      assert.equal(find('h', 'u', 2), 'two');
      assert.equal(find('/var/run/postgresql', 's'), 'four');
      assert.equal(find('/elsewhere', 's'), 'p:w\\');
      assert.equal(find('h', 'e'), 'p:w\\');
      assert.equal(findPassword('h:1:d:v:three', { host: 'h', port: 1, database: 'x', user: 'v' }), undefined);
    });

    it('finds what was written, whatever the characters', () => {
      const field = fc
        .string({ minLength: 1 })
        .filter((text) => !/[\r\n]/.test(text) && !text.startsWith('#') && text !== '*');
      const escape = (text: string): string => text.replace(/[\\:]/g, '\\$&');
      fc.assert(
        fc.property(field, field, field, field, (host, database, user, password) => {
          const text = `${[host, '5432', database, user, password].map(escape).join(':')}\n`;
          assert.equal(findPassword(text, { host, port: 5432, database, user }), password);
        }),
      );
    });

    it('never throws', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), (text) => {
          findPassword(text, { host: 'h', port: 1, database: 'd', user: 'u' });
        }),
      );
    });
  });

  describe('sslmode', () => {
    const withRoot = { files: { '/home/ann/.postgresql/root.crt': 'ROOT' } };

    it('decides what is tried, and in which order', async () => {
      const expected: Record<SslMode, string[]> = {
        disable: ['plain'],
        allow: ['plain', 'tls'],
        prefer: ['tls', 'plain'],
        require: ['tls'],
        'verify-ca': ['tls'],
        'verify-full': ['tls'],
      };
      for (const [mode, attempts] of Object.entries(expected)) {
        assert.deepEqual((await options({ host: 'h', sslmode: mode as SslMode }, withRoot)).attempts, attempts, mode);
      }
    });

    it('checks the certificate in every mode where a root certificate is there, and the name only in verify-full', async () => {
      const checks = async (mode: SslMode, host: FakeHostOptions): Promise<unknown[]> => {
        const { ssl } = await options({ host: 'h', sslmode: mode }, host);
        return [ssl.verify, ssl.checkHostname, ssl.ca];
      };
      assert.deepEqual(await checks('require', {}), [false, false, undefined]);
      assert.deepEqual(await checks('require', withRoot), [true, false, 'ROOT']);
      assert.deepEqual(await checks('prefer', {}), [false, false, undefined]);
      assert.deepEqual(await checks('prefer', withRoot), [true, false, 'ROOT']);
      assert.deepEqual(await checks('verify-ca', withRoot), [true, false, 'ROOT']);
      assert.deepEqual(await checks('verify-full', withRoot), [true, true, 'ROOT']);
      assert.deepEqual(await checks('disable', withRoot), [false, false, undefined]);
    });

    it('of verify-ca and verify-full needs a root certificate', async () => {
      assert.match(await refusal({ host: 'h', sslmode: 'verify-full' }), /root\.crt does not exist/);
      assert.match(
        await refusal({ host: 'h', sslmode: 'verify-ca', sslrootcert: '/no.crt' }),
        /\/no\.crt does not exist/,
      );
    });

    it('of require goes on without the root certificate that was named, and says so', async () => {
      const { ssl, warnings } = await options({ host: 'h', sslmode: 'require', sslrootcert: '/no.crt' });
      assert.equal(ssl.verify, false);
      assert.match(warnings.join(), /\/no\.crt does not exist.*not checked/);
    });

    it('is verify-full for sslrootcert=system, and nothing weaker', async () => {
      const { ssl } = await options({ url: 'postgresql://h?sslrootcert=system' });
      assert.deepEqual([ssl.mode, ssl.verify, ssl.checkHostname, ssl.ca], ['verify-full', true, true, undefined]);
      for (const sslmode of ['disable', 'allow', 'prefer', 'require', 'verify-ca'] as const) {
        assert.match(await refusal({ host: 'h', sslmode, sslrootcert: 'system' }), /too weak/);
      }
    });

    it('does not matter to a Unix socket', async () => {
      const { attempts, ssl } = await options({ host: '/tmp', sslmode: 'verify-full' });
      assert.deepEqual([attempts, ssl.verify], [['plain'], false]);
    });

    it('comes from the environment too', async () => {
      const found = await options(
        { host: 'h' },
        { env: { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca.crt' }, files: { '/ca.crt': 'CA' } },
      );
      assert.deepEqual([found.ssl.mode, found.ssl.ca], ['verify-full', 'CA']);
    });

    it('sends the host’s name, but no address', async () => {
      assert.equal((await options({ host: 'db.example.test' })).ssl.servername, 'db.example.test');
      assert.equal((await options({ host: '10.0.0.1' })).ssl.servername, undefined);
      assert.equal((await options({ url: 'postgresql://[::1]' })).ssl.servername, undefined);
      assert.equal((await options({ url: 'postgresql://db.example.test?sslsni=0' })).ssl.servername, undefined);
    });
  });

  describe('client certificate', () => {
    const cert = { '/home/ann/.postgresql/postgresql.crt': 'CERT' };

    it('is taken from the usual place, with its key', async () => {
      const { ssl } = await options(
        { host: 'h' },
        { files: { ...cert, '/home/ann/.postgresql/postgresql.key': 'KEY' } },
      );
      assert.deepEqual([ssl.cert, ssl.key], ['CERT', 'KEY']);
      const named = await options(
        { host: 'h', sslcert: '~/c', sslkey: '/k' },
        { files: { '/home/ann/c': 'C', '/k': 'K' } },
      );
      assert.deepEqual([named.ssl.cert, named.ssl.key], ['C', 'K']);
    });

    it('needs a key that others cannot read', async () => {
      const key = (mode: number, ownedByRoot: boolean): FakeHostOptions => ({
        files: {
          ...cert,
          '/home/ann/.postgresql/postgresql.key': { text: 'KEY', mode, ownedByRoot, ownedByUser: !ownedByRoot },
        },
      });
      assert.match(await refusal({ host: 'h' }, { files: cert }), /no private key/);
      assert.match(await refusal({ host: 'h' }, key(0o640, false)), /can be read by others/);
      assert.equal((await options({ host: 'h' }, key(0o640, true))).ssl.key, 'KEY');
      assert.match(await refusal({ host: 'h' }, key(0o644, true)), /can be read by others/);
    });

    it('is left out, with a warning, where it was named and is not there', async () => {
      const { ssl, warnings } = await options({ host: 'h', sslcert: '/no' });
      assert.equal(ssl.cert, undefined);
      assert.match(warnings.join(), /sslcert \/no does not exist/);
    });
  });
});

describe('tlsConnectionOptions', () => {
  const read = (name: string): string => readFileSync(new URL(`fixtures/tls/${name}`, import.meta.url), 'utf8');
  const server = tls.createServer({ cert: read('server.crt'), key: read('server.key') }, (socket) => socket.end());
  let port = 0;

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    server.close();
    await once(server, 'close');
  });

  /** Whether a server whose certificate is for db.example.test and 127.0.0.1 is accepted; else the error's code. */
  async function outcome(ssl: Partial<PostgresTls>): Promise<string> {
    const whole: PostgresTls = {
      mode: 'require',
      verify: false,
      checkHostname: false,
      host: 'db.example.test',
      servername: 'db.example.test',
      ca: undefined,
      cert: undefined,
      key: undefined,
      crl: undefined,
      passphrase: undefined,
      minVersion: undefined,
      ...ssl,
    };
    const socket = tls.connect({ port, host: '127.0.0.1', ...tlsConnectionOptions(whole) });
    try {
      await once(socket, 'secureConnect');
      return 'accepted';
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    } finally {
      socket.destroy();
    }
  }

  it('accepts anybody where nothing is verified', async () => {
    assert.equal(await outcome({}), 'accepted');
  });

  it('accepts only certificates of the authority where it is', async () => {
    assert.equal(await outcome({ verify: true, ca: read('ca.crt') }), 'accepted');
    assert.equal(await outcome({ verify: true, ca: read('other-ca.crt') }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.equal(await outcome({ verify: true, ca: undefined }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('compares the name with the host that was asked for, in verify-full alone', async () => {
    const ca = read('ca.crt');
    const full = { mode: 'verify-full', verify: true, checkHostname: true, ca } as const;
    assert.equal(await outcome({ ...full, host: 'db.example.test' }), 'accepted');
    assert.equal(await outcome({ ...full, host: '127.0.0.1', servername: undefined }), 'accepted');
    assert.equal(
      await outcome({ ...full, host: 'localhost', servername: 'localhost' }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    assert.equal(await outcome({ ...full, host: '127.0.0.2', servername: undefined }), 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(await outcome({ verify: true, ca, host: 'localhost', servername: 'localhost' }), 'accepted');
  });
});
