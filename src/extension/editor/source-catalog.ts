import type { CancellationToken, Disposable } from 'vscode';
import type { SourceItem, SourceListDocument, SourceListParams } from '../../worker/protocol/protocol.ts';

/** What is asked for: one level of Snowflake. */
export type SourceLevel =
  | { readonly list: 'databases' }
  | { readonly list: 'schemas'; readonly database: string }
  | { readonly list: 'objects'; readonly database: string; readonly schema: string }
  | { readonly list: 'columns'; readonly database: string; readonly schema: string; readonly object: string };

/** What is there, or why that is not known. */
export type SourceListing =
  { readonly items: readonly SourceItem[]; readonly truncated: boolean } | { readonly failure: string };

/** Asks the worker; rejects with an error whose message is for people. */
export type ListSource = (params: SourceListParams, signal: AbortSignal) => Promise<SourceListDocument>;

const listingLastsMs = 5 * 60_000;
/** So that typing on does not knock at a door again and again that was shut a moment ago. */
const failureLastsMs = 15_000;

interface Entry {
  readonly listing: Promise<SourceListing>;
  readonly abort: AbortController;
  /** In ms; undefined while it is being asked for. */
  expiresAt: number | undefined;
  waiting: number;
}

/**
 * What the connections of configurations may see in Snowflake, asked for level by level when somebody wants to know, and
 * remembered for five minutes. Several who ask for the same at the same time share one request, which is cancelled when
 * none of them waits any more.
 */
export class SourceCatalog {
  readonly #entries = new Map<string, Entry>();
  readonly #ask: ListSource;
  readonly #now: () => number;

  constructor(ask: ListSource, now: () => number = Date.now) {
    this.#ask = ask;
    this.#now = now;
  }

  /** Never rejects. Undefined where the token was fired. */
  async list(config: string, level: SourceLevel, token: CancellationToken): Promise<SourceListing | undefined> {
    if (token.isCancellationRequested) return undefined;
    const key = JSON.stringify([config, level]);
    const entry = this.#current(key) ?? this.#begin(key, config, level);
    entry.waiting += 1;
    let subscription: Disposable | undefined;
    const cancelled = new Promise<undefined>((resolve) => {
      subscription = token.onCancellationRequested(() => {
        resolve(undefined);
      });
    });
    try {
      return await Promise.race([entry.listing, cancelled]);
    } finally {
      subscription?.dispose();
      entry.waiting -= 1;
      if (entry.waiting === 0 && entry.expiresAt === undefined) {
        entry.abort.abort();
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      }
    }
  }

  /** What is remembered of a level; never asks. */
  known(config: string, level: SourceLevel): Promise<SourceListing> | undefined {
    const entry = this.#current(JSON.stringify([config, level]));
    return entry?.expiresAt === undefined ? undefined : entry.listing;
  }

  /** Forgets what a configuration's connection saw: it may be another one now. */
  forget(config: string): void {
    for (const key of this.#entries.keys()) {
      if ((JSON.parse(key) as readonly unknown[])[0] === config) this.#entries.delete(key);
    }
  }

  #current(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry?.expiresAt === undefined || entry.expiresAt > this.#now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  #begin(key: string, config: string, level: SourceLevel): Entry {
    const abort = new AbortController();
    const listing = this.#ask({ config, ...level }, abort.signal).then(
      ({ items, truncated }): SourceListing => {
        entry.expiresAt = this.#now() + listingLastsMs;
        return { items, truncated };
      },
      (error: unknown): SourceListing => {
        entry.expiresAt = this.#now() + failureLastsMs;
        return { failure: error instanceof Error ? error.message : String(error) };
      },
    );
    const entry: Entry = { listing, abort, expiresAt: undefined, waiting: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}
