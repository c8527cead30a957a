import type { Agent } from 'node:http';
import type snowflake from 'snowflake-sdk';
import { SyncError } from '../errors.ts';
import { parseResultReply, type ResultReply } from './result-reply.ts';

/**
 * The seam between Snowmelt and the driver, for the one thing that the driver does not do well enough: fetching the chunks of a
 * large result. Everything else (logging in, tokens, statements, polling, proxy, TLS with OCSP or CRL) stays its own, and its
 * sources are untouched. The driver's package itself is one call, `core({ httpClientClass, loggerClass, client })`
 * (lib/snowflake.js); here the same call is given a client that also keeps what the replies say of their results' chunks.
 * Deep imports work because the package has no `exports`; its version is pinned exactly, and a test holds the sources that this
 * relies on to what they were when it was written.
 */

/** A request of the driver to its HTTP client. */
interface DriverRequest {
  readonly url: string;
  readonly callback?: DriverCallback;
}

/** `response` and `body` are null or undefined with an error. A JSON body has been parsed. */
type DriverCallback = (error: unknown, response: DriverResponse | null | undefined, body: unknown) => unknown;

interface DriverResponse {
  readonly statusCode?: number;
}

/** The driver's settings of one connection (lib/connection/connection_config.js). */
interface DriverConnectionConfig {
  getProxy(): unknown;
}

/** lib/http/node_untyped.js on top of lib/http/base.js. */
interface DriverHttpClient {
  request(request: DriverRequest): unknown;
  /** An agent from the connection's own cache, which the driver destroys with the connection. */
  getAgent(url: URL, proxy: unknown): Agent;
}

type DriverHttpClientClass = new (config: DriverConnectionConfig) => DriverHttpClient;

interface DriverModules {
  readonly createCore: (options: {
    readonly httpClientClass: DriverHttpClientClass;
    readonly loggerClass: unknown;
    readonly client: { readonly name: string; readonly version: string; readonly environment: unknown };
  }) => Pick<typeof snowflake, 'configure' | 'createConnection'>;
  readonly httpClientClass: DriverHttpClientClass;
  readonly loggerClass: unknown;
  readonly name: string;
  readonly version: string;
  readonly userAgent: string;
}

/** The driver's HTTP client of one connection, as far as results are fetched through it. */
export interface ResultLinks {
  /** Sent with every request of the driver. */
  readonly userAgent: string;
  /** The agent that the driver itself would use for this address. */
  agentFor(url: URL): Agent;
  /** The newest reply with this statement's result, once: it is forgotten here. */
  takeReply(queryId: string): ResultReply | undefined;
}

export interface DriverConnection {
  readonly connection: snowflake.Connection;
  readonly links: ResultLinks;
}

/**
 * A connection of the driver, not yet connected, and the links of its results. Imports the driver, which costs 300 ms and 70 to
 * 108 MB, when it is first called. The driver logs nothing: its own log file and console output would show statements.
 * @throws SyncError `internal` when the driver is not the one that this was written for; what the driver finds wrong with the options.
 */
export async function createDriverConnection(options: snowflake.ConnectionOptions): Promise<DriverConnection> {
  const modules = await importDriver();
  const created: { client?: ResultLinks } = {};
  const core = modules.createCore({
    httpClientClass: linkKeepingClient(modules, (client) => (created.client = client)),
    loggerClass: modules.loggerClass,
    client: { name: modules.name, version: modules.version, environment: process.versions },
  });
  core.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  const connection = core.createConnection(options);
  if (created.client === undefined) throw changed('a connection made no HTTP client');
  return { connection, links: created.client };
}

/** Imports the driver; only the first time costs anything. @throws as {@link createDriverConnection}. */
export async function importDriver(): Promise<DriverModules> {
  // One after the other, in the order of lib/snowflake.js: they require each other in circles, and fail in another order.
  const core = await import('snowflake-sdk/dist/lib/core.js');
  const util = await import('snowflake-sdk/dist/lib/util.js');
  const http = await import('snowflake-sdk/dist/lib/http/node.js');
  const logger = await import('snowflake-sdk/dist/lib/logger/node.js');
  return checkDriver({
    createCore: core.default,
    httpClientClass: exported(http, 'NodeHttpClient'),
    loggerClass: logger.default,
    name: exported(util, 'driverName'),
    version: exported(util, 'driverVersion'),
    userAgent: exported(util, 'userAgent'),
  });
}

/** By its loader (Node, a bundle, a compiler on the fly), what a CommonJS module exports is in its namespace or in `default`. */
function exported(namespace: { readonly default?: unknown }, name: string): unknown {
  const whole: unknown = namespace.default;
  const fromNamespace: unknown = Reflect.get(namespace, name);
  return fromNamespace ?? (typeof whole === 'object' && whole !== null ? Reflect.get(whole, name) : undefined);
}

/** @throws SyncError `internal` where a part is not of the kind that it was in snowflake-sdk 3.3.0. */
export function checkDriver(found: Readonly<Record<keyof DriverModules, unknown>>): DriverModules {
  const { createCore, httpClientClass, loggerClass, name, version, userAgent } = found;
  const methods: unknown = typeof httpClientClass === 'function' ? httpClientClass.prototype : undefined;
  const expectations = {
    'lib/core makes a core': typeof createCore === 'function',
    'lib/http/node has a NodeHttpClient': typeof httpClientClass === 'function',
    'NodeHttpClient has request': hasMethod(methods, 'request'),
    'NodeHttpClient has getAgent': hasMethod(methods, 'getAgent'),
    'lib/logger/node is a logger': typeof loggerClass === 'function',
    'lib/util names the driver': [name, version, userAgent].every((text) => typeof text === 'string'),
  };
  for (const [expectation, holds] of Object.entries(expectations)) {
    if (!holds) throw changed(`it no longer holds that ${expectation}`);
  }
  return found as DriverModules;
}

/**
 * The driver's client, which also keeps the newest reply of each statement until it is taken, and holds a chunk that the driver
 * fetches by itself (a result that is read as a whole) to its JSON and its row count. The driver does not: it waits for ever
 * for a chunk that JSON.parse refuses, and its HTTP library takes a gzip stream without its end for a whole one.
 */
function linkKeepingClient(modules: DriverModules, onCreated: (client: ResultLinks) => void): DriverHttpClientClass {
  return class extends modules.httpClientClass implements ResultLinks {
    readonly userAgent = modules.userAgent;
    readonly #config: DriverConnectionConfig;
    readonly #replies = new Map<string, ResultReply>();

    constructor(config: DriverConnectionConfig) {
      super(config);
      this.#config = config;
      onCreated(this);
    }

    override request(request: DriverRequest): unknown {
      const { url, callback } = request;
      if (callback === undefined) return super.request(request);
      const rowCount = this.#rowCountOf(url);
      return super.request({
        ...request,
        callback: (error, response, body) => {
          if (rowCount !== undefined && response?.statusCode === 200) {
            const problem = chunkProblem(body, rowCount);
            if (problem !== undefined) return callback(problem, undefined, undefined);
          }
          const reply = parseResultReply(body);
          if (reply !== undefined) this.#replies.set(reply.queryId, reply);
          return callback(error, response, body);
        },
      });
    }

    agentFor(url: URL): Agent {
      return this.getAgent(url, this.#config.getProxy());
    }

    takeReply(queryId: string): ResultReply | undefined {
      const reply = this.#replies.get(queryId);
      this.#replies.delete(queryId);
      return reply;
    }

    /** Rows of the chunk at this address; undefined when it is none. */
    #rowCountOf(url: string): number | undefined {
      for (const { chunks } of this.#replies.values()) {
        const chunk = chunks.find((candidate) => candidate.url === url);
        if (chunk !== undefined) return chunk.rowCount;
      }
      return undefined;
    }
  };
}

/** What is wrong with the body of a chunk that the driver has fetched; it fetches it again for any error. */
function chunkProblem(body: unknown, rowCount: number): Error | undefined {
  try {
    const rows = typeof body === 'string' ? (JSON.parse(`[${body}]`) as unknown[]).length : undefined;
    return rows === rowCount ? undefined : new Error(`a chunk has ${rows ?? 'no'} rows instead of ${rowCount}`);
  } catch (error) {
    return new Error('a chunk is cut or corrupt', { cause: error });
  }
}

function hasMethod(object: unknown, name: string): boolean {
  return typeof object === 'object' && object !== null && typeof Reflect.get(object, name) === 'function';
}

function changed(what: string): SyncError {
  return new SyncError('internal', `This is not the Snowflake driver that Snowmelt was written for: ${what}.`, {
    remedy: 'Install the version of snowflake-sdk that package.json names.',
  });
}
