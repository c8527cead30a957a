import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import {
  CancellationTokenSource,
  type CancellationToken,
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { SyncError } from '../../src/sync-core/errors.ts';
import { type ErrorDocument } from '../../src/sync-core/errors.ts';
import {
  failedRequest,
  protocolVersion,
  type NoticeParams,
  type ProjectDocument,
  type RunEventParams,
} from '../../src/worker/protocol/protocol.ts';
import { methods, type Methods } from '../../src/worker/serve/methods.ts';
import { serve, type ServeOutcome } from '../../src/worker/serve/serve.ts';
import { someone } from '../support/cli.ts';
import { fakeHost } from '../support/fake-host.ts';

const config = `{
  "source": { "connection": "default" },
  "targets": { "cloud": { "url": "postgresql://app@db.example.com:5433/maps", "password": { "prompt": true } } },
  "tables": { "roads": { "source": "DB.PUBLIC.ROADS", "key": ["id"] } }
}`;
const file = '/work/snowmelt.json';
const initialize = { protocolVersion, client: 'test 1.0', capabilities: { secrets: false } };

interface Served {
  readonly client: MessageConnection;
  /** Everything that the worker sent, as bytes. */
  readonly sent: () => string;
  readonly toWorker: PassThrough;
  readonly toClient: PassThrough;
  readonly ended: Promise<ServeOutcome>;
  readonly log: string[];
}

let stop: AbortController;

function start(overrides: Partial<Methods> = {}, patienceMs?: number): Served {
  const [toWorker, toClient] = [new PassThrough(), new PassThrough()];
  const log: string[] = [];
  let sent = '';
  toClient.on('data', (chunk: Buffer) => {
    sent += chunk.toString();
  });
  const ended = serve({
    input: toWorker,
    output: toClient,
    host: fakeHost({ files: { [file]: config } }),
    identity: someone,
    workingDir: '/work',
    self: ['node', 'snowmelt.mjs'],
    loadMethods: () => Promise.resolve({ ...methods, ...overrides }),
    log: (line) => {
      log.push(line);
    },
    signal: stop.signal,
    ...(patienceMs !== undefined && { patienceMs }),
  });
  const client = createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toWorker));
  client.listen();
  return { client, sent: () => sent, toWorker, toClient, ended, log };
}

async function refused(request: Promise<unknown>): Promise<ResponseError<ErrorDocument>> {
  const error: unknown = await request.then(
    (answer) => assert.fail(`it was answered: ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ResponseError, String(error));
  return error as ResponseError<ErrorDocument>;
}

/** A promise with what settles it. */
function deferred<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** What a command does when it is cancelled. */
function cancelled(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

describe('snowmelt serve', () => {
  const started: Served[] = [];
  const begin = (...options: Parameters<typeof start>): Served => {
    const served = start(...options);
    started.push(served);
    return served;
  };
  const initialized = async (...options: Parameters<typeof start>): Promise<Served> => {
    const served = begin(...options);
    await served.client.sendRequest('initialize', initialize);
    return served;
  };

  beforeEach(() => {
    stop = new AbortController();
  });

  afterEach(async () => {
    for (const { toWorker, ended, client } of started.splice(0)) {
      toWorker.end();
      await ended;
      client.dispose();
    }
  });

  describe('initialize', () => {
    it('is answered with the versions and the process', async () => {
      const answer = await begin().client.sendRequest('initialize', initialize);
      assert.deepEqual(Object.keys(answer as object), ['protocolVersion', 'version', 'processId']);
    });

    it('comes before everything else, and once', async () => {
      const { client } = begin();
      assert.equal((await refused(client.sendRequest('project/read', { config: file }))).code, -32_002);
      await client.sendRequest('initialize', initialize);
      assert.equal((await refused(client.sendRequest('initialize', initialize))).code, -32_600);
    });

    for (const [asked, older] of [
      [protocolVersion - 1, 'client'],
      [protocolVersion + 1, 'worker'],
    ] as const) {
      it(`refuses version ${asked}, whatever form its params have, and says that the ${older} is too old`, async () => {
        const { client } = begin();
        const error = await refused(client.sendRequest('initialize', { protocolVersion: asked, shape: 'unknown' }));
        assert.equal(error.code, failedRequest);
        assert.match(error.message, new RegExp(`the ${older} is too old`));
        assert.deepEqual(error.data?.details, { client: asked, worker: protocolVersion });
        await client.sendRequest('initialize', initialize);
      });
    }
  });

  describe('project/read', () => {
    it('says what is in a configuration', async () => {
      const { client } = await initialized();
      const project = await client.sendRequest<ProjectDocument>('project/read', { config: file });
      const [roads] = project.tables;
      assert.ok(roads);
      assert.equal(config.slice(roads.range.offset, roads.range.offset + roads.range.length), '"roads"');
      assert.deepEqual(project, {
        config: file,
        problems: [],
        source: { description: 'connection default', secrets: [] },
        targets: [
          {
            name: 'cloud',
            kind: 'server',
            description: 'db.example.com:5433/maps',
            dataDir: null,
            secrets: [{ id: 'target/cloud/password', label: 'the password of target "cloud"' }],
          },
        ],
        defaultTarget: 'cloud',
        tables: [
          {
            name: 'roads',
            relation: { schema: 'public', name: 'roads' },
            object: 'DB.PUBLIC.ROADS',
            source: 'DB.PUBLIC.ROADS',
            key: ['id'],
            range: { offset: roads.range.offset, length: 7, line: 4, column: 15 },
          },
        ],
        role: null,
      });
    });

    it('reads the text of an editor in place of the file, and answers with its problems', async () => {
      const { client } = await initialized();
      const project = await client.sendRequest<ProjectDocument>('project/read', {
        config: '/work/not/saved.json',
        text: config.replace('"key"', '"keys"'),
      });
      assert.deepEqual(
        project.problems.map(({ line, suggestion }) => ({ line, suggestion })),
        [{ line: 4, suggestion: 'key' }],
      );
      assert.deepEqual(project.tables, []);
    });
  });

  describe('params', () => {
    for (const [method, params, said] of [
      ['sync', {}, 'sync: params.config is missing.'],
      ['sync', { config: file, tables: 'roads' }, 'sync: params.tables must be of type array.'],
      ['sync', { config: file, tables: ['roads', 1] }, 'sync: params.tables[1] must be of type string.'],
      [
        'sync',
        { config: file, tabels: ['roads'], force: 1 },
        'sync: params.tabels is unknown; params.force must be of type boolean.',
      ],
      ['history', { config: file, limit: 0 }, 'history: params.limit must be >= 1.'],
      ['sync', { config: 'snowmelt.json' }, 'sync: params.config must be an absolute path.'],
      ['sync', [file], 'sync: params must be of type object.'],
    ] as const) {
      it(`of another form are refused by their place: ${said}`, async () => {
        const { client } = await initialized();
        const error = await refused(client.sendRequest(method, params));
        assert.deepEqual([error.code, error.message], [-32_602, said]);
      });
    }

    it('name what may be chosen from', async () => {
      const { client } = await initialized();
      const error = await refused(client.sendRequest('history', { config: file, status: 'fine' }));
      assert.match(error.message, /params\.status must be one of "running", "success"/);
    });
  });

  it('answers methods that there are not as JSON-RPC does', async () => {
    const { client } = await initialized();
    for (const method of ['snyc', '__proto__', 'toString']) {
      assert.equal((await refused(client.sendRequest(method, {}))).code, -32_601, method);
    }
  });

  it('answers failures with their document, and logs only its own faults', async () => {
    const { client, log } = await initialized({ status: () => Promise.reject(new TypeError('x is undefined')) });
    const missing = await refused(client.sendRequest('plan', { config: '/work/other.json' }));
    assert.deepEqual([missing.code, missing.data?.code], [failedRequest, 'config.notFound']);
    const unknown = await refused(client.sendRequest('plan', { config: file, tables: ['raods'] }));
    assert.equal(unknown.data?.code, 'usage');
    assert.match(unknown.message, /Did you mean "roads"/);
    assert.deepEqual(log, []);
    const fault = await refused(client.sendRequest('status', { config: file }));
    assert.equal(fault.data?.code, 'internal');
    assert.match(log.join('\n'), /x is undefined[^]*worker-serve\.test/);
  });

  describe('events', () => {
    const event = { table: 'roads', target: 'cloud', run: '1' } as const;

    it('come by the operation, in order and before the answer, progress as its latest', async () => {
      const { client } = await initialized({
        sync: async ({ onEvent, onNotice }) => {
          onEvent({ ...event, kind: 'step-started', step: 'stage' });
          for (let rows = 1; rows <= 1_000; rows += 1) {
            onEvent({ ...event, kind: 'progress', step: 'stage', rows, bytes: 0, rowsPerSecond: 0, totalRows: null });
          }
          onEvent({ ...event, kind: 'step-finished', step: 'stage', ms: 1 });
          onNotice({ kind: 'info', message: 'hello' });
          onEvent({ ...event, kind: 'progress', step: 'swap', rows: 7, bytes: 0, rowsPerSecond: 0, totalRows: null });
          return Promise.resolve({ status: 'success', target: 'cloud', tables: [] });
        },
      });
      const seen: string[] = [];
      client.onNotification('run/event', ({ operation, event: at }: RunEventParams) => {
        seen.push([operation, at.kind, ...(at.kind === 'progress' ? [at.rows] : [])].join(' '));
      });
      client.onNotification('notice', ({ operation, level, message }: NoticeParams) => {
        seen.push([operation, level, message].join(' '));
      });
      await client.sendRequest('sync', { config: file });
      assert.deepEqual(seen, []);
      await client.sendRequest('sync', { config: file, operation: 'a' });
      assert.deepEqual(seen, [
        'a step-started',
        'a progress 1',
        'a progress 1000',
        'a step-finished',
        'a info hello',
        'a progress 7',
      ]);
    });

    it('do not pile up before a client that does not read', async () => {
      const told = deferred();
      const { client, toClient } = await initialized({
        sync: async ({ onEvent }) => {
          // So long that a few fill what the streams hold.
          const table = 'x'.repeat(50_000);
          for (let rows = 1; rows <= 600; rows += 1) {
            const figures = { rows, bytes: 0, rowsPerSecond: 0, totalRows: null };
            onEvent({ ...event, table, kind: 'progress', step: 'stage', ...figures });
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
          told.resolve();
          return { status: 'success', target: 'cloud', tables: [] };
        },
      });
      const rows: number[] = [];
      client.onNotification('run/event', ({ event: at }: { event: { rows: number } }) => {
        rows.push(at.rows);
      });
      toClient.pause();
      const answer = client.sendRequest('sync', { config: file, operation: 'a' });
      await told.promise;
      assert.ok(toClient.readableLength + toClient.writableLength < 200_000);
      toClient.resume();
      await answer;
      assert.ok(rows.length < 5, rows.join());
      assert.equal(rows.at(-1), 600);
    });
  });

  describe('cancelling', () => {
    it('ends one request and leaves the others', async () => {
      const both = deferred();
      let running = 0;
      const release = deferred();
      const { client } = await initialized({
        status: async ({ signal }) => {
          running += 1;
          if (running === 2) both.resolve();
          await Promise.race([release.promise, cancelled(signal)]);
          return { status: 'success', target: 'cloud', tables: [], ledger: 'none' };
        },
      });
      const token = new CancellationTokenSource();
      const first = refused(client.sendRequest('status', { config: file }, token.token));
      const second = client.sendRequest<{ status: string }>('status', { config: file });
      await both.promise;
      token.cancel();
      const error = await first;
      assert.deepEqual([error.code, error.data?.code], [failedRequest, 'cancelled']);
      release.resolve();
      assert.equal((await second).status, 'success');
    });

    it('fails a sync whose tables were not all done, and says which were', async () => {
      const began = deferred();
      const { client } = await initialized({
        sync: async ({ signal }) => {
          began.resolve();
          const error = await cancelled(signal).catch((reason: unknown) => reason as SyncError);
          const failed = { status: 'failed', table: 'poles', error: { code: 'cancelled', message: error.message } };
          return {
            status: 'failed',
            target: 'cloud',
            tables: [{ status: 'success', table: 'roads' }, failed],
          } as never;
        },
      });
      const token = new CancellationTokenSource();
      const request = refused(client.sendRequest('sync', { config: file }, token.token));
      await began.promise;
      token.cancel();
      const error = await request;
      assert.equal(error.data?.code, 'cancelled');
      const { tables } = error.data.details as { tables: { table: string; status: string }[] };
      assert.deepEqual(
        tables.map(({ table, status }) => `${table} ${status}`),
        ['roads success', 'poles failed'],
      );
    });

    it('turns what an aborted call throws into the same', async () => {
      const began = deferred();
      const { client } = await initialized({
        status: async ({ signal }) => {
          began.resolve();
          await cancelled(signal).catch(() => undefined);
          throw new Error('socket closed');
        },
      });
      const token = new CancellationTokenSource();
      const request = refused(client.sendRequest('status', { config: file }, token.token));
      await began.promise;
      token.cancel();
      assert.equal((await request).data?.code, 'cancelled');
    });
  });

  describe('secrets', () => {
    const withSecrets = { ...initialize, capabilities: { secrets: true } };

    it('are asked of nobody who did not say that it answers', async () => {
      const { client } = await initialized();
      client.onRequest('secret/get', () => ({ secret: 'hunter2' }));
      const error = await refused(client.sendRequest('status', { config: file }));
      assert.equal(error.data?.code, 'secret.unavailable');
    });

    it('are asked for by their id, anew by each request; who declines fails it', async () => {
      const { client } = begin();
      const asked: unknown[] = [];
      client.onRequest('secret/get', (params: unknown) => {
        asked.push(params);
        return { secret: null };
      });
      await client.sendRequest('initialize', withSecrets);
      for (const operation of ['look', undefined]) {
        const error = await refused(client.sendRequest('status', { config: file, operation }));
        assert.equal(error.data?.code, 'secret.unavailable');
      }
      const subject = { id: 'target/cloud/password', label: 'the password of target "cloud"', config: file };
      assert.deepEqual(asked, [
        { ...subject, operation: 'look' },
        { ...subject, operation: null },
      ]);
    });

    for (const [what, answer] of [
      ['is no answer', { password: 'hunter2' }],
      ['is an error', new ResponseError(-1, 'the keyring is locked')],
    ] as const) {
      it(`fail the request where the client's answer ${what}, and are not repeated`, async () => {
        const { client, log, sent } = begin();
        client.onRequest('secret/get', () => answer);
        await client.sendRequest('initialize', withSecrets);
        const error = await refused(client.sendRequest('status', { config: file }));
        assert.equal(error.data?.code, 'secret.unavailable');
        assert.doesNotMatch(log.join() + sent(), /hunter2/);
      });
    }

    it('are no longer waited for when the request is cancelled, and the client is told', async () => {
      const { client } = begin();
      const [asked, withdrawn] = [deferred(), deferred()];
      client.onRequest('secret/get', (_params: unknown, token: CancellationToken) => {
        asked.resolve();
        token.onCancellationRequested(() => {
          withdrawn.resolve();
        });
        return new Promise(() => undefined);
      });
      await client.sendRequest('initialize', withSecrets);
      const token = new CancellationTokenSource();
      const request = refused(client.sendRequest('status', { config: file }, token.token));
      await asked.promise;
      token.cancel();
      assert.equal((await request).data?.code, 'cancelled');
      await withdrawn.promise;
    });
  });

  describe('the end', () => {
    /** A method that takes a while to be cleaned up. */
    const slow = (): { methods: Partial<Methods>; began: Promise<void>; cleaned: () => boolean } => {
      const began = deferred();
      let cleaned = false;
      const status: Methods['status'] = async ({ signal }) => {
        began.resolve();
        try {
          return await cancelled(signal);
        } finally {
          for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
          cleaned = true;
        }
      };
      return { methods: { status }, began: began.promise, cleaned: () => cleaned };
    };

    it('begins with shutdown, which waits until everything is cleaned up, and comes with exit', async () => {
      const { methods: overrides, began, cleaned } = slow();
      const { client, ended } = await initialized(overrides);
      const request = refused(client.sendRequest('status', { config: file }));
      await began;
      assert.equal(await client.sendRequest('shutdown', null), null);
      assert.ok(cleaned());
      assert.equal((await request).data?.code, 'cancelled');
      assert.equal((await refused(client.sendRequest('plan', { config: file }))).code, -32_600);
      await client.sendNotification('exit');
      assert.equal(await ended, 'closed');
    });

    it('answers a shutdown that exit follows at once', async () => {
      const { methods: overrides, began } = slow();
      const { client, ended } = await initialized(overrides);
      const request = refused(client.sendRequest('status', { config: file }));
      await began;
      const shutdown = client.sendRequest('shutdown', null);
      await client.sendNotification('exit');
      assert.equal(await shutdown, null);
      assert.equal((await request).data?.code, 'cancelled');
      assert.equal(await ended, 'closed');
    });

    for (const [how, leave] of [
      ['closes its end', ({ toWorker }: Served): unknown => toWorker.end()],
      ['ceases to read', ({ toClient }: Served): unknown => toClient.destroy(new Error('EPIPE'))],
    ] as const) {
      it(`comes when the client ${how}, after everything is cleaned up`, async () => {
        const { methods: overrides, began, cleaned } = slow();
        const served = await initialized(overrides);
        served.client.sendRequest('status', { config: file }).catch(() => undefined);
        await began;
        leave(served);
        assert.equal(await served.ended, 'closed');
        assert.ok(cleaned());
      });
    }

    it('comes when the process is told to end', async () => {
      const { methods: overrides, began, cleaned } = slow();
      const { client, ended } = await initialized(overrides);
      const request = refused(client.sendRequest('status', { config: file }));
      await began;
      stop.abort();
      assert.equal(await ended, 'stopped');
      assert.ok(cleaned());
      assert.equal((await request).data?.code, 'cancelled');
    });

    it('does not wait for ever for what does not end', async () => {
      const began = deferred();
      const { client, toWorker, ended } = await initialized(
        {
          status: () => {
            began.resolve();
            return new Promise(() => undefined);
          },
        },
        50,
      );
      client.sendRequest('status', { config: file }).catch(() => undefined);
      await began.promise;
      toWorker.end();
      assert.equal(await ended, 'overdue');
    });
  });

  describe('what is no message', () => {
    const frame = (text: string): string => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

    for (const [text, code, id] of [
      ['{"jsonrpc":"2.0","id":1,', -32_700, null],
      ['', -32_700, null],
      ['7', -32_600, null],
      ['null', -32_600, null],
      ['[{"jsonrpc":"2.0","id":1,"method":"plan"}]', -32_600, null],
      ['{"id":4,"method":"plan"}', -32_600, 4],
      ['{"jsonrpc":"2.0","id":null,"method":"plan"}', -32_600, null],
      ['{"jsonrpc":"2.0","id":"a","method":7}', -32_600, 'a'],
      ['{"jsonrpc":"2.0","id":3,"method":"plan","params":7}', -32_600, 3],
      ['{"jsonrpc":"2.0","method":"$/cancelRequest"}', -32_600, null],
      ['{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":null}}', -32_600, null],
      ['{"jsonrpc":"2.0","id":9}', -32_600, null],
      ['{"jsonrpc":"2.0","id":9,"error":"hunter2"}', -32_600, null],
    ] as const) {
      it(`is answered with ${code}, and the next is read: ${text}`, async () => {
        const { client, toWorker, sent, log } = await initialized();
        const before = sent().length;
        toWorker.write(frame(text));
        assert.equal((await client.sendRequest<ProjectDocument>('project/read', { config: file })).config, file);
        const [, answer = ''] = sent().slice(before).split('\r\n\r\n');
        const { error, id: of } = JSON.parse(answer.replace(/Content-Length.*$/s, '')) as Record<string, unknown>;
        assert.deepEqual([(error as { code: number }).code, of], [code, id]);
        assert.doesNotMatch(sent(), /hunter2/);
        assert.deepEqual(log, []);
      });
    }

    for (const garbage of [
      'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'Content-Length\r\n\r\n',
      'Content-Length: many\r\n\r\n{}',
      '{"jsonrpc":"2.0","id":1,"method":"initialize"}\n',
      '\u0000\u0001\u0002',
    ]) {
      it(`ends the worker, which says why, where frames cannot be told apart: ${JSON.stringify(garbage)}`, async () => {
        const { toWorker, ended, sent, log } = begin();
        toWorker.write(garbage);
        assert.equal(await ended, 'broken');
        assert.match(sent(), /"id":null,"error":\{"code":-32700,"message":"A message must begin with its header/);
        assert.equal(log.length, 1);
      });
    }

    it('does not disturb what is under way', async () => {
      const began = deferred();
      const release = deferred();
      const { client, toWorker } = await initialized({
        status: async () => {
          began.resolve();
          await release.promise;
          return { status: 'success', target: 'cloud', tables: [], ledger: 'none' };
        },
      });
      const request = client.sendRequest<{ status: string }>('status', { config: file });
      await began.promise;
      toWorker.write(frame('{'));
      release.resolve();
      assert.equal((await request).status, 'success');
    });
  });
});
