import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ServerTarget } from '../../src/sync-core/config/resolved.ts';
import { targetConnectionParameters } from '../../src/sync-core/postgres/connection-options.ts';
import { formatConnectionUrl } from '../../src/sync-core/postgres/connection-string.ts';
import { isUrlProblem, parseConnectionUrl } from '../../src/sync-core/postgres/connection-url.ts';
import { fakeHost } from '../support/fake-host.ts';

const target: ServerTarget = {
  kind: 'server',
  name: 'cloud',
  url: undefined,
  host: undefined,
  port: undefined,
  database: undefined,
  user: undefined,
  password: undefined,
  sslmode: undefined,
  sslrootcert: undefined,
  sslcert: undefined,
  sslkey: undefined,
  connectTimeoutMs: undefined,
};

async function urlOf(given: Partial<ServerTarget>, env: Readonly<Record<string, string>> = {}): Promise<string> {
  return formatConnectionUrl(await targetConnectionParameters({ ...target, ...given }, fakeHost({ env: { ...env } })));
}

/** Without halves of surrogate pairs, which no UTF-8 has. */
function isWellFormed(value: string): boolean {
  return Buffer.from(value).toString() === value;
}

describe('the connection string of a target', () => {
  it('is made of the parts of a target, with the defaults that a connection has', async () => {
    assert.equal(
      await urlOf({ host: 'db.example.com', database: 'gis', user: 'application', sslmode: 'verify-full' }),
      'postgresql://application@db.example.com:5432/gis?sslmode=verify-full',
    );
    assert.equal(
      await urlOf({ host: 'db', port: 6543, user: 'a', sslmode: 'verify-ca', sslrootcert: '~/our ca.pem' }),
      'postgresql://a@db:6543/a?sslmode=verify-ca&sslrootcert=%2Fhome%2Fann%2Four%20ca.pem',
    );
  });

  it('never has the password, wherever it stands', async () => {
    const password = { env: 'CLOUD_PGPASSWORD' };
    const env = { PGPASSWORD: 'from-env', CLOUD_PGPASSWORD: 'by-reference', PGPASSFILE: '/secret/file' };
    const url = await urlOf({ url: 'postgresql://me:in-url@db/gis?sslpassword=in-query', password }, env);
    assert.equal(url, 'postgresql://me@db:5432/gis');
  });

  it('has what the environment decides of the place, and lets the target decide first', async () => {
    const env = { PGHOST: 'elsewhere', PGPORT: '7777', PGSSLMODE: 'require' };
    assert.equal(
      await urlOf({ host: 'db', database: 'gis', user: 'me' }, env),
      'postgresql://me@db:7777/gis?sslmode=require',
    );
  });

  it('names the folder of a socket, and brackets an IPv6 address', async () => {
    assert.equal(
      await urlOf({ host: '/var/run/postgresql', database: 'gis', user: 'me' }),
      'postgresql://me@/gis?host=%2Fvar%2Frun%2Fpostgresql&port=5432',
    );
    assert.equal(
      await urlOf({ host: 'fe80::1%eth0', user: 'me', database: 'gis' }),
      'postgresql://me@[fe80::1%25eth0]:5432/gis',
    );
  });

  it('says what is wrong with a target', async () => {
    await assert.rejects(urlOf({ host: 'one,two' }), { code: 'connection.invalid', target: 'cloud' });
    await assert.rejects(urlOf({ url: 'mysql://db' }), { code: 'connection.invalid' });
  });

  it('is read back as what it was made of, whatever the characters, and shows none of them to a shell', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((value) => !value.includes('\0'));
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6(),
      text.filter((value) => !/[,/:]/.test(value) && isWellFormed(value)).map((value) => `/run/${value}`),
    );
    const wellFormed = text.filter((value) => isWellFormed(value));
    fc.assert(
      fc.property(
        host,
        fc.integer({ min: 1, max: 65_535 }),
        wellFormed,
        wellFormed,
        wellFormed,
        (address, port, user, dbname, file) => {
          const parameters = {
            host: address,
            port: String(port),
            user,
            dbname,
            sslmode: 'verify-full',
            sslrootcert: file,
          };
          const url = formatConnectionUrl(parameters);
          assert.match(url, /^[A-Za-z0-9%@:/?&=._~[\]-]+$/);
          const parsed = parseConnectionUrl(url);
          assert.ok(!isUrlProblem(parsed), url);
          assert.deepEqual({ ...parsed }, parameters);
        },
      ),
    );
  });
});
