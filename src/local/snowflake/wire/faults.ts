/** What goes wrong with the download of a chunk. Byte counts are of the compressed body. */
export type ChunkFault =
  /** The connection is reset after `afterBytes` of the body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The reply ends in good order after `keepBytes` of the body: a gzip stream without its end. */
  | { readonly kind: 'truncated-gzip'; readonly keepBytes: number }
  | { readonly kind: 'status'; readonly status: number }
  /** After `afterBytes` nothing more comes, and the connection stays open until {@link Faults.release}. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The body is whole, but not the JSON that it should be. */
  | { readonly kind: 'corrupt-json' };

/** What goes wrong with a request to the JSON endpoints, before it is looked at. */
export type RequestFault =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly ms: number };

export interface ChunkFaultRule {
  readonly fault: ChunkFault;
  /** The chunk's number in its result, from 0. Any chunk where absent. */
  readonly chunk?: number;
  /** How many downloads it hits: 1 where absent, Infinity for always. */
  readonly times?: number;
}

export interface RequestFaultRule {
  readonly fault: RequestFault;
  /** The path that it hits: `/^\/queries\/v1\/query-request$/`. */
  readonly path: RegExp;
  readonly times?: number;
}

interface Armed<Rule> {
  readonly rule: Rule;
  left: number;
}

function take<Rule>(armed: Armed<Rule>[], hits: (rule: Rule) => boolean): Rule | undefined {
  const found = armed.find((entry) => entry.left > 0 && hits(entry.rule));
  if (found === undefined) return undefined;
  found.left--;
  return found.rule;
}

/** The faults that a test has armed. Nothing is armed in a server that nobody has asked to misbehave. */
export class Faults {
  #chunks: Armed<ChunkFaultRule>[] = [];
  #requests: Armed<RequestFaultRule>[] = [];
  readonly #held = new Set<() => void>();

  /** Arms a fault for chunk downloads; rules are looked at in the order in which they came. */
  onChunk(rule: ChunkFaultRule): void {
    this.#chunks.push({ rule, left: rule.times ?? 1 });
  }

  /** Arms a fault for requests to the JSON endpoints. */
  onRequest(rule: RequestFaultRule): void {
    this.#requests.push({ rule, left: rule.times ?? 1 });
  }

  /** Disarms everything. What is delayed goes on; what is stalled is cut. */
  release(): void {
    this.#chunks = [];
    this.#requests = [];
    for (const resume of [...this.#held]) resume();
  }

  takeChunkFault(chunk: number): ChunkFault | undefined {
    return take(this.#chunks, (rule) => rule.chunk === undefined || rule.chunk === chunk)?.fault;
  }

  takeRequestFault(path: string): RequestFault | undefined {
    return take(this.#requests, (rule) => rule.path.test(path))?.fault;
  }

  /** Resolves after `ms` (Infinity for never), at {@link release}, or when the signal aborts. */
  async hold(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
      const resume = (): void => {
        clearTimeout(timer);
        this.#held.delete(resume);
        resolve();
      };
      this.#held.add(resume);
      signal.addEventListener('abort', resume, { once: true });
    });
  }
}
