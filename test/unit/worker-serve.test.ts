import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import {
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { failedRequest, protocolVersion, type ProjectDocument } from '../../src/worker/protocol/protocol.ts';
import { serve } from '../../src/worker/serve/serve.ts';
import { someone } from '../support/cli.ts';
import { fakeHost } from '../support/fake-host.ts';

interface Served {
  readonly client: MessageConnection;
  readonly toWorker: PassThrough;
  readonly ended: Promise<void>;
  readonly errors: string[];
}

const config = `{
  "source": { "connection": "default" },
  "targets": { "cloud": { "url": "postgresql://app@db.example.com:5433/maps", "password": { "prompt": true } } },
  "tables": { "roads": { "source": "DB.PUBLIC.ROADS", "key": ["id"] } }
}`;

function start(): Served {
  const [toWorker, toClient] = [new PassThrough(), new PassThrough()];
  const errors: string[] = [];
  const ended = serve(
    {
      host: fakeHost({ files: { '/work/snowmelt.json': config } }),
      identity: someone,
      workingDir: '/work',
      self: ['node', 'snowmelt.mjs'],
      logError: (message) => errors.push(message),
    },
    { input: toWorker, output: toClient },
  );
  const client = createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toWorker));
  client.listen();
  return { client, toWorker, ended, errors };
}

const initialize = { protocolVersion, client: 'test 1.0', capabilities: { secrets: false } };

async function refused(request: Promise<unknown>): Promise<ResponseError<{ code: string; message: string }>> {
  const error: unknown = await request.then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ResponseError);
  return error as ResponseError<{ code: string; message: string }>;
}

describe('the server of the worker', () => {
  let served: Served;

  beforeEach(() => {
    served = start();
  });

  afterEach(async () => {
    served.toWorker.end();
    await served.ended;
    served.client.dispose();
  });

  it('says who it is, and what is in a configuration', async () => {
    const { client } = served;
    assert.deepEqual(Object.keys(await client.sendRequest('initialize', initialize)), [
      'protocolVersion',
      'version',
      'processId',
    ]);
    const project = await client.sendRequest<ProjectDocument>('project/read', { config: '/work/snowmelt.json' });
    assert.deepEqual(project.problems, []);
    assert.deepEqual(project.targets, [
      {
        name: 'cloud',
        kind: 'server',
        description: 'db.example.com:5433/maps',
        dataDir: null,
        secrets: [{ id: 'target/cloud/password', label: 'the password of target "cloud"' }],
      },
    ]);
    assert.equal(project.source?.description, 'connection default');
    const [roads] = project.tables;
    assert.ok(roads);
    assert.equal(config.slice(roads.range.offset, roads.range.offset + roads.range.length), '"roads"');
    assert.deepEqual([roads.range.line, roads.range.column], [4, 15]);
  });

  it('reads the text of an editor in place of the file, and answers with its problems', async () => {
    const { client } = served;
    await client.sendRequest('initialize', initialize);
    const project = await client.sendRequest<ProjectDocument>('project/read', {
      config: '/work/snowmelt.json',
      text: config.replace('"key"', '"keys"'),
    });
    assert.equal(project.problems.length, 1);
    assert.match(project.problems[0]?.message ?? '', /keys/);
    assert.deepEqual(project.tables, []);
  });

  it('refuses whatever comes before initialize', async () => {
    const error = await refused(served.client.sendRequest('project/read', { config: '/work/snowmelt.json' }));
    assert.equal(error.code, -32_002);
  });

  for (const [asked, older] of [
    [protocolVersion - 1, /The client is too old/],
    [protocolVersion + 1, /This Snowmelt is too old/],
  ] as const) {
    it(`refuses version ${asked} of the protocol, and says which side is too old`, async () => {
      const error = await refused(served.client.sendRequest('initialize', { ...initialize, protocolVersion: asked }));
      assert.equal(error.code, failedRequest);
      assert.match(error.message, older);
    });
  }

  it('names the place of what is wrong with params', async () => {
    const { client } = served;
    await client.sendRequest('initialize', initialize);
    for (const [method, params, said] of [
      ['sync', {}, /config/],
      ['sync', { config: '/work/snowmelt.json', tables: 'roads' }, /tables must be array/],
      ['sync', { config: '/work/snowmelt.json', tabels: ['roads'] }, /tabels/],
      ['history', { config: '/work/snowmelt.json', run_status: 'fine' }, /run_status must be one of/],
    ] as const) {
      const error = await refused(client.sendRequest(method, params));
      assert.equal(error.code, -32_602, method);
      assert.match(error.message, said);
    }
  });

  it('answers a method that there is not as JSON-RPC does', async () => {
    const { client } = served;
    await client.sendRequest('initialize', initialize);
    assert.equal((await refused(client.sendRequest('snyc', {}))).code, -32_601);
  });

  it('answers failures with their document', async () => {
    const { client } = served;
    await client.sendRequest('initialize', initialize);
    const missing = await refused(client.sendRequest('project/read', { config: '/work/other.json' }));
    assert.equal(missing.code, failedRequest);
    assert.equal(missing.data?.code, 'config.notFound');
    const unknown = await refused(client.sendRequest('status', { config: '/work/snowmelt.json', tables: ['raods'] }));
    assert.equal(unknown.data?.code, 'usage');
    assert.match(unknown.message, /Did you mean "roads"/);
  });

  it('asks nobody for a secret who did not say that it answers', async () => {
    const { client } = served;
    await client.sendRequest('initialize', initialize);
    const error = await refused(client.sendRequest('status', { config: '/work/snowmelt.json' }));
    assert.equal(error.data?.code, 'secret.unavailable');
  });

  it('asks for a secret by its id, and cancels while the client thinks', async () => {
    const { client } = served;
    const asked: unknown[] = [];
    const never = new Promise<never>(() => undefined);
    const questions: (() => void)[] = [];
    const question = new Promise<void>((resolve) => questions.push(resolve));
    client.onRequest('secret/get', (params: unknown) => {
      asked.push(params);
      questions[0]?.();
      return asked.length === 1 ? Promise.resolve({ secret: null }) : never;
    });
    await client.sendRequest('initialize', { ...initialize, capabilities: { secrets: true } });
    const declined = await refused(client.sendRequest('status', { config: '/work/snowmelt.json', operation: 'look' }));
    assert.equal(declined.data?.code, 'secret.unavailable');
    await question;
    assert.deepEqual(asked, [
      {
        id: 'target/cloud/password',
        label: 'the password of target "cloud"',
        config: '/work/snowmelt.json',
        operation: 'look',
      },
    ]);
    // The request that waits for its answer for ever ends with the worker.
    const waiting = refused(client.sendRequest('status', { config: '/work/snowmelt.json' }));
    while (asked.length < 2) await new Promise(setImmediate);
    await client.sendRequest('shutdown', null);
    assert.equal((await waiting).data?.code, 'cancelled');
    assert.equal((await refused(client.sendRequest('project/read', { config: '/work/snowmelt.json' }))).code, -32_600);
  });

  it('ends when it is told to', async () => {
    await served.client.sendRequest('initialize', initialize);
    await served.client.sendNotification('exit', null);
    await served.ended;
  });

  it('ends, and says why, when it cannot read what it is sent', async () => {
    served.toWorker.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await served.ended;
    assert.equal(served.errors.length, 1);
    assert.match(served.errors[0] ?? '', /could not read a message/);
  });
});
