import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Engine } from '../engine.ts';
import { readJson, sendJson, type Exchange, type Route } from './exchange.ts';
import { Faults } from './faults.ts';
import { sessionRoutes } from './login.ts';
import { queryRoutes } from './query-endpoints.ts';
import { ResultDownload } from './result-download.ts';
import { SessionStore } from './session-store.ts';
import { openStatementLog } from './statement-log.ts';
import type { Statement } from './statement.ts';
import type { StandInUser } from './users.ts';
import { succeeded, WireError } from './wire-error.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface StandInOptions {
  /** Executes the statements. It stays the caller's: {@link StandIn.close} does not close it. */
  readonly engine: Engine;
  /** Where absent, one user SNOWMELT with a random password. */
  readonly users?: readonly StandInUser[];
  /** Default `STANDIN`. */
  readonly account?: string;
  /** On 127.0.0.1. Default: any free one. */
  readonly port?: number;
  /** A file to append a JSON line to for every statement. */
  readonly statementLog?: string;
  /** ms. Default an hour, as the service's. */
  readonly sessionTokenLifetime?: number;
  /** ms. Default four hours, as the service's. */
  readonly masterTokenLifetime?: number;
  /** Sessions unused for so many ms are closed. Default four hours, as the service's. */
  readonly idleLimit?: number;
  /** How long a request waits for its statement before it says "in progress", ms. Default 45 s, as the service's. */
  readonly patience?: number;
  /** How long a result can be read again, ms. Default 24 h, as the service's. */
  readonly resultLifetime?: number;
  /** How long the links of a result's chunks are good for, ms. Default 6 h. */
  readonly linkLifetime?: number;
  /** Rows of up to so many bytes travel in the reply itself. Default 100,000. */
  readonly inlineBytes?: number;
  /** Further routes, for example those of staged files; looked at after the server's own. */
  readonly routes?: readonly Route[];
  /** Told of requests to unknown endpoints and of failures inside the server, one line each. */
  readonly report?: (line: string) => void;
}

/** What tests can do to a running server. */
export interface StandInFaults {
  readonly rules: Faults;
  /** Every session token is expired as of now; the driver renews it with the master token. */
  expireSessionTokens(): void;
  /** Every master token, too: the client must log in again. */
  expireMasterTokens(): void;
  /** Every chunk link handed out so far is answered with 403. */
  expireLinks(): void;
}

/** A running stand-in. */
export interface StandIn {
  readonly accessUrl: string;
  readonly port: number;
  readonly account: string;
  /** The first user, for a caller who gave none. */
  readonly user: string;
  readonly password: string | undefined;
  readonly faults: StandInFaults;
  /** How many sessions are open. */
  readonly sessionCount: number;
  /** Cancels what runs, closes every session and connection, frees the results. */
  close(): Promise<void>;
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  captures: readonly string[],
): Exchange {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return { url, captures, request, response, signal: gone.signal, json: () => readJson(request) };
}

/**
 * Starts a server on 127.0.0.1 that the unpatched snowflake-sdk takes for Snowflake (`accessUrl`). It knows HTTP, log-in,
 * sessions, query ids and result chunks; statements are the engine's. An endpoint that it does not know is answered with
 * 404 and reported.
 */
export async function startSnowflakeStandIn(options: StandInOptions): Promise<StandIn> {
  const account = options.account ?? 'STANDIN';
  const users = options.users ?? [{ name: 'SNOWMELT', password: randomBytes(18).toString('base64url') }];
  const report = options.report ?? (() => undefined);
  const faults = new Faults();
  const statements = new Map<string, Statement>();
  const statementLog = options.statementLog === undefined ? undefined : await openStatementLog(options.statementLog);
  const sessions = new SessionStore({
    session: options.sessionTokenLifetime ?? HOUR,
    master: options.masterTokenLifetime ?? 4 * HOUR,
  });
  const download = new ResultDownload(statements, faults, options.linkLifetime ?? 6 * HOUR);
  const routes: Route[] = [
    ...sessionRoutes({ account, users, engine: options.engine, sessions }),
    ...queryRoutes({
      sessions,
      statements,
      download,
      statementLog,
      patience: options.patience ?? 45_000,
      inlineBytes: options.inlineBytes ?? 100_000,
      report,
    }),
    download.route(),
    { method: 'POST', path: /^\/telemetry\/send(\/sessionless)?$/, handle: () => succeeded('Log Received') },
    ...(options.routes ?? []),
  ];

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const fault = faults.takeRequestFault(url.pathname);
    if (fault?.kind === 'drop') {
      request.destroy();
      return;
    }
    if (fault?.kind === 'status') {
      sendJson(response, fault.status, { success: false, message: 'A fault was injected.' });
      return;
    }
    if (fault?.kind === 'delay') await faults.hold(fault.ms, new AbortController().signal);

    const route = routes.find((candidate) => candidate.method === request.method && candidate.path.test(url.pathname));
    if (route === undefined) {
      report(`unknown endpoint: ${request.method ?? ''} ${url.pathname}`);
      sendJson(response, 404, { success: false, code: null, message: 'Not Found', data: null });
      return;
    }
    const captures = route.path.exec(url.pathname)?.slice(1) ?? [];
    const envelope = await route.handle(exchangeOf(request, response, url, captures));
    if (envelope !== undefined) sendJson(response, 200, envelope);
  };

  const inFlight = new Set<Promise<void>>();
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
    const answered = answer(request, response).catch((error: unknown) => {
      if (error instanceof WireError) {
        sendJson(response, 200, error.toEnvelope());
        return;
      }
      report(
        `${request.method ?? ''} ${request.url ?? ''}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { success: false, code: '390000', message: 'Internal error.', data: null });
    });
    inFlight.add(answered);
    void answered.then(() => inFlight.delete(answered));
  });
  const port = await listen(server, options.port ?? 0).catch(async (error: unknown) => {
    await statementLog?.close();
    throw error;
  });

  const sweep = setInterval(() => {
    void sweepOnce().catch((error: unknown) => {
      report(`sweep: ${String(error)}`);
    });
  }, MINUTE);
  sweep.unref();
  const sweepOnce = async (): Promise<void> => {
    const now = Date.now();
    await sessions.closeIdle(options.idleLimit ?? 4 * HOUR, now);
    for (const [queryId, statement] of statements) {
      if (statement.finished === null || now - statement.finished < (options.resultLifetime ?? 24 * HOUR)) continue;
      statements.delete(queryId);
      await statement.dispose();
    }
  };

  return {
    accessUrl: `http://127.0.0.1:${port}`,
    port,
    account,
    user: users[0]?.name ?? '',
    password: users[0]?.password,
    faults: {
      rules: faults,
      expireSessionTokens: () => {
        sessions.expire('session');
      },
      expireMasterTokens: () => {
        sessions.expire('session');
        sessions.expire('master');
      },
      expireLinks: () => {
        download.expireLinks();
      },
    },
    get sessionCount() {
      return sessions.all.length;
    },
    close: async () => {
      clearInterval(sweep);
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      faults.release();
      await sessions.closeAll();
      server.closeAllConnections();
      await closed;
      // A log-in that was under way has opened a session since.
      await Promise.all(inFlight);
      await sessions.closeAll();
      await Promise.all([...statements.values()].map((statement) => statement.dispose()));
      await statementLog?.close();
    },
  };
}
