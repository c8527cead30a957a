import assert from 'node:assert/strict';
import type { CancellationToken } from 'vscode';
import { SourceCatalog } from '../../src/extension/editor/source-catalog.ts';
import type { SourceListDocument } from '../../src/worker/protocol/protocol.ts';

/** A token that a test can fire. */
class Token {
  readonly #listeners = new Set<() => void>();
  isCancellationRequested = false;

  fire(): void {
    this.isCancellationRequested = true;
    for (const listener of this.#listeners) listener();
  }

  onCancellationRequested(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }
}

const token = (): Token & CancellationToken => new Token() as Token & CancellationToken;
const databases = { list: 'databases' } as const;
const none: SourceListDocument = { status: 'success', items: [], truncated: false };
const empty = { items: [], truncated: false };

interface Asked {
  readonly signal: AbortSignal;
  readonly answer: (document: SourceListDocument) => void;
  readonly fail: (error: Error) => void;
}

function setUp(): { catalog: SourceCatalog; asked: Asked[]; clock: { now: number } } {
  const asked: Asked[] = [];
  const clock = { now: 0 };
  const catalog = new SourceCatalog(
    (_, signal) =>
      new Promise((answer, fail) => {
        asked.push({ signal, answer, fail });
      }),
    () => clock.now,
  );
  return { catalog, asked, clock };
}

describe('the catalog of Snowflake in the editor', () => {
  it('asks once for what several want to know, and remembers it for five minutes', async () => {
    const { catalog, asked, clock } = setUp();
    const both = Promise.all([catalog.list('a', databases, token()), catalog.list('a', databases, token())]);
    asked[0]?.answer(none);
    assert.deepEqual(await both, [empty, empty]);
    clock.now = 299_000;
    assert.deepEqual(await catalog.list('a', databases, token()), empty);
    assert.equal(asked.length, 1);
    clock.now = 301_000;
    const later = catalog.list('a', databases, token());
    assert.equal(asked.length, 2);
    asked[1]?.answer(none);
    await later;
  });

  it('keeps configurations and levels apart', () => {
    const { catalog, asked } = setUp();
    void catalog.list('a', databases, token());
    void catalog.list('b', databases, token());
    void catalog.list('a', { list: 'schemas', database: 'D' }, token());
    assert.equal(asked.length, 3);
  });

  it('says what went wrong, and does not ask again at once', async () => {
    const { catalog, asked, clock } = setUp();
    const listed = catalog.list('a', databases, token());
    asked[0]?.fail(new Error('Snowflake refused the log-in.'));
    assert.deepEqual(await listed, { failure: 'Snowflake refused the log-in.' });
    clock.now = 14_000;
    await catalog.list('a', databases, token());
    assert.equal(asked.length, 1);
    clock.now = 16_000;
    void catalog.list('a', databases, token());
    assert.equal(asked.length, 2);
  });

  it('cancels the request when nobody waits for it any more', async () => {
    const { catalog, asked } = setUp();
    const aborted = (): boolean[] => asked.map(({ signal }) => signal.aborted);
    const [first, second] = [token(), token()];
    const listed = [catalog.list('a', databases, first), catalog.list('a', databases, second)];
    first.fire();
    assert.equal(await listed[0], undefined);
    assert.deepEqual(aborted(), [false]);
    second.fire();
    assert.equal(await listed[1], undefined);
    assert.deepEqual(aborted(), [true]);
    void catalog.list('a', databases, token());
    assert.equal(asked.length, 2);
  });

  it('forgets what a configuration saw whose connection is another one', async () => {
    const { catalog, asked } = setUp();
    const listed = catalog.list('a', databases, token());
    asked[0]?.answer(none);
    await listed;
    assert.notEqual(catalog.known('a', databases), undefined);
    catalog.forget('a');
    assert.equal(catalog.known('a', databases), undefined);
  });
});
