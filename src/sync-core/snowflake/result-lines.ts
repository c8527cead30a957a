import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { throwIfAborted } from '../abort.ts';
import { isSyncError } from '../errors.ts';
import { ChunkDownload, ChunkRefused } from './chunk-download.ts';
import { CopyTextDecoder, copyTextOf, type CopyText } from './copy-text-decoder.ts';
import type { ResultLinks } from './driver-core.ts';
import { resultCut } from './result-cut.ts';
import type { ResultChunk, ResultReply } from './result-reply.ts';

/** How long and how often a chunk is tried. */
export interface DownloadPatience {
  /** Requests for one chunk, before the result is given up. */
  readonly attempts: number;
  /** ms before the second attempt; twice as long before each further one, up to 10 s. */
  readonly retryDelayMs: number;
  /** ms without a byte, while one is waited for, after which a request counts as failed. */
  readonly stallTimeoutMs: number;
}

const longestRetryDelayMs = 10_000;

/** Six attempts take 8 s of waiting at the most, and 3 minutes when each of them stalls. */
export const defaultPatience: DownloadPatience = { attempts: 6, retryDelayMs: 250, stallTimeoutMs: 30_000 };

export interface ResultLinesOptions {
  readonly links: Pick<ResultLinks, 'agentFor' | 'userAgent'>;
  /** Asks the service for the result again, whose links are new. */
  readonly renew: () => Promise<ResultReply>;
  readonly patience: DownloadPatience;
  readonly signal: AbortSignal;
}

/** What of a chunk has been handed out, so that another attempt goes on behind it. */
interface Delivered {
  rows: number;
  bytes: number;
  crc: number;
}

/**
 * The rows of a result with one text column, in order and exactly once, as the bytes of COPY lines. Pull-based, and flat in memory
 * whatever the result's size: nothing is held but the piece that is being decoded. The next chunk's request is sent when half of
 * a chunk's rows are through, and then waits.
 *
 * A chunk that breaks, stalls, is cut, corrupt or refused is requested again. What had been handed out of it is read again and
 * left out, by its number of bytes, and has to have the same checksum. A link that is refused is exchanged for a new one first.
 * @throws SyncError `snowflake.resultCut` once the patience is at its end; `internal` for a NULL; `cancelled`.
 */
export async function* resultLines(
  reply: ResultReply,
  expectedRows: number,
  options: ResultLinesOptions,
): AsyncGenerator<CopyText, void, undefined> {
  const chunks = new ChunkSequence(reply, options);
  let rows = 0;
  try {
    throwIfAborted(options.signal);
    const inline = copyTextOf(reply.inline);
    rows += inline.rows;
    if (inline.rows > 0) yield inline;
    for (const index of reply.chunks.keys()) {
      for await (const text of chunks.read(index)) {
        rows += text.rows;
        yield text;
      }
    }
  } catch (error) {
    throwIfAborted(options.signal);
    if (isSyncError(error, 'internal')) throw error;
    throw resultCut(expectedRows, rows, error);
  } finally {
    chunks.close();
  }
  if (rows !== expectedRows) throw resultCut(expectedRows, rows, undefined);
}

/** The chunks of one result, read one after the other, with at most the next one's request sent ahead. */
class ChunkSequence {
  readonly #options: ResultLinesOptions;
  #reply: ResultReply;
  #ahead: { readonly index: number; readonly download: Promise<ChunkDownload> } | undefined;

  constructor(reply: ResultReply, options: ResultLinesOptions) {
    this.#reply = reply;
    this.#options = options;
  }

  /** @throws Error of the last attempt. */
  async *read(index: number): AsyncGenerator<CopyText, void, undefined> {
    const { patience, signal } = this.#options;
    const delivered: Delivered = { rows: 0, bytes: 0, crc: 0 };
    for (let attempt = 1; ; attempt += 1) {
      try {
        yield* this.#attempt(index, delivered);
        return;
      } catch (error) {
        throwIfAborted(signal);
        if (isSyncError(error) || error instanceof ResultChanged || attempt >= patience.attempts) throw error;
        const longest = Math.min(patience.retryDelayMs * 2 ** (attempt - 1), longestRetryDelayMs);
        await delay(longest * (0.5 + Math.random() / 2), undefined, { signal });
        if (error instanceof ChunkRefused && error.isOfLink) await this.#renew();
      }
    }
  }

  close(): void {
    this.#ahead?.download.then(
      (download) => {
        download.close();
      },
      () => undefined,
    );
    this.#ahead = undefined;
  }

  async *#attempt(index: number, delivered: Delivered): AsyncGenerator<CopyText, void, undefined> {
    const { rowCount } = this.#chunk(index);
    const download = await this.#open(index);
    const decoder = new CopyTextDecoder();
    const before = { ...delivered };
    let [rows, repeatedBytes, repeatedCrc] = [0, 0, 0];
    for await (const piece of download.pieces()) {
      const text = decoder.decode(piece);
      if (text.rows === 0) continue;
      rows += text.rows;
      if (rows > rowCount) throw new Error(`the chunk has more than its ${rowCount} rows`);
      const repeated = Math.min(text.body.length, before.bytes - repeatedBytes);
      if (repeated > 0) {
        repeatedCrc = crc32(text.body.subarray(0, repeated), repeatedCrc);
        repeatedBytes += repeated;
        if (repeatedBytes === before.bytes && repeatedCrc !== before.crc) throw new ResultChanged();
        if (repeated === text.body.length) continue;
      }
      const body = text.body.subarray(repeated);
      const newRows = rows - delivered.rows;
      delivered.rows = rows;
      delivered.bytes += body.length;
      delivered.crc = crc32(body, delivered.crc);
      if (rows >= rowCount / 2) this.#openAhead(index + 1);
      yield { body, rows: newRows };
    }
    decoder.end();
    if (rows !== rowCount) throw new Error(`the chunk has ${rows} of its ${rowCount} rows`);
  }

  #chunk(index: number): ResultChunk {
    const chunk = this.#reply.chunks[index];
    if (chunk === undefined) throw new ResultChanged();
    return chunk;
  }

  /** The request that was sent ahead, or a new one. */
  async #open(index: number): Promise<ChunkDownload> {
    const ahead = this.#ahead;
    if (ahead?.index !== index) return this.#request(index);
    this.#ahead = undefined;
    return ahead.download;
  }

  #openAhead(index: number): void {
    if (this.#ahead !== undefined || index >= this.#reply.chunks.length) return;
    const download = this.#request(index);
    // Whoever comes to this chunk meets the error.
    download.catch(() => undefined);
    this.#ahead = { index, download };
  }

  async #request(index: number): Promise<ChunkDownload> {
    const { links, patience, signal } = this.#options;
    const url = new URL(this.#chunk(index).url);
    return ChunkDownload.open({
      url,
      headers: { 'user-agent': links.userAgent, ...this.#reply.chunkHeaders },
      agent: links.agentFor(url),
      stallTimeoutMs: patience.stallTimeoutMs,
      signal,
    });
  }

  async #renew(): Promise<void> {
    const reply = await this.#options.renew();
    const same =
      reply.chunks.length === this.#reply.chunks.length &&
      reply.chunks.every((chunk, index) => chunk.rowCount === this.#reply.chunks[index]?.rowCount);
    if (!same) throw new ResultChanged();
    this.#reply = reply;
  }
}

/** The same chunk has other rows than before: neither is to be believed, and reading it once more cannot help. */
class ResultChanged extends Error {
  override readonly name = 'ResultChanged';

  constructor() {
    super('a chunk that was read again is not what it was');
  }
}
