import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { processHost } from '../../src/worker/host.ts';
import {
  protocolVersion,
  type ClientRequests,
  type ErrorDocument,
  type SourceListDocument,
} from '../../src/worker/protocol/protocol.ts';
import { methods } from '../../src/worker/serve/methods.ts';
import { serve } from '../../src/worker/serve/serve.ts';
import { runInProcess, someone } from '../support/cli.ts';
import {
  connect,
  createApplicationDatabase,
  startPostgresCluster,
  type PostgresCluster,
} from '../support/postgres-cluster.ts';
import { startSource, type TestSource } from '../support/source.ts';
import type { HostAccess } from '../../src/sync-core/config/host-access.ts';

/** What an editor asks of both sides, over JSON-RPC, against a server, the stand-in, and an embedded PostGIS that does not run. */
describe('what the worker tells an editor of both sides', function () {
  this.timeout(120_000);
  let cluster: PostgresCluster;
  let source: TestSource;
  let folder: string;
  let config: string;
  let host: HostAccess;
  let client: MessageConnection;
  const releasers: (() => Promise<unknown>)[] = [];

  before(async () => {
    cluster = await startPostgresCluster();
    releasers.push(() => cluster.stop());
    source = await startSource(cluster);
    releasers.push(() => source.close());
    await source.sql(
      'CREATE SCHEMA DB."Mixed case"',
      `CREATE TABLE DB.PUBLIC.ROADS (ID NUMBER(9,0) NOT NULL COMMENT 'the key', NAME VARCHAR(20), "Odd ""name""" FLOAT, "ORDER" GEOGRAPHY) COMMENT = 'all roads'`,
      `INSERT INTO DB.PUBLIC.ROADS SELECT 1, 'one', 1.5, NULL`,
      'CREATE VIEW DB.PUBLIC.LONG_ROADS AS SELECT ID, NAME FROM DB.PUBLIC.ROADS',
    );
    await createApplicationDatabase(cluster, 'edited');
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-methods-'));
    releasers.push(() => rm(folder, { recursive: true, force: true }));
    config = join(folder, 'snowmelt.json');
    const { accessUrl, account, username } = source.connection;
    await writeFile(
      config,
      JSON.stringify({
        source: { accessUrl, account, user: username, password: { env: 'FLAKE_PASSWORD' } },
        targets: {
          server: {
            host: cluster.host,
            port: cluster.port,
            database: 'edited',
            user: 'application',
            sslmode: 'disable',
          },
          nobody: { host: cluster.host, port: cluster.port, database: 'edited', user: 'nobody', sslmode: 'disable' },
          local: { embedded: { dataDir: join(folder, 'home') } },
        },
        defaultTarget: 'server',
        tables: {
          roads: {
            source: 'DB.PUBLIC.ROADS',
            target: 'application.roads',
            key: ['id'],
            columns: { exclude: ['ORDER'] },
          },
          long_roads: {
            source: 'DB.PUBLIC.LONG_ROADS',
            target: 'application.long_roads',
            key: ['id'],
            strategy: 'merge',
          },
        },
      }),
    );
    host = { ...processHost(), env: { PATH: process.env.PATH, FLAKE_PASSWORD: 'flake' } };
    const [toWorker, toClient] = [new PassThrough(), new PassThrough()];
    const self = ['node', 'snowmelt.mjs'] as const;
    const ended = serve({
      input: toWorker,
      output: toClient,
      host,
      identity: someone,
      workingDir: folder,
      self,
      loadMethods: () => Promise.resolve(methods),
      log: (line) => assert.fail(line),
      signal: new AbortController().signal,
    });
    client = createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toWorker));
    client.listen();
    releasers.push(async () => {
      toWorker.end();
      await ended;
      client.dispose();
    });
    await client.sendRequest('initialize', { protocolVersion, client: 'test 1.0', capabilities: { secrets: false } });
  });

  after(async () => {
    for (let release; (release = releasers.pop());) await release();
  });

  const ask = async <M extends keyof ClientRequests>(
    method: M,
    params: Omit<ClientRequests[M]['params'], 'config'>,
  ): Promise<ClientRequests[M]['result']> => client.sendRequest(method, { config, ...params });

  const refused = async (request: Promise<unknown>): Promise<ErrorDocument> => {
    const error: unknown = await request.then(
      () => assert.fail('it was answered'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ResponseError);
    return error.data as ErrorDocument;
  };

  it('tests both connections', async () => {
    const flake = await ask('connection/test', { side: 'source' });
    assert.deepEqual(
      { ...flake, ms: 0, version: '' },
      {
        status: 'success',
        side: 'source',
        name: `TESTER@${source.connection.account}`,
        user: 'TESTER',
        version: '',
        postgisVersion: null,
        role: 'SYSADMIN',
        warehouse: null,
        database: null,
        ms: 0,
      },
    );
    assert.match(flake.version, /^\d+\.\d+/);
    const server = await ask('connection/test', { side: 'target' });
    assert.deepEqual([server.name, server.user, server.database], ['server', 'application', 'edited']);
    assert.match(server.version, /^\d{2}\.\d+$/);
    assert.match(server.postgisVersion ?? '', /^3\./);
    const failure = await refused(ask('connection/test', { side: 'target', target: 'nobody' }));
    assert.equal(failure.code, 'postgres.auth');
  });

  it('gives the string that other programs connect with', async () => {
    assert.deepEqual(await ask('connection/string', {}), {
      status: 'success',
      target: 'server',
      url: `postgresql://application@127.0.0.1:${cluster.port}/edited?sslmode=disable`,
    });
  });

  const names = ({ items }: SourceListDocument): string[] => items.map(({ name }) => name);

  it('lists Snowflake, level by level', async () => {
    assert.ok(names(await ask('source/list', { list: 'databases' })).includes('DB'));
    const schemas = await ask('source/list', { list: 'schemas', database: 'DB' });
    assert.deepEqual(
      schemas.items.map(({ name, quoted, kind }) => [name, quoted, kind]),
      [
        ['INFORMATION_SCHEMA', 'INFORMATION_SCHEMA', 'schema'],
        ['Mixed case', '"Mixed case"', 'schema'],
        ['PUBLIC', 'PUBLIC', 'schema'],
      ],
    );
    const objects = await ask('source/list', { list: 'objects', database: 'DB', schema: 'PUBLIC' });
    assert.deepEqual(objects, {
      status: 'success',
      truncated: false,
      items: [
        { name: 'LONG_ROADS', quoted: 'LONG_ROADS', kind: 'view', type: null, rows: null, comment: null },
        { name: 'ROADS', quoted: 'ROADS', kind: 'table', type: null, rows: 1, comment: 'all roads' },
      ],
    });
    const columns = await ask('source/list', { list: 'columns', database: 'DB', schema: 'PUBLIC', object: 'ROADS' });
    assert.deepEqual(
      columns.items.map(({ quoted, type, comment }) => [quoted, type, comment]),
      [
        ['ID', 'NUMBER(9,0)', 'the key'],
        ['NAME', 'VARCHAR(20)', null],
        ['"Odd ""name"""', 'FLOAT', null],
        ['"ORDER"', 'GEOGRAPHY', null],
      ],
    );
    const view = await ask('source/list', { list: 'columns', database: 'DB', schema: 'PUBLIC', object: 'LONG_ROADS' });
    assert.deepEqual(names(view), ['ID', 'NAME']);
  });

  it('says what cannot be listed', async () => {
    const nowhere = await refused(ask('source/list', { list: 'objects', database: 'DB', schema: 'NOWHERE' }));
    assert.equal(nowhere.code, 'snowflake.objectMissing');
    const unnamed = await refused(ask('source/list', { list: 'schemas' }));
    assert.equal(unnamed.code, 'usage');
  });

  it('describes a table before the first sync, and after it', async () => {
    assert.deepEqual(await ask('table/describe', { table: 'roads' }), {
      status: 'success',
      target: 'server',
      table: 'roads',
      relation: { schema: 'application', name: 'roads' },
      exists: false,
      owner: null,
      comment: null,
      columns: [],
      indexes: [],
      generations: [],
      dependents: [],
    });
    assert.equal((await ask('sync', {})).status, 'success');
    const admin = await connect(cluster, 'edited', 'application');
    await admin.query(`COMMENT ON TABLE application.roads IS 'cached'`);
    await admin.query('CREATE VIEW application.short AS SELECT id FROM application.roads');
    await admin.query('CREATE MATERIALIZED VIEW application.kept AS SELECT id FROM application.long_roads');
    await admin.query('CREATE INDEX roads_lower ON application.roads (lower(name))');
    await admin.end();
    assert.equal((await ask('sync', { tables: ['roads'] })).status, 'success');
    const { columns, indexes, generations, ...rest } = await ask('table/describe', { table: 'roads' });
    assert.deepEqual(rest, {
      status: 'success',
      target: 'server',
      table: 'roads',
      relation: { schema: 'application', name: 'roads' },
      exists: true,
      owner: 'application',
      comment: 'cached',
      dependents: [{ kind: 'view', name: 'application.short' }],
    });
    assert.deepEqual(
      columns.map(({ name, type, key, sourceType }) => [name, type, key, sourceType]),
      [
        ['id', 'integer', true, 'NUMBER(9,0)'],
        ['name', 'character varying(20)', false, 'VARCHAR(20)'],
        ['Odd "name"', 'double precision', false, 'FLOAT'],
      ],
    );
    assert.deepEqual(
      indexes.map(({ name, columns: over, method, unique, primary, valid }) => [
        name,
        over,
        method,
        unique,
        primary,
        valid,
      ]),
      [
        ['roads_pkey', ['id'], 'btree', true, true, true],
        ['roads_lower', ['name'], 'btree', false, false, true],
      ],
    );
    assert.deepEqual(
      generations.map(({ generation, rows }) => [generation, rows]),
      [[1, 1]],
    );
    assert.ok((generations[0]?.bytes ?? 0) > 0);
    const pinned = await ask('table/describe', { table: 'long_roads' });
    assert.deepEqual(pinned.dependents, [{ kind: 'pin', name: 'materialized view application.kept' }]);
  });

  it('tells whether sources have changed, on the command line too', async () => {
    await ask('sync', {});
    const unchanged = await ask('source/status', {});
    assert.deepEqual(unchanged, {
      status: 'success',
      target: 'server',
      tables: [
        { status: 'success', table: 'roads', rows: 1, changed: false },
        { status: 'success', table: 'long_roads', rows: null, changed: false },
      ],
    });
    await source.sql(`INSERT INTO DB.PUBLIC.ROADS SELECT 2, 'two', 2.5, NULL`);
    const changed = await ask('source/status', { exact: true, tables: ['long_roads'] });
    assert.deepEqual(changed.tables, [{ status: 'success', table: 'long_roads', rows: 2, changed: true }]);

    const argv = ['status', '--source', '--config', config];
    const text = await runInProcess(argv, host, folder);
    assert.equal(text.exitCode, 0, text.stderr);
    assert.match(text.stdout, /rows +source rows +changed/);
    assert.match(text.stdout, /roads +application\.roads +~?1 +2 +yes/);
    assert.match(text.stdout, /long_roads +application\.long_roads +~?1 +- +yes/);
    const json = await runInProcess([...argv, '--json'], host, folder);
    const document = JSON.parse(json.stdout) as { tables: unknown[]; sources: unknown[] };
    assert.equal(document.tables.length, 2);
    assert.deepEqual(document.sources, [
      { status: 'success', table: 'roads', rows: 2, changed: true },
      { status: 'success', table: 'long_roads', rows: null, changed: true },
    ]);
    const plain = await runInProcess(['status', '--json', '--config', config], host, folder);
    assert.ok(!('sources' in (JSON.parse(plain.stdout) as object)));
  });

  it('does not start an embedded PostGIS to look at it', async () => {
    const target = 'local';
    const looks = [
      ask('status', { target }),
      ask('source/status', { target }),
      ask('history', { target }),
      ask('table/describe', { target, table: 'roads' }),
      ask('connection/test', { target, side: 'target' }),
      ask('connection/string', { target }),
    ];
    for (const look of looks) {
      const failure = await refused(look);
      assert.equal(failure.code, 'local.failed');
      assert.equal((failure.details as { reason?: string }).reason, 'not-running');
      assert.match(failure.remedy ?? '', /^Start it/);
      assert.equal(failure.target, target);
    }
    assert.deepEqual(await readdir(folder), ['snowmelt.json'], 'not even its folder was made');
  });
});
