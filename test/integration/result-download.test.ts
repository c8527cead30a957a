import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { EngineSession, SessionState } from '../../src/local/snowflake/engine.ts';
import type { ChunkFault } from '../../src/local/snowflake/wire/faults.ts';
import { startSnowflakeStandIn, type StandIn } from '../../src/local/snowflake/wire/stand-in.ts';
import { isSyncError } from '../../src/sync-core/errors.ts';
import type { DownloadPatience } from '../../src/sync-core/snowflake/result-lines.ts';
import { SnowflakeSession, type RowSource } from '../../src/sync-core/snowflake/session.ts';
import { GeneratingEngine, generatedText } from './snowflake-wire-engine.ts';

process.env.SNOWFLAKE_DISABLE_MINICORE = '1';

/** Results of any size, in sessions whose parameters can be set. */
class ResultEngine extends GeneratingEngine {
  override async openSession(state: SessionState): Promise<EngineSession> {
    const session = await super.openSession(state);
    return {
      state,
      close: () => session.close(),
      execute: (text, options) =>
        session.execute(text.replace(/^ALTER SESSION SET (\w+) = (\w+).*$/, 'SET $1 $2'), options),
    };
  }
}

const rowBytes = 120;
/** Some chunks of the least size that the service cuts results into. */
const rowCount = 150_000;
const statement = `ROWS ${rowCount} ${rowBytes}`;

describe('the download of a large result', () => {
  const engine = new ResultEngine();
  let standIn: StandIn;
  let session: SnowflakeSession;
  let expected: string;
  const patience: Partial<DownloadPatience> = { attempts: 3, retryDelayMs: 5, stallTimeoutMs: 400 };

  const open = (given = patience): Promise<SnowflakeSession> =>
    SnowflakeSession.open(
      { accessUrl: standIn.accessUrl, account: standIn.account, username: 'ANNA', password: 'right' },
      { queryTag: 'test', patience: given },
    );

  before(async () => {
    const hash = createHash('sha256');
    for (let index = 0; index < rowCount; index += 1) hash.update(`${generatedText(index, rowBytes)}\n`);
    expected = hash.digest('hex');
    standIn = await startSnowflakeStandIn({ engine, users: [{ name: 'ANNA', password: 'right' }] });
    session = await open();
  });
  after(async () => {
    await session.close();
    await standIn.close();
  });
  afterEach(() => {
    standIn.faults.rules.release();
  });

  /** Reads all, and requires every row exactly once. */
  async function readAll(source: RowSource, onText: (rows: number) => void = () => undefined): Promise<void> {
    const hash = createHash('sha256');
    let rows = 0;
    for await (const text of source.lines(new AbortController().signal)) {
      hash.update(text.body);
      rows += text.rows;
      onText(rows);
    }
    assert.equal(rows, rowCount);
    assert.equal(hash.digest('hex'), expected);
  }

  const isCut = (error: unknown): boolean =>
    isSyncError(error, 'snowflake.resultCut') && error.message.includes(`of ${rowCount} rows`);

  it('has every row, exactly once', async () => {
    const source = await session.submit(statement);
    assert.equal(source.rowCount, rowCount);
    await readAll(source);
  });

  it('is whole too for a result that fits into the reply, and for one without rows', async () => {
    for (const count of [0, 1, 100]) {
      const source = await session.submit(`ROWS ${count} 50`);
      const texts: string[] = [];
      for await (const { body } of source.lines(new AbortController().signal)) texts.push(body.toString());
      const lines = Array.from({ length: count }, (_, index) => `${generatedText(index, 50)}\n`);
      assert.equal(texts.join(''), lines.join(''));
    }
  });

  const faults: readonly ChunkFault[] = [
    { kind: 'cut', afterBytes: 0 },
    { kind: 'cut', afterBytes: 20_000 },
    { kind: 'truncated-gzip', keepBytes: 0 },
    { kind: 'truncated-gzip', keepBytes: 20_000 },
    { kind: 'status', status: 403 },
    { kind: 'status', status: 404 },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503 },
    { kind: 'stall', afterBytes: 0 },
    { kind: 'stall', afterBytes: 20_000 },
    { kind: 'delay', ms: 100 },
    { kind: 'delay', ms: 3_600_000 },
    { kind: 'corrupt-json' },
  ];
  for (const fault of faults) {
    const name = Object.values(fault).join(' ');
    it(`is whole when one chunk has the fault: ${name}`, async () => {
      standIn.faults.rules.onChunk({ fault, chunk: 2 });
      await readAll(await session.submit(statement));
      assert.equal(standIn.faults.rules.takeChunkFault(2), undefined, 'the fault was met');
    });

    it(`is whole when each chunk has it once: ${name}`, async () => {
      for (let chunk = 0; chunk < 10; chunk += 1) standIn.faults.rules.onChunk({ fault, chunk });
      await readAll(await session.submit(statement));
    });

    if (fault.kind === 'delay' && fault.ms < 400) continue;
    it(`ends in resultCut when the fault stays: ${name}`, async () => {
      standIn.faults.rules.onChunk({ fault, chunk: 2, times: Infinity });
      const startedAt = performance.now();
      await assert.rejects(readAll(await session.submit(statement)), isCut);
      assert.ok(performance.now() - startedAt < 5_000, 'within a bounded time');
    });
  }

  it('goes on with new links when the old ones expire, before the first chunk or in the middle of all', async () => {
    const early = await session.submit(statement);
    standIn.faults.expireLinks();
    await readAll(early);

    let expired = false;
    await readAll(await session.submit(statement), (rows) => {
      if (expired || rows < rowCount / 3) return;
      expired = true;
      standIn.faults.expireLinks();
    });
    assert.ok(expired);
  });

  it('goes on when the session token has expired as well', async () => {
    const source = await session.submit(statement);
    standIn.faults.expireLinks();
    standIn.faults.expireSessionTokens();
    await readAll(source);
  });

  it('reads no further than its consumer, who may take statements in between', async () => {
    const source = await session.submit('ROWS 600000 150');
    const before = engine.reads;
    let rows = 0;
    let readWhileHeld = 0;
    for await (const text of source.lines(new AbortController().signal)) {
      if (rows === 0) {
        for (let turn = 0; turn < 100; turn += 1) await session.read('ROWS 1 10');
        readWhileHeld = engine.reads - before;
      }
      rows += text.rows;
    }
    assert.equal(rows, 600_000);
    const all = engine.reads - before;
    // 100 reads are those of the statements; what the sockets hold is the rest.
    assert.ok(readWhileHeld < all / 3, `${readWhileHeld} of ${all} reads while nothing was consumed`);
  });

  it('ends when it is aborted, also while it stalls', async () => {
    const patient = await open({ attempts: 3, retryDelayMs: 5, stallTimeoutMs: 3_600_000 });
    try {
      standIn.faults.rules.onChunk({ fault: { kind: 'stall', afterBytes: 0 }, chunk: 1, times: Infinity });
      const source = await patient.submit(statement);
      const controller = new AbortController();
      let rows = 0;
      await assert.rejects(
        async () => {
          for await (const text of source.lines(controller.signal)) {
            rows += text.rows;
            if (rows === text.rows) {
              setTimeout(() => {
                controller.abort();
              }, 50);
            }
          }
        },
        (error) => isSyncError(error, 'cancelled'),
      );
      assert.ok(rows > 0 && rows < rowCount);
    } finally {
      await patient.close();
    }
  });

  it('leaves no connection behind when its consumer stops', async () => {
    const other = await open();
    const source = await other.submit(statement);
    for await (const { rows } of source.lines(new AbortController().signal)) {
      assert.ok(rows > 0);
      break;
    }
    await other.close();
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    // The stand-in's ends of the first session's idle connections, and their own.
    const held = sockets();
    const third = await open();
    await readAll(await third.submit(statement));
    await third.close();
    while (sockets() > held) await new Promise((resolve) => setImmediate(resolve));
  });

  it('refuses a result that is not one of COPY lines', async () => {
    const types = JSON.stringify([
      ['A', 'VARCHAR', 'a'],
      ['B', 'VARCHAR', 'b'],
    ]);
    await assert.rejects(session.submit(`TYPES ${types}`), (error) => isSyncError(error, 'internal'));
    const source = await session.submit(`TYPES ${JSON.stringify([['A', 'VARCHAR', null]])}`);
    await assert.rejects(
      async () => {
        for await (const text of source.lines(new AbortController().signal)) assert.ok(text);
      },
      (error) => isSyncError(error, 'internal') && error.message.includes('NULL'),
    );
  });

  describe('that is read as a whole, by the driver', () => {
    it('is whole when a chunk is corrupt or cut once', async function () {
      // The driver waits seconds before it tries again.
      this.timeout(120_000);
      for (const fault of [
        { kind: 'corrupt-json' },
        { kind: 'truncated-gzip', keepBytes: 20_000 },
      ] as const satisfies readonly ChunkFault[]) {
        standIn.faults.rules.onChunk({ fault });
        const { rows } = await session.execute(statement);
        assert.equal(rows.length, rowCount);
        assert.equal(rows.at(-1)?.[0], generatedText(rowCount - 1, rowBytes));
      }
    });
  });
});
