/** The settings of a session, as far as they differ from the backend's defaults. */
export interface SessionSettings {
  /** The session's user (`session_user`). */
  readonly authorization: string;
  /** What SET ROLE set, `none` without it. */
  readonly role: string;
  /** Configuration parameters by name, with the text that `set_config` takes. */
  readonly values: ReadonlyMap<string, string>;
}

/** The superuser that PGlite's backend starts as. */
export const superuser = 'postgres';

export const defaultSettings: SessionSettings = { authorization: superuser, role: 'none', values: new Map() };

/**
 * SQL that turns a backend with the settings `from` into one with the settings `to`; empty where nothing differs, so that
 * connections of one application pass the backend on for nothing. Settings are made by the superuser, because a role
 * may have some that it may not make itself. Costs about 0.3 ms.
 */
export function switchSettings(from: SessionSettings, to: SessionSettings): string {
  const resets = [...from.values.keys()].filter((name) => !to.values.has(name));
  const changes = [...to.values].filter(([name, value]) => from.values.get(name) !== value);
  const sameUser = from.authorization === to.authorization && from.role === to.role;
  if (sameUser && resets.length === 0 && changes.length === 0) return '';
  const statements = [`SET SESSION AUTHORIZATION ${quoteName(superuser)}`];
  for (const name of resets) statements.push(`RESET ${name.split('.').map(quoteName).join('.')}`);
  if (changes.length > 0) {
    const calls = changes.map(([name, value]) => `set_config(${quoteText(name)}, ${quoteText(value)}, false)`);
    statements.push(`SELECT ${calls.join(', ')}`);
  }
  if (to.authorization !== superuser) statements.push(`SET SESSION AUTHORIZATION ${quoteName(to.authorization)}`);
  if (to.role !== 'none') statements.push(`SET ROLE ${quoteName(to.role)}`);
  return statements.join('; ');
}

/** A query for the backend's present settings; {@link readSettings} reads its rows. 2 ms. */
export function settingsQuery(customNames: Iterable<string>): string {
  const custom = [...customNames].map((name) => `, (${quoteText(name)}, current_setting(${quoteText(name)}, true))`);
  return `SELECT name, setting FROM pg_settings WHERE source = 'session' AND name !~ '^transaction_'
    UNION ALL VALUES ('role', current_setting('role')), ('session_authorization', session_user::text)${custom.join('')}`;
}

export function readSettings(rows: readonly (readonly (string | null)[])[]): SessionSettings {
  let { authorization, role } = defaultSettings;
  const values = new Map<string, string>();
  for (const [name, value] of rows) {
    if (name == null || value == null) continue;
    if (name === 'role') role = value;
    else if (name === 'session_authorization') authorization = value;
    else values.set(name, value);
  }
  return { authorization, role, values };
}

/** Command tags after which a session's settings may be others. */
const changingTags = new Set(['SET', 'RESET', 'DISCARD ALL', 'DO', 'CALL', 'LOAD']);

export function mayChangeSettings(commandTag: string): boolean {
  return changingTags.has(commandTag);
}

/** The names of custom parameters (`schema.name`, which `pg_settings` does not list) that a statement may set. */
export function customSettings(statement: string): string[] {
  const names: string[] = [];
  for (const [, set, call] of statement.matchAll(
    /\bset\s+(?:session\s+|local\s+)?([a-z_][\w$]*(?:\.[a-z_][\w$]*)+)|\bset_config\s*\(\s*'([^']+\.[^']+)'/gi,
  )) {
    const name = set ?? call;
    if (name !== undefined) names.push(name.toLowerCase());
  }
  return names;
}

/**
 * The settings that a client's StartupMessage asks for: every parameter that is not the protocol's own, and those in
 * `options` (`-c name=value`, `--name=value`; a backslash escapes a space), which do not override the former.
 */
export function startupSettings(parameters: ReadonlyMap<string, string>): Map<string, string> {
  const settings = new Map<string, string>();
  const words = parameters.get('options')?.match(/(?:\\.|[^\\\s])+/g) ?? [];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] === '-c' ? (words[(i += 1)] ?? '') : (words[i] ?? '').replace(/^(-c|--)/, '');
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(word.replace(/\\(.)/g, '$1')) ?? [];
    if (name !== undefined && value !== undefined) settings.set(name.replaceAll('-', '_'), value);
  }
  for (const [name, value] of parameters) {
    if (!protocolParameters.has(name) && !name.startsWith('_pq_.')) settings.set(name, value);
  }
  return settings;
}

const protocolParameters = new Set(['user', 'database', 'options', 'replication']);

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An SQL string that means the same whatever `standard_conforming_strings` is. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}
