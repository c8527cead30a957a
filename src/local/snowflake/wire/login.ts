import { SnowflakeSqlError, type Engine, type EngineSession } from '../engine.ts';
import { authenticate, type LoginCredentials } from './authenticate.ts';
import { isJsonObject, type JsonObject, type Route } from './exchange.ts';
import { newQueryId } from './query-id.ts';
import { reportedParameters, type ParameterValue } from './session-parameters.ts';
import type { SessionStore, SessionTokens, WireSession } from './session-store.ts';
import { defaultRole, mayTakeRole, type StandInUser } from './users.ts';
import { succeeded, WireError, type Envelope } from './wire-error.ts';

export interface LoginContext {
  readonly account: string;
  readonly users: readonly StandInUser[];
  readonly engine: Engine;
  readonly sessions: SessionStore;
}

/** The objects that a connection asks to start in, as the log-in URL names them. */
interface RequestedObjects {
  readonly database: string | null;
  readonly schema: string | null;
  readonly warehouse: string | null;
  readonly role: string | null;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function credentialsOf(data: JsonObject): LoginCredentials {
  return {
    account: text(data.ACCOUNT_NAME) ?? '',
    user: text(data.LOGIN_NAME),
    authenticator: text(data.AUTHENTICATOR) ?? 'SNOWFLAKE',
    password: text(data.PASSWORD),
    passcode: text(data.PASSCODE),
    passcodeInPassword: data.passcodeInPassword === true,
    token: text(data.TOKEN),
  };
}

function sessionParameters(data: JsonObject): Map<string, ParameterValue> {
  const parameters = new Map<string, ParameterValue>();
  for (const [name, value] of Object.entries(isJsonObject(data.SESSION_PARAMETERS) ? data.SESSION_PARAMETERS : {})) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      parameters.set(name.toUpperCase(), value);
    }
  }
  return parameters;
}

/** A name from a connection's options: upper case unless it is quoted, as in SQL. */
function resolveName(name: string): string {
  if (/^".*"$/s.test(name)) return name.slice(1, -1).replaceAll('""', '"');
  return /^[A-Za-z_][\w$]*$/.test(name) ? name.toUpperCase() : name;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Runs a USE; what does not exist is left unset, and the log-in stands, as with the real service. */
async function use(session: EngineSession, statement: string): Promise<void> {
  try {
    const result = await session.execute(statement, { queryId: newQueryId(), signal: new AbortController().signal });
    await result.dispose();
  } catch (error) {
    if (!(error instanceof SnowflakeSqlError)) throw error;
  }
}

async function openEngineSession(
  context: LoginContext,
  user: StandInUser,
  requested: RequestedObjects,
  parameters: Map<string, ParameterValue>,
): Promise<EngineSession> {
  const role = requested.role === null ? defaultRole(user) : resolveName(requested.role);
  if (!mayTakeRole(user, role)) {
    throw new WireError(
      '390189',
      `Role '${role}' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.`,
    );
  }
  const session = await context.engine.openSession({
    database: null,
    schema: null,
    warehouse: null,
    role,
    user: user.name.toUpperCase(),
    account: context.account,
    parameters,
  });
  try {
    if (requested.database !== null) await use(session, `USE DATABASE ${quoted(resolveName(requested.database))}`);
    if (requested.schema !== null) await use(session, `USE SCHEMA ${quoted(resolveName(requested.schema))}`);
    if (requested.warehouse !== null) await use(session, `USE WAREHOUSE ${quoted(resolveName(requested.warehouse))}`);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

function loginReply(session: WireSession, tokens: SessionTokens): Envelope {
  const { state } = session;
  return succeeded({
    masterToken: tokens.master,
    token: tokens.session,
    validityInSeconds: tokens.sessionValidityInSeconds,
    masterValidityInSeconds: tokens.masterValidityInSeconds,
    displayUserName: state.user,
    serverVersion: '9.40.0',
    firstLogin: false,
    remMeToken: null,
    remMeValidityInSeconds: 0,
    healthCheckInterval: 45,
    newClientForUpgrade: null,
    sessionId: session.id,
    parameters: reportedParameters(state.parameters),
    sessionInfo: {
      databaseName: state.database,
      schemaName: state.schema,
      warehouseName: state.warehouse,
      roleName: state.role,
    },
    idToken: null,
    idTokenValidityInSeconds: 0,
    responseData: null,
    mfaToken: null,
    mfaTokenValidityInSeconds: 0,
  });
}

/** Log-in, renewal, heartbeat and log-out. */
export function sessionRoutes(context: LoginContext): Route[] {
  const { sessions } = context;
  return [
    {
      method: 'POST',
      path: /^\/session\/v1\/login-request$/,
      handle: async (exchange) => {
        const { data } = await exchange.json();
        if (!isJsonObject(data)) throw new WireError('390000', 'The request has no data.');
        const user = authenticate(context.account, context.users, credentialsOf(data));
        const query = exchange.url.searchParams;
        const requested = {
          database: query.get('databaseName'),
          schema: query.get('schemaName'),
          warehouse: query.get('warehouse'),
          role: query.get('roleName'),
        };
        const opened = sessions.add(await openEngineSession(context, user, requested, sessionParameters(data)));
        return loginReply(opened.session, opened.tokens);
      },
    },
    {
      method: 'POST',
      path: /^\/session\/token-request$/,
      handle: async (exchange) => {
        const body = await exchange.json();
        const { session, tokens } = sessions.renew(exchange.request.headers.authorization, body.oldSessionToken);
        return succeeded({
          sessionToken: tokens.session,
          validityInSecondsST: tokens.sessionValidityInSeconds,
          masterToken: tokens.master,
          validityInSecondsMT: tokens.masterValidityInSeconds,
          sessionId: session.id,
        });
      },
    },
    {
      method: 'POST',
      path: /^\/session\/heartbeat$/,
      handle: (exchange) => {
        sessions.authenticate(exchange.request.headers.authorization);
        return succeeded(null);
      },
    },
    {
      method: 'POST',
      path: /^\/session$/,
      handle: async (exchange) => {
        const session = sessions.authenticate(exchange.request.headers.authorization);
        if (exchange.url.searchParams.get('delete') !== 'true') throw new WireError('390000', 'Nothing to do.');
        await sessions.close(session);
        return succeeded(null);
      },
    },
  ];
}
