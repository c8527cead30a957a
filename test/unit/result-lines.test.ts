import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { isSyncError } from '../../src/sync-core/errors.ts';
import { resultLines, type DownloadPatience } from '../../src/sync-core/snowflake/result-lines.ts';
import type { ResultReply } from '../../src/sync-core/snowflake/result-reply.ts';

type Answer = (response: ServerResponse, attempt: number, request: IncomingMessage) => unknown;

/** The body of a chunk with these values. */
function bodyOf(values: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(values.map((value) => [value])).slice(1, -1));
}

function gzip(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(body);
}

const numbered = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${from + index}\t${'x'.repeat(80)}`);

describe('lines of a result', () => {
  let server: Server;
  let answers: Answer[];
  let attempts: number[];
  let agent: Agent;
  const patience: DownloadPatience = { attempts: 4, retryDelayMs: 1, stallTimeoutMs: 150 };

  beforeEach(async () => {
    answers = [];
    attempts = [];
    agent = new Agent({ keepAlive: true });
    server = createServer((request, response) => {
      const index = Number(request.url?.slice(1));
      const attempt = (attempts[index] = (attempts[index] ?? 0) + 1);
      answers[index]?.(response, attempt, request);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });

  afterEach(async () => {
    agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      server.getConnections((error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });

  const replyOf = (rowCounts: readonly number[], inline: ResultReply['inline'] = []): ResultReply => ({
    queryId: 'q',
    columnCount: 1,
    inline,
    chunks: rowCounts.map((rowCount, index) => ({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${index}`,
      rowCount,
    })),
    chunkHeaders: { 'x-key': 'secret' },
  });

  interface Case {
    readonly renew?: () => Promise<ResultReply>;
    readonly signal?: AbortSignal;
    readonly expectedRows?: number;
  }

  function read(reply: ResultReply, given: Case = {}) {
    const total = reply.inline.length + reply.chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
    return resultLines(reply, given.expectedRows ?? total, {
      links: { userAgent: 'driver', agentFor: () => agent },
      renew: given.renew ?? (() => assert.fail('the links were renewed')),
      patience,
      signal: given.signal ?? new AbortController().signal,
    });
  }

  async function textOf(lines: AsyncIterable<{ readonly body: Buffer; readonly rows: number }>): Promise<string> {
    const parts: string[] = [];
    for await (const { body, rows } of lines) {
      assert.ok(rows > 0 && body.at(-1) === 0x0a, 'whole lines');
      parts.push(body.toString('latin1'));
    }
    return Buffer.from(parts.join(''), 'latin1').toString('utf8');
  }

  const expected = (...values: readonly (readonly string[])[]): string =>
    values.map((lines) => lines.map((line) => `${line}\n`).join('')).join('');

  const cut = (match: RegExp) => (error: unknown) => {
    assert.ok(isSyncError(error, 'snowflake.resultCut'), String(error));
    assert.match(error.message, match);
    assert.match(error.remedy ?? '', /The live table is as it was/);
    return true;
  };

  it('are those of the reply and of every chunk, in order, asked for with the headers of the reply', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const values = [numbered(10, 1000), numbered(1010, 1), numbered(1011, 5000)];
    answers = values.map((chunk) => (response, _attempt, { headers }) => {
      seen.push(headers);
      gzip(response, gzipSync(bodyOf(chunk)));
    });
    const inline = numbered(0, 10);
    const lines = read(
      replyOf(
        values.map((chunk) => chunk.length),
        inline.map((line) => [line]),
      ),
    );
    assert.equal(await textOf(lines), expected(inline, ...values));
    for (const headers of seen) {
      assert.equal(headers['x-key'], 'secret');
      assert.equal(headers['user-agent'], 'driver');
      assert.equal(headers['accept-encoding'], 'gzip');
    }
    assert.deepEqual(attempts, [1, 1, 1]);
  });

  it('are exact for any text, cut into chunks and pieces anywhere, with requests that break anywhere', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom('', '\\N', '\\\\.', '\0', '\t\u001f\n\r\b\f"/', '\ud83d\ude00', '\u2028', 'x'.repeat(70_000)),
    );
    const result = fc.array(fc.array(text, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 4 });
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 });
    const breaks = fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(result, sizes, fc.array(breaks, { maxLength: 4 }), async (chunks, pieces, broken) => {
        attempts = [];
        answers = chunks.map((values, index) => async (response, attempt) => {
          const body = gzipSync(bodyOf(values));
          const breakAt = broken[index]?.[attempt - 1] ?? undefined;
          const end = breakAt === undefined ? body.length : Math.floor(breakAt * (body.length - 1));
          response.writeHead(200, { 'Content-Encoding': 'gzip' });
          for (let at = 0, turn = 0; at < end; turn += 1) {
            const size = pieces[turn % pieces.length] ?? 1;
            response.write(body.subarray(at, Math.min(at + size, end)));
            at += size;
            await new Promise(setImmediate);
          }
          // A body that ends in good order, but too soon; or a connection that is cut.
          if (breakAt === undefined || breakAt < 0.5) response.end();
          else response.destroy();
        });
        const lines = read(replyOf(chunks.map(({ length }) => length)));
        assert.equal(await textOf(lines), Buffer.from(expected(...chunks)).toString('utf8'));
      }),
      { numRuns: 150 },
    );
  });

  describe('of a chunk that fails once', () => {
    const values = numbered(0, 5000);
    const body = bodyOf(values);
    const whole = gzipSync(body);
    // Level 0 keeps the pieces where they are: rows are handed out before it breaks.
    const stored = gzipSync(body, { level: 0 });
    const faults: Readonly<Record<string, (response: ServerResponse) => void>> = {
      'the connection is refused': (response) => response.destroy(),
      'the connection is cut after some rows': (response) => {
        response.writeHead(200, { 'Content-Encoding': 'gzip' });
        response.write(stored.subarray(0, 200_000), () => response.destroy());
      },
      'gzip ends early, in good order': (response) => {
        gzip(response, stored.subarray(0, 200_000));
      },
      'gzip has another checksum': (response) => {
        const changed = Buffer.from(stored);
        changed[stored.length - 6] = (changed[stored.length - 6] ?? 0) ^ 1;
        gzip(response, changed);
      },
      'the body is shorter than its length': (response) => {
        response.writeHead(200, { 'Content-Length': body.length });
        response.write(body.subarray(0, 100_000), () => response.destroy());
      },
      'it ends at the end of a row': (response) => {
        response.writeHead(200).end(bodyOf(values.slice(0, 3000)));
      },
      'it has a row too many': (response) => {
        response.writeHead(200).end(bodyOf([...values, 'more']));
      },
      'it is corrupt in the middle': (response) => {
        gzip(response, gzipSync(Buffer.concat([body.subarray(0, 150_000), Buffer.from('\0'), body.subarray(150_000)])));
      },
      'it is a page of a proxy': (response) => {
        response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>please log in</html>');
      },
      'it stalls before it begins': () => undefined,
      'it stalls in the middle': (response) => {
        response.writeHead(200, { 'Content-Encoding': 'gzip' });
        response.write(stored.subarray(0, 200_000));
      },
      'the server is busy': (response) => {
        response.writeHead(503).end('<Error/>');
      },
      'there are too many requests': (response) => {
        response.writeHead(429).end('<Error/>');
      },
    };
    for (const [name, fault] of Object.entries(faults)) {
      it(`are all there, exactly once, when ${name}`, async () => {
        answers = [
          (response) => {
            gzip(response, whole);
          },
          (response, attempt) => {
            if (attempt === 1) fault(response);
            else gzip(response, whole);
          },
          (response) => {
            gzip(response, whole);
          },
        ];
        assert.equal(await textOf(read(replyOf([5000, 5000, 5000]))), expected(values, values, values));
        assert.equal(attempts[1], 2);
      });

      it(`end in resultCut when ${name} every time`, async () => {
        answers = [
          (response) => {
            gzip(response, whole);
          },
          fault,
        ];
        await assert.rejects(textOf(read(replyOf([5000, 5000]))), cut(/after about \d+ of 10000 rows: /));
        assert.equal(attempts[1], patience.attempts);
      });
    }
  });

  it('are not believed when a chunk that is read again is another one', async () => {
    const stored = gzipSync(bodyOf(numbered(0, 5000)), { level: 0 });
    answers = [
      (response, attempt) => {
        if (attempt > 1) gzip(response, gzipSync(bodyOf(numbered(1, 5000))));
        else {
          response.writeHead(200, { 'Content-Encoding': 'gzip' });
          response.write(stored.subarray(0, 200_000), () => response.destroy());
        }
      },
    ];
    await assert.rejects(textOf(read(replyOf([5000]))), cut(/a chunk that was read again is not what it was/));
    assert.equal(attempts[0], 2);
  });

  describe('behind a link that is refused', () => {
    const values = numbered(0, 100);
    const whole = gzipSync(bodyOf(values));
    const refuseFirst: Answer = (response, _attempt, { headers }) => {
      if (headers['x-key'] === 'new') gzip(response, whole);
      else response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    };

    it('are read with a new one, which is then used for all', async () => {
      answers = [refuseFirst, refuseFirst, refuseFirst];
      let renewals = 0;
      const reply = replyOf([100, 100, 100]);
      const renew = (): Promise<ResultReply> => {
        renewals += 1;
        return Promise.resolve({ ...reply, chunkHeaders: { 'x-key': 'new' } });
      };
      assert.equal(await textOf(read(reply, { renew })), expected(values, values, values));
      // The second chunk may have been asked for, with its old link, before the first link was found to be refused.
      assert.equal(renewals, 1);
    });

    it('end in resultCut when new links are refused too, or cannot be had, or are those of another result', async () => {
      answers = [refuseFirst];
      const reply = replyOf([100]);
      await assert.rejects(
        textOf(read(reply, { renew: () => Promise.resolve(reply) })),
        cut(/the storage answered with status 403/),
      );
      assert.equal(attempts[0], patience.attempts);
      await assert.rejects(
        textOf(read(reply, { renew: () => Promise.reject(new Error('Result has expired')) })),
        cut(/0 of 100 rows: Result has expired/),
      );
      await assert.rejects(
        textOf(read(reply, { renew: () => Promise.resolve(replyOf([99])) })),
        cut(/not what it was/),
      );
    });
  });

  it('are counted against what the service said of the whole result', async () => {
    answers = [
      (response) => {
        gzip(response, gzipSync(bodyOf(['a', 'b'])));
      },
    ];
    await assert.rejects(textOf(read(replyOf([2]), { expectedRows: 3 })), cut(/after about 2 of 3 rows\.$/));
  });

  it('are not retried when one is NULL', async () => {
    answers = [
      (response) => {
        response.writeHead(200).end('["a"],[null]');
      },
    ];
    await assert.rejects(textOf(read(replyOf([2]))), (error) => isSyncError(error, 'internal'));
    assert.deepEqual(attempts, [1]);
  });

  describe('that are no longer wanted', () => {
    /** Rows without end, until the client has left. */
    function endless(): { readonly answer: Answer; readonly left: Promise<void> } {
      const piece = Buffer.concat([bodyOf(numbered(0, 1000)), Buffer.from(',')]);
      let onLeft = (): void => undefined;
      const left = new Promise<void>((resolve) => (onLeft = resolve));
      const answer: Answer = (response) => {
        response.writeHead(200);
        const write = (): void => {
          while (!response.destroyed && response.write(piece));
        };
        response.on('drain', write).on('close', onLeft);
        write();
      };
      return { answer, left };
    }

    it('are not read on, and the connection is closed, when their consumer stops', async () => {
      const { answer, left } = endless();
      answers = [answer];
      for await (const { rows } of read(replyOf([1e9]))) {
        assert.ok(rows > 0);
        break;
      }
      await left;
    });

    it('end with the signal, while they come, while they stall and while an attempt is waited for', async () => {
      for (const answer of [endless().answer, () => undefined, (response: ServerResponse) => response.destroy()]) {
        const controller = new AbortController();
        const abort = (): void => {
          setTimeout(() => {
            controller.abort();
          }, 20);
        };
        answers = [
          (response, attempt, request) => {
            if (attempt === 1) abort();
            return answer(response, attempt, request);
          },
        ];
        attempts = [];
        const lines = resultLines(replyOf([1e9]), 1e9, {
          links: { userAgent: 'driver', agentFor: () => agent },
          renew: () => assert.fail(),
          patience: { attempts: 3, retryDelayMs: 3_600_000, stallTimeoutMs: 3_600_000 },
          signal: controller.signal,
        });
        await assert.rejects(textOf(lines), (error) => isSyncError(error, 'cancelled'));
      }
      agent.destroy();
      while ((await connections()) > 0) await new Promise(setImmediate);
    });

    it('are not even asked for when the signal is aborted already', async () => {
      await assert.rejects(textOf(read(replyOf([1]), { signal: AbortSignal.abort() })), (error) =>
        isSyncError(error, 'cancelled'),
      );
      assert.deepEqual(attempts, []);
    });

    it('also close the request that was sent ahead', async () => {
      const { answer, left } = endless();
      const values = numbered(0, 20_000);
      answers = [
        (response) => {
          response.writeHead(200).end(bodyOf(values));
        },
        answer,
      ];
      for await (const { rows } of read(replyOf([values.length, 1e9]))) {
        assert.ok(rows > 0);
        if (attempts.length === 2) break;
      }
      await left;
    });
  });

  it('wait for their consumer: a slow one holds the download, and is no stall', async () => {
    let written = 0;
    const piece = Buffer.concat([bodyOf(numbered(0, 1000)), Buffer.from(',')]);
    const last = bodyOf(numbered(0, 1000));
    const pieces = 400;
    answers = [
      async (response) => {
        response.writeHead(200);
        for (let index = 0; index < pieces; index += 1) {
          written += 1;
          if (!response.write(index === pieces - 1 ? last : piece)) await once(response, 'drain');
        }
        response.end();
      },
    ];
    let rows = 0;
    let held = 0;
    for await (const text of read(replyOf([pieces * 1000]))) {
      rows += text.rows;
      if (held === 0) {
        // Longer than a stall would be.
        await new Promise((resolve) => setTimeout(resolve, 2 * patience.stallTimeoutMs));
        held = written;
      }
    }
    assert.equal(rows, pieces * 1000);
    assert.equal(written, pieces);
    // What fits into the buffers of both ends of the socket.
    assert.ok(held < pieces / 2, `${held} of ${pieces} pieces were sent to a consumer that had stopped`);
    assert.deepEqual(attempts, [1]);
  });
});
