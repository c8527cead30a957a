import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { NoticeParams } from '../../src/worker/protocol/protocol.ts';
import type { Log } from '../../src/extension/log.ts';
import { WorkerError } from '../../src/extension/process/worker-client.ts';
import { reasonOf } from '../../src/extension/process/worker-failure.ts';
import { WorkerProcess, type WorkerLaunch } from '../../src/extension/process/worker-process.ts';

const program = join(import.meta.dirname, 'fixtures', 'scripted-worker.mjs');

describe('worker process', () => {
  const started: WorkerProcess[] = [];
  const lines: string[] = [];

  async function start(script?: string, launch: Partial<WorkerLaunch> = {}): Promise<WorkerProcess> {
    lines.length = 0;
    if (script !== undefined) process.env.SCRIPT = script;
    try {
      const worker = await WorkerProcess.start({
        program,
        workingDir: import.meta.dirname,
        client: 'test 1',
        log: logInto(lines),
        onRunEvent: () => undefined,
        onNotice: () => undefined,
        answerSecret: () => Promise.resolve({ secret: null }),
        ...launch,
      });
      started.push(worker);
      return worker;
    } finally {
      delete process.env.SCRIPT;
    }
  }

  afterEach(async () => {
    await Promise.all(started.splice(0).map((worker) => worker.stop()));
  });

  it('says who the worker is, and hands over what it answers', async () => {
    const worker = await start();
    assert.equal(worker.initialized.version, 'test 1');
    const answer = await asked(worker, 'status');
    assert.deepEqual(answer.params, { config: '/x/snowmelt.json' });
  });

  it('starts the worker as a plain Node process, without the flags of the debugger', async () => {
    process.env.NODE_OPTIONS = '--no-warnings';
    const worker = await start().finally(() => delete process.env.NODE_OPTIONS);
    const { argv, env } = await asked(worker, 'status');
    assert.deepEqual(argv, ['serve']);
    assert.equal(env.ELECTRON_RUN_AS_NODE, '1');
    assert.equal(env.NODE_OPTIONS, undefined);
  });

  it('fails as the worker says', async () => {
    const worker = await start();
    const error = await failureOf(worker.request('sync', { config: '/x/snowmelt.json' }));
    assert.deepEqual(error.document, { code: 'postgres.connect', message: 'No server.', target: 'local' });
    assert.equal(error.message, 'No server.');
  });

  it('cancels a request by its token', async () => {
    const token = tokenSource();
    const notices: NoticeParams[] = [];
    const waiting = new Promise<void>((resolve) => {
      void start(undefined, {
        onNotice: (notice) => {
          notices.push(notice);
          resolve();
        },
      }).then((worker) => {
        cancelled = failureOf(worker.request('plan', { config: '/x/snowmelt.json' }, token));
      });
    });
    let cancelled: Promise<WorkerError> | undefined;
    await waiting;
    token.cancel();
    assert.equal((await cancelled)?.document.code, 'cancelled');
    assert.deepEqual(notices, [{ operation: 'plan', level: 'progress', message: 'waiting' }]);
  });

  it('does not ask at all with a token that was fired before', async () => {
    const worker = await start();
    const token = tokenSource();
    token.cancel();
    const error = await failureOf(worker.request('status', { config: '/x/snowmelt.json' }, token));
    assert.equal(error.document.code, 'cancelled');
  });

  it('fails whatever is under way when the worker dies, and says so', async () => {
    const worker = await start();
    const waiting = failureOf(worker.request('plan', { config: '/x/snowmelt.json' }));
    const killing = failureOf(worker.request('clean', { config: '/x/snowmelt.json' }));
    for (const error of await Promise.all([waiting, killing])) {
      assert.equal(reasonOf(error.document), 'worker-ended');
      assert.match(error.message, /ended while it was at work \(signal SIGKILL\)/);
    }
    assert.equal(await worker.ended, 'signal SIGKILL');
    const late = await failureOf(worker.request('status', { config: '/x/snowmelt.json' }));
    assert.equal(reasonOf(late.document), 'worker-ended');
  });

  it('answers the worker that asks for a secret, and writes neither to the log', async () => {
    const worker = await start(undefined, { answerSecret: () => Promise.resolve({ secret: 'k3y' }) });
    const answer = (await worker.request('history', { config: '/x/snowmelt.json' })) as unknown;
    assert.deepEqual(answer, { secret: 'k3y' });
    assert.ok(!lines.join('\n').includes('k3y'));
  });

  it('says what a worker ended with that could not start, and logs what it said', async () => {
    const error = await failureOf(start('broken'));
    assert.equal(reasonOf(error.document), 'start-failed');
    assert.match(error.message, /exit code 7/);
    assert.ok(lines.includes('warn cannot open shared object'), lines.join('\n'));
  });

  it('says that a program that is not there could not be started', async () => {
    const error = await failureOf(start(undefined, { program: join(import.meta.dirname, 'gone.mjs') }));
    assert.equal(reasonOf(error.document), 'start-failed');
    const nowhere = await failureOf(start(undefined, { workingDir: join(import.meta.dirname, 'gone') }));
    assert.equal(reasonOf(nowhere.document), 'start-failed');
  });

  it('refuses a worker that speaks another version of the protocol', async () => {
    const error = await failureOf(start('version'));
    assert.equal(reasonOf(error.document), 'version');
    assert.match(error.message, /version 99/);
  });

  it('ends a worker by asking it, and kills one that does not listen', async () => {
    const polite = await start();
    await polite.stop();
    assert.equal(await polite.ended, 'exit code 0');
    const mute = await start('mute', { graceMs: 100 });
    await mute.stop();
    assert.equal(await mute.ended, 'signal SIGKILL');
  });
});

interface Echo {
  readonly params: unknown;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** What the scripted worker answers, which is no document of the protocol. */
async function asked(worker: WorkerProcess, method: 'status'): Promise<Echo> {
  return (await worker.request(method, { config: '/x/snowmelt.json' })) as unknown as Echo;
}

async function failureOf(promise: Promise<unknown>): Promise<WorkerError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof WorkerError, String(error));
  return error;
}

/** A token as VS Code's are: it tells whoever listens once. */
function tokenSource(): TestToken {
  const listeners: ((fired: unknown) => unknown)[] = [];
  return {
    isCancellationRequested: false,
    onCancellationRequested(listener) {
      listeners.push(listener);
      return { dispose: () => undefined };
    },
    cancel() {
      this.isCancellationRequested = true;
      for (const listener of listeners) listener(undefined);
    },
  };
}

interface TestToken {
  isCancellationRequested: boolean;
  onCancellationRequested(listener: (fired: unknown) => unknown): { dispose(): void };
  cancel(): void;
}

function logInto(lines: string[]): Log {
  const write =
    (level: string) =>
    (message: string): void => {
      lines.push(`${level} ${message}`);
    };
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    show: () => undefined,
  };
}
