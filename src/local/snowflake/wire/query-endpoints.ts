import { randomUUID } from 'node:crypto';
import type { Bind } from '../engine.ts';
import { isJsonObject, type Exchange, type JsonObject, type Route } from './exchange.ts';
import { newQueryId } from './query-id.ts';
import { finished, inProgress, sixDigits } from './query-reply.ts';
import type { ResultDownload } from './result-download.ts';
import { chunkByteLimit, effectiveParameter, type ParameterValue } from './session-parameters.ts';
import type { SessionStore, WireSession } from './session-store.ts';
import type { StatementLog } from './statement-log.ts';
import { Statement } from './statement.ts';
import { succeeded, WireError, type Envelope } from './wire-error.ts';

export interface QueryContext {
  readonly sessions: SessionStore;
  readonly statements: Map<string, Statement>;
  readonly download: ResultDownload;
  readonly statementLog: StatementLog | undefined;
  /** How long a request waits for its statement before it says "in progress", ms. */
  readonly patience: number;
  readonly inlineBytes: number;
  /** Told of what the engine should not have thrown. */
  readonly report: (line: string) => void;
}

/** The statement parameters that the server itself acts upon. What it does not know it refuses, rather than to ignore it. */
const knownParameters = [
  'QUERY_TAG',
  'CLIENT_RESULT_CHUNK_SIZE',
  'STATEMENT_TIMEOUT_IN_SECONDS',
  'MULTI_STATEMENT_COUNT',
];
const FIRST_CHUNK_BYTES = 100_000;

function unsupported(feature: string): WireError {
  return new WireError('000002', `Unsupported feature '${feature}'.`, { sqlState: '0A000' });
}

function bindsOf(value: unknown): Record<string, Bind> | undefined {
  if (!isJsonObject(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).map(([position, bind]): [string, Bind] => {
      if (!isJsonObject(bind) || typeof bind.type !== 'string') throw new WireError('390000', 'A bind has no type.');
      if (bind.value !== null && typeof bind.value !== 'string') throw unsupported('array binding');
      return [position, { type: bind.type, value: bind.value }];
    }),
  );
}

function statementParameters(session: WireSession, value: unknown): Map<string, ParameterValue> {
  const effective = new Map(session.state.parameters);
  for (const [name, given] of Object.entries(isJsonObject(value) ? value : {})) {
    const parameter = name.toUpperCase();
    if (!knownParameters.includes(parameter)) throw unsupported(`statement parameter ${parameter}`);
    if (parameter === 'MULTI_STATEMENT_COUNT' && Number(given) !== 1) throw unsupported('multiple statements');
    if (typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean') {
      effective.set(parameter, given);
    }
  }
  return effective;
}

async function settledWithin(statement: Statement, ms: number): Promise<boolean> {
  if (!statement.isRunning) return true;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([statement.settled, patience]);
  clearTimeout(timer);
  return !statement.isRunning;
}

function writeLog(log: StatementLog, statement: Statement): void {
  const { error, request, result, session, received } = statement;
  log.write({
    time: new Date(received).toISOString(),
    session: session.id,
    user: session.state.user,
    queryId: request.queryId,
    queryTag: request.queryTag,
    text: request.text,
    binds: Object.keys(request.binds ?? {}).length,
    outcome: error === null ? 'success' : error.code === 604 ? 'cancelled' : 'error',
    code: error?.code ?? null,
    rows: result?.rowCount ?? null,
    ms: (statement.finished ?? Date.now()) - received,
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function start(context: QueryContext, session: WireSession, requestId: string, body: JsonObject): Statement {
  if (typeof body.sqlText !== 'string') throw new WireError('390000', 'The request has no sqlText.');
  if (body.describeOnly === true) throw unsupported('describeOnly');
  if (body.bindStage !== undefined && body.bindStage !== null) throw unsupported('bind stage');
  const binds = bindsOf(body.bindings);
  const parameters = statementParameters(session, body.parameters);
  const timeout = Number(effectiveParameter(parameters, 'STATEMENT_TIMEOUT_IN_SECONDS') ?? 0) * 1000;
  const statement = new Statement(session, {
    queryId: newQueryId(),
    text: body.sqlText,
    queryTag: String(effectiveParameter(parameters, 'QUERY_TAG') ?? ''),
    ...(binds === undefined ? {} : { binds }),
    ...(timeout > 0 ? { timeout } : {}),
    limits: {
      inlineBytes: context.inlineBytes,
      firstChunkBytes: FIRST_CHUNK_BYTES,
      maximumBytes: chunkByteLimit(parameters),
    },
  });
  session.statements.set(requestId, statement);
  context.statements.set(statement.request.queryId, statement);
  const { statementLog, report } = context;
  void statement.settled.then(() => {
    if (statementLog !== undefined) writeLog(statementLog, statement);
    const { incident } = statement;
    if (incident !== null) report(`${statement.request.queryId}: ${describe(incident)}`);
  });
  return statement;
}

function monitored(statement: Statement): Envelope {
  const { request, session, error } = statement;
  return succeeded({
    queries: [
      {
        id: request.queryId,
        status: statement.status,
        state: statement.isRunning ? 'RUNNING' : statement.error === null ? 'SUCCEEDED' : 'FAILED',
        sqlText: request.text,
        queryTag: request.queryTag,
        sessionId: session.id,
        userName: session.state.user,
        startTime: statement.received,
        endTime: statement.finished ?? 0,
        totalDuration: (statement.finished ?? Date.now()) - statement.received,
        errorCode: error === null ? '' : sixDigits(error.code),
        errorMessage: error?.message ?? '',
        stats: {},
      },
    ],
  });
}

/** Statements: run, result, status and cancel. */
export function queryRoutes(context: QueryContext): Route[] {
  const session = (exchange: Exchange): WireSession =>
    context.sessions.authenticate(exchange.request.headers.authorization);

  /** A statement of the same user, whichever session it ran in. */
  const find = (exchange: Exchange): Statement => {
    const { user } = session(exchange).state;
    const queryId = exchange.captures[0] ?? '';
    const statement = context.statements.get(queryId);
    if (statement?.session.state.user !== user) {
      throw new WireError('000709', `Statement ${queryId} not found`, { queryId, sqlState: '02000' });
    }
    return statement;
  };

  const reply = async (exchange: Exchange, statement: Statement): Promise<Envelope> => {
    if (!(await settledWithin(statement, context.patience))) return inProgress(statement, false);
    const origin = `http://${exchange.request.headers.host ?? '127.0.0.1'}`;
    return finished(statement, (chunks) => context.download.links(origin, statement.request.queryId, chunks));
  };

  const abort = (statement: Statement | undefined): Envelope => {
    if (statement?.abort() !== true) {
      throw new WireError('000605', 'Identified SQL statement is not currently executing.', { sqlState: '57014' });
    }
    return succeeded(null);
  };

  return [
    {
      method: 'POST',
      path: /^\/queries\/v1\/query-request$/,
      handle: async (exchange) => {
        const current = session(exchange);
        const body = await exchange.json();
        const requestId = exchange.url.searchParams.get('requestId') ?? randomUUID();
        const statement = current.statements.get(requestId) ?? start(context, current, requestId, body);
        if (body.asyncExec === true) return inProgress(statement, true);
        return reply(exchange, statement);
      },
    },
    {
      method: 'POST',
      path: /^\/queries\/v1\/abort-request$/,
      handle: async (exchange) => {
        const current = session(exchange);
        const { requestId } = await exchange.json();
        return abort(typeof requestId === 'string' ? current.statements.get(requestId) : undefined);
      },
    },
    {
      method: 'POST',
      path: /^\/queries\/([0-9a-f-]{36})\/abort-request$/,
      handle: (exchange) => abort(find(exchange)),
    },
    {
      method: 'GET',
      path: /^\/queries\/([0-9a-f-]{36})\/result$/,
      handle: (exchange) => reply(exchange, find(exchange)),
    },
    {
      method: 'GET',
      path: /^\/monitoring\/queries\/([0-9a-f-]{36})$/,
      handle: (exchange) => {
        const { user } = session(exchange).state;
        const statement = context.statements.get(exchange.captures[0] ?? '');
        if (statement?.session.state.user !== user) return succeeded({ queries: [] });
        return monitored(statement);
      },
    },
  ];
}
