import { randomBytes, randomInt } from 'node:crypto';
import type { EngineSession, SessionState } from '../engine.ts';
import type { Statement } from './statement.ts';
import { WireError } from './wire-error.ts';

/** How long the two tokens of a session live, in ms. The service's own: an hour and four hours. */
export interface TokenLifetimes {
  readonly session: number;
  readonly master: number;
}

/** A logged-in session: the engine's, with what the wire adds to it. */
export interface WireSession {
  readonly id: number;
  readonly engine: EngineSession;
  readonly state: SessionState;
  /** Statements by the request id that the driver gave them: a repeated request gets the same statement. */
  readonly statements: Map<string, Statement>;
  /** ms since the epoch. */
  lastUsed: number;
}

/** What the driver gets at log-in and at renewal. */
export interface SessionTokens {
  readonly session: string;
  readonly master: string;
  readonly sessionValidityInSeconds: number;
  readonly masterValidityInSeconds: number;
}

interface Token {
  readonly session: WireSession;
  readonly kind: 'session' | 'master';
  expires: number;
}

const newToken = (): string => `ver:3-hint:${randomInt(2 ** 40)}-ETMsDgAAAZ${randomBytes(48).toString('base64url')}`;

/**
 * The sessions that are open, and the tokens that stand for them. A token that is not good throws the code by which the
 * driver decides what to do: 390112 renew, 390114 log in again, 390111 and 390104 give up.
 */
export class SessionStore {
  readonly #lifetimes: TokenLifetimes;
  readonly #sessions = new Set<WireSession>();
  readonly #tokens = new Map<string, Token>();
  readonly #goneTokens = new Set<string>();

  constructor(lifetimes: TokenLifetimes) {
    this.#lifetimes = lifetimes;
  }

  get all(): readonly WireSession[] {
    return [...this.#sessions];
  }

  /** Takes an engine session in, under a new id and new tokens. */
  add(engine: EngineSession): { session: WireSession; tokens: SessionTokens } {
    const session: WireSession = {
      id: randomInt(2 ** 47),
      engine,
      state: engine.state,
      statements: new Map(),
      lastUsed: Date.now(),
    };
    this.#sessions.add(session);
    return { session, tokens: this.#issueTokens(session) };
  }

  /** The session that an `Authorization` header's session token stands for. */
  authenticate(authorization: string | undefined): WireSession {
    return this.#find(authorization, 'session').session;
  }

  /** New tokens for the session that a master token stands for; the old session token is refused from now on. */
  renew(authorization: string | undefined, oldSessionToken: unknown): { session: WireSession; tokens: SessionTokens } {
    const { session } = this.#find(authorization, 'master');
    const old = typeof oldSessionToken === 'string' ? this.#tokens.get(oldSessionToken) : undefined;
    if (old?.session !== session) throw new WireError('390104', 'Session token is invalid.');
    old.expires = 0;
    return { session, tokens: this.#issueTokens(session) };
  }

  /** Ends a session: its running statements are cancelled, its tokens are refused with 390111. */
  async close(session: WireSession): Promise<void> {
    if (!this.#sessions.delete(session)) return;
    for (const [text, token] of this.#tokens) {
      if (token.session !== session) continue;
      this.#tokens.delete(text);
      this.#goneTokens.add(text);
    }
    const running = [...session.statements.values()].filter((statement) => statement.isRunning);
    for (const statement of running) statement.abort();
    await Promise.all(running.map((statement) => statement.settled));
    session.statements.clear();
    await session.engine.close();
  }

  /** Closes what nobody has used for `limit` ms and has no statement running. */
  async closeIdle(limit: number, now = Date.now()): Promise<void> {
    const idle = [...this.#sessions].filter(
      (session) =>
        now - session.lastUsed > limit && ![...session.statements.values()].some((statement) => statement.isRunning),
    );
    await Promise.all(idle.map((session) => this.close(session)));
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => this.close(session)));
  }

  /** Makes every token of a kind expired as of now. */
  expire(kind: 'session' | 'master'): void {
    for (const token of this.#tokens.values()) if (token.kind === kind) token.expires = 0;
  }

  #issueTokens(session: WireSession): SessionTokens {
    const now = Date.now();
    const tokens = { session: newToken(), master: newToken() };
    this.#tokens.set(tokens.session, { session, kind: 'session', expires: now + this.#lifetimes.session });
    this.#tokens.set(tokens.master, { session, kind: 'master', expires: now + this.#lifetimes.master });
    return {
      ...tokens,
      sessionValidityInSeconds: Math.floor(this.#lifetimes.session / 1000),
      masterValidityInSeconds: Math.floor(this.#lifetimes.master / 1000),
    };
  }

  #find(authorization: string | undefined, kind: 'session' | 'master'): Token {
    const text = /^Snowflake Token="([^"]+)"$/.exec(authorization ?? '')?.[1] ?? '';
    const token = this.#tokens.get(text);
    if (token?.kind !== kind) {
      if (this.#goneTokens.has(text)) {
        throw new WireError('390111', 'Session no longer exists. New login required to access the service.');
      }
      throw new WireError('390104', 'Session token is invalid.');
    }
    if (token.expires <= Date.now()) {
      throw kind === 'session'
        ? new WireError('390112', 'Your session has expired. Please login again.')
        : new WireError('390114', 'Authentication token has expired. The user must authenticate again.');
    }
    token.session.lastUsed = Date.now();
    return token;
  }
}
