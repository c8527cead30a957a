import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { nodeFileAccess } from '../../src/sync-core/config/node-file-access.ts';
import type { SslMode } from '../../src/sync-core/config/resolved.ts';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { postgresConnectionOptions } from '../../src/sync-core/postgres/connection-options.ts';
import { PostgresSession } from '../../src/sync-core/postgres/session.ts';
import { startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.ts';

const fixtures = join(import.meta.dirname, '../unit/fixtures/tls');
const read = (name: string): string => readFileSync(join(fixtures, name), 'utf8');

/** Real servers: one that offers TLS with a certificate of a private authority, and one that does not. */
describe('TLS to Postgres', () => {
  let encrypted: PostgresCluster;
  let plain: PostgresCluster;

  before(async function () {
    this.timeout(60_000);
    encrypted = await startPostgresCluster(
      { ssl: 'on' },
      { 'server.crt': read('server.crt'), 'server.key': read('server.key') },
    );
    plain = await startPostgresCluster();
  });

  after(async () => {
    await encrypted.stop();
    await plain.stop();
  });

  /** Whether the connection that comes about is encrypted. */
  const connect = async (
    cluster: PostgresCluster,
    sslmode: SslMode,
    sslrootcert?: string,
    address: string = cluster.host,
  ): Promise<boolean> => {
    const host = {
      env: {},
      platform: process.platform,
      homeDir: join(homedir(), 'nobody-has-this-folder'),
      userName: 'postgres',
      files: nodeFileAccess(process.getuid?.()),
    };
    const options = await postgresConnectionOptions(
      { host: address, port: cluster.port, database: 'postgres', user: 'postgres', sslmode, sslrootcert },
      host,
    );
    const session = await PostgresSession.open(options, { applicationName: 'tls test' });
    try {
      const [row] = await session.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      return row?.ssl === true;
    } finally {
      await session.close();
    }
  };
  const refused = async (attempt: Promise<unknown>): Promise<string> => {
    const failure: unknown = await attempt.then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(isSyncError(failure), String(failure));
    assert.equal(failure.code, 'postgres.tls', failure.message);
    assert.match(failure.remedy ?? '', /sslrootcert/);
    return failure.message;
  };

  it('is what sslmode asks for where the server offers it', async () => {
    assert.equal(await connect(encrypted, 'disable'), false);
    assert.equal(await connect(encrypted, 'allow'), false);
    assert.equal(await connect(encrypted, 'prefer'), true);
    assert.equal(await connect(encrypted, 'require'), true);
    assert.equal(await connect(encrypted, 'verify-ca', join(fixtures, 'ca.crt')), true);
  });

  it('is done without, or not, where the server does not offer it', async () => {
    assert.equal(await connect(plain, 'allow'), false);
    assert.equal(await connect(plain, 'prefer'), false);
    assert.match(await refused(connect(plain, 'require')), /sslmode=require/);
  });

  it('refuses a certificate of another authority, and one for another host', async () => {
    assert.match(await refused(connect(encrypted, 'verify-ca', join(fixtures, 'other-ca.crt'))), /127\.0\.0\.1/);
    assert.equal(await connect(encrypted, 'verify-full', join(fixtures, 'ca.crt')), true);
    assert.match(
      await refused(connect(encrypted, 'verify-full', join(fixtures, 'ca.crt'), 'localhost')),
      /db\.example\.test/,
    );
  });

  it('checks the certificate with sslmode=require too when a root certificate is there, as libpq does', async () => {
    await refused(connect(encrypted, 'require', join(fixtures, 'other-ca.crt')));
  });
});
