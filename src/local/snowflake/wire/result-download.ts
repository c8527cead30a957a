import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { chunkBody } from './chunk-body.ts';
import type { Exchange, Route } from './exchange.ts';
import type { ChunkFault, Faults } from './faults.ts';
import type { Statement } from './statement.ts';

const KEY_HEADER = 'x-amz-server-side-encryption-customer-key';
const ALGORITHM_HEADER = 'x-amz-server-side-encryption-customer-algorithm';

/** Where a chunk is fetched, and the headers that the storage wants to see with it. */
export interface ChunkLinks {
  readonly urls: readonly string[];
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

function denied(response: ServerResponse, status: number, code: string, message: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

async function* corrupted(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let first = true;
  for await (const piece of body) {
    yield first ? Buffer.concat([Buffer.from('{'), piece.subarray(1)]) : piece;
    first = false;
  }
}

/**
 * The cloud storage side of large results: presigned, expiring URLs that need no session, and the object key's header,
 * as S3 wants it for customer-encrypted objects. What is not right is answered in S3's XML.
 */
export class ResultDownload {
  readonly #statements: ReadonlyMap<string, Statement>;
  readonly #faults: Faults;
  readonly #lifetime: number;
  readonly #secret = randomBytes(32);
  /** Links of an earlier series are refused. */
  #series = 0;

  /** @param lifetime how long a link is good for, in ms */
  constructor(statements: ReadonlyMap<string, Statement>, faults: Faults, lifetime: number) {
    this.#statements = statements;
    this.#faults = faults;
    this.#lifetime = lifetime;
  }

  /** Fresh links for a statement's chunks. */
  links(origin: string, queryId: string, count: number): ChunkLinks {
    const issued = Date.now();
    const key = this.#sign(`key ${queryId}`);
    const urls = Array.from({ length: count }, (_, chunk) => {
      const signature = this.#sign(`${queryId} ${chunk} ${issued} ${this.#series}`);
      return `${origin}/results/${queryId}/${chunk}?issued=${issued}&series=${this.#series}&signature=${encodeURIComponent(signature)}`;
    });
    return { urls, key, headers: { [ALGORITHM_HEADER]: 'AES256', [KEY_HEADER]: key } };
  }

  /** Makes every link that has been handed out so far expired. */
  expireLinks(): void {
    this.#series++;
  }

  route(): Route {
    return {
      method: 'GET',
      path: /^\/results\/([0-9a-f-]{36})\/(\d+)$/,
      handle: async (exchange) => {
        await this.#serve(exchange);
        return undefined;
      },
    };
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64');
  }

  #holds(text: string, signature: string): boolean {
    const expected = Buffer.from(this.#sign(text));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { request, response, url } = exchange;
    const [queryId = '', number = ''] = exchange.captures;
    const issued = Number(url.searchParams.get('issued'));
    const series = Number(url.searchParams.get('series'));
    if (!this.#holds(`${queryId} ${number} ${issued} ${series}`, url.searchParams.get('signature') ?? '')) {
      denied(response, 403, 'SignatureDoesNotMatch', 'The request signature does not match.');
      return;
    }
    if (series !== this.#series || Date.now() - issued > this.#lifetime) {
      denied(response, 403, 'AccessDenied', 'Request has expired');
      return;
    }
    const key = request.headers[KEY_HEADER];
    if (typeof key !== 'string' || !this.#holds(`key ${queryId}`, key)) {
      denied(response, 400, 'InvalidRequest', 'The object was stored using a form of Server Side Encryption.');
      return;
    }
    const statement = this.#statements.get(queryId);
    const span = statement?.plan?.chunks[Number(number)];
    if (statement?.result == null || span === undefined) {
      denied(response, 404, 'NoSuchKey', 'The specified key does not exist.');
      return;
    }

    const fault = this.#faults.takeChunkFault(Number(number));
    if (fault?.kind === 'status') {
      denied(response, fault.status, 'Fault', 'A fault was injected.');
      return;
    }
    if (fault?.kind === 'delay') await this.#faults.hold(fault.ms, exchange.signal);
    const body = chunkBody(statement.result, span);
    await this.#send(fault?.kind === 'corrupt-json' ? corrupted(body) : body, exchange, fault);
  }

  async #send(
    body: AsyncIterable<Buffer>,
    { response, signal }: Exchange,
    fault: ChunkFault | undefined,
  ): Promise<void> {
    response.writeHead(200, { 'Content-Type': 'binary/octet-stream', 'Content-Encoding': 'gzip' });
    const gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 128 * 1024 });
    const stopAt = stopOf(fault);
    try {
      await pipeline(
        Readable.from(body, { objectMode: true, highWaterMark: 1 }),
        gzip,
        async (pieces: AsyncIterable<Buffer>) => {
          let sent = 0;
          for await (const piece of pieces) {
            const allowed = piece.subarray(0, Math.max(stopAt - sent, 0));
            sent += piece.length;
            if (allowed.length > 0 && !response.write(allowed)) await once(response, 'drain', { signal });
            if (sent > stopAt) {
              if (fault?.kind === 'truncated-gzip') break;
              if (fault?.kind === 'cut') throw new Error('cut');
              await this.#faults.hold(Infinity, signal);
              throw new Error('stalled');
            }
          }
        },
        { signal },
      );
      response.end();
    } catch (error) {
      // Never end a body in good order that is not whole: the driver could take it for the end of the chunk.
      response.destroy();
      if (!signal.aborted && fault === undefined) throw error;
    }
  }
}

function stopOf(fault: ChunkFault | undefined): number {
  switch (fault?.kind) {
    case 'cut':
    case 'stall':
      return fault.afterBytes;
    case 'truncated-gzip':
      return fault.keepBytes;
    case 'status':
    case 'delay':
    case 'corrupt-json':
    case undefined:
      return Infinity;
  }
}
