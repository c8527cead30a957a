import type { Backend } from './backend.ts';
import { queryBackend } from './backend-query.ts';
import { BackendQueue } from './backend-queue.ts';
import type { SessionSettings } from './session-settings.ts';
import {
  defaultSettings,
  quoteName,
  quoteText,
  readSettings,
  settingsQuery,
  startupSettings,
  switchSettings,
} from './session-settings.ts';
import { readChannel } from './wire-messages.ts';

/** A connection as the others have to know it. */
export interface BackendUser {
  /** What its session's settings are; kept up to date by {@link SharedBackend.switchTo} of the connection after it. */
  settings: SessionSettings;
  /** It may have changed settings since they were last read. */
  settingsChanged: boolean;
  readonly customSettings: ReadonlySet<string>;
  /** Channels that it listens on. */
  readonly channels: ReadonlySet<string>;
  /** It may have made temporary relations, which live in the backend until nobody is left who may have. */
  readonly usesTemporary: boolean;
  /** A NotificationResponse on one of its channels. */
  notify(frame: Buffer): void;
}

/** The session cannot begin; the message is PostgreSQL's own for the case. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether a role may log in and its settings as `name=value`, the more particular ones later. */
function roleQuery(role: string): string {
  return `SELECT rolcanlogin, setting FROM pg_roles LEFT JOIN LATERAL (
      SELECT unnest(setconfig) AS setting, (setdatabase <> 0)::int + 2 * (setrole <> 0)::int AS particular
        FROM pg_db_role_setting JOIN pg_database ON datname = current_database()
       WHERE setdatabase IN (0, pg_database.oid) AND setrole IN (0, pg_roles.oid)
    ) AS settings ON true WHERE rolname = ${quoteText(role)} ORDER BY particular`;
}

/** The one backend with what all connections of a server have to agree on. */
export class SharedBackend {
  readonly backend: Backend;
  readonly queue = new BackendQueue();
  readonly users = new Set<BackendUser>();
  /** What the backend told last of each parameter that it reports to clients. */
  readonly reported: Map<string, string>;
  #settings: SessionSettings = defaultSettings;
  #user: BackendUser | undefined;

  constructor(backend: Backend) {
    this.backend = backend;
    this.reported = new Map(backend.facts.parameters);
  }

  /**
   * Gives the backend, whose turn the caller has, the user's own settings; false when it was this user's last anyway.
   * The settings that the user before may have changed are read first. Throws `BackendError`, for example when the
   * user's role was dropped.
   */
  async switchTo(user: BackendUser): Promise<boolean> {
    if (this.#user === user) return false;
    const before = this.#user;
    if (before?.settingsChanged) {
      this.#settings = readSettings(await this.query(settingsQuery(before.customSettings)));
      before.settings = this.#settings;
      before.settingsChanged = false;
    }
    this.#user = undefined;
    const sql = switchSettings(this.#settings, user.settings);
    if (sql !== '') await this.query(sql);
    this.#settings = user.settings;
    this.#user = user;
    return true;
  }

  /** Gives the backend the user's settings although it is this user's already: for RESET ALL. In the user's turn. */
  async restore(user: BackendUser): Promise<void> {
    const present = readSettings(await this.query(settingsQuery(user.customSettings)));
    const sql = switchSettings(present, user.settings);
    if (sql !== '') await this.query(sql);
    this.#settings = user.settings;
    user.settingsChanged = false;
  }

  /**
   * The settings of a new session: those of the database and the role (ALTER ROLE … SET), and over them what the client's
   * StartupMessage says. In the caller's turn. Throws {@link LoginRefused}.
   */
  async login(role: string, parameters: ReadonlyMap<string, string>): Promise<SessionSettings> {
    const rows = await this.query(roleQuery(role));
    const canLogIn = rows[0]?.[0];
    if (canLogIn === undefined) throw new LoginRefused('28000', `role "${role}" does not exist`);
    if (canLogIn !== 't') throw new LoginRefused('28000', `role "${role}" is not permitted to log in`);
    const values = new Map<string, string>();
    for (const [, entry] of rows) {
      const at = entry?.indexOf('=') ?? -1;
      if (entry != null && at > 0) values.set(entry.slice(0, at), entry.slice(at + 1));
    }
    for (const [name, value] of startupSettings(parameters)) values.set(name, value);
    return { authorization: role, role: 'none', values };
  }

  /** Sends a NotificationResponse to all that listen on its channel. */
  notify(frame: Buffer): void {
    const channel = readChannel(frame.subarray(5));
    for (const user of this.users) if (user.channels.has(channel)) user.notify(frame);
  }

  /** Makes the backend listen on what its users listen on, after one of them has stopped. In the caller's turn. */
  async restoreChannels(stopped: ReadonlySet<string>): Promise<void> {
    const wanted = new Set([...this.users].flatMap((user) => [...user.channels]));
    const statements = [
      ...[...stopped].filter((channel) => !wanted.has(channel)).map((channel) => `UNLISTEN ${quoteName(channel)}`),
      ...[...wanted].map((channel) => `LISTEN ${quoteName(channel)}`),
    ];
    if (statements.length > 0) await this.query(statements.join('; '));
  }

  /** Runs messages of the server's own whose answers are of no interest, in the turn that the caller has. */
  async runSilently(messages: Buffer): Promise<void> {
    await this.backend.run(messages, {
      onOutput: (_bytes, taken) => {
        taken();
      },
      onStarved: () => undefined,
    });
  }

  /** Runs SQL of the server's own in the turn that the caller has. Throws `BackendError`. */
  async query(sql: string): Promise<(string | null)[][]> {
    return queryBackend(this.backend, sql, (name, value) => this.reported.set(name, value));
  }
}
