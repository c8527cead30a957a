import type { RelationName, RoleConfig } from './config/resolved.ts';
import { SyncError } from './errors.ts';
import { quoteIdentifier, quoteLiteral, quoteRelation } from './postgres/identifiers.ts';
import { sqlStateOf } from './postgres/postgres-error.ts';
import type { PostgresSession } from './postgres/session.ts';

const insufficientPrivilege = '42501';

/** A setting of the role, as it is and as it should be. */
export interface RoleSetting {
  readonly name: 'idle_in_transaction_session_timeout' | 'statement_timeout';
  /** As the role has it for every database or for this one; null where it has none of its own. */
  readonly actual: string | null;
  readonly expected: string;
  readonly correct: boolean;
}

export interface RoleTimeouts {
  readonly role: string;
  readonly settings: readonly RoleSetting[];
  /** Exact rows of each table that exists, in the order asked for. */
  readonly rowCounts: readonly { readonly table: string; readonly rows: number }[];
}

/** A table whose rows are counted along, under the name that the result gives it. */
export interface CountedTable {
  readonly name: string;
  readonly relation: RelationName;
}

/**
 * The settings that end what an application has forgotten: transactions that idle and statements that never end. Snowmelt's own
 * sessions override both, or they would end its COPY and its index builds.
 * @throws SyncError `usage` when there is no such role.
 */
export async function checkRoleTimeouts(
  session: PostgresSession,
  role: RoleConfig,
  tables: readonly CountedTable[],
): Promise<RoleTimeouts> {
  return session.transaction(async (transaction) => {
    const [found] = await transaction.query<{ settings: string[] }>(
      `SELECT coalesce((SELECT array_agg(c ORDER BY s.setdatabase) FROM pg_db_role_setting s, unnest(s.setconfig) AS c
                         WHERE s.setrole = r.oid AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))),
                       '{}') AS settings
         FROM pg_roles r WHERE r.rolname = $1`,
      [role.name],
    );
    if (found === undefined) {
      throw new SyncError('usage', `There is no role ${role.name} in this database.`, {
        remedy: `Create it (CREATE ROLE ${quoteIdentifier(role.name)} LOGIN), or correct "role" in snowmelt.json.`,
      });
    }
    // The setting for this database stands after the one for all, and wins.
    const actual = new Map(found.settings.map((setting) => splitSetting(setting)));
    const wanted = [
      ['idle_in_transaction_session_timeout', role.idleInTransactionSessionTimeout],
      ['statement_timeout', role.statementTimeout],
    ] as const;
    const settings: RoleSetting[] = [];
    for (const [name, expected] of wanted) {
      const text = actual.get(name) ?? null;
      const correct = text !== null && settingMs(text) === expected.ms;
      settings.push({ name, actual: text, expected: expected.text, correct });
    }
    const rowCounts: { table: string; rows: number }[] = [];
    for (const { name, relation } of tables) {
      const quoted = quoteRelation(relation);
      const [present] = await transaction.query<{ present: boolean }>('SELECT to_regclass($1) IS NOT NULL AS present', [
        quoted,
      ]);
      if (present?.present !== true) continue;
      const [row] = await transaction.query<{ count: string }>(`SELECT count(*) FROM ${quoted}`);
      rowCounts.push({ table: name, rows: Number(row?.count) });
    }
    return { role: role.name, settings, rowCounts };
  });
}

/** The statements that give the role its settings; also what an administrator is asked to run. */
export function roleTimeoutStatements(role: RoleConfig): string[] {
  const alter = `ALTER ROLE ${quoteIdentifier(role.name)} SET`;
  return [
    `${alter} idle_in_transaction_session_timeout = ${quoteLiteral(role.idleInTransactionSessionTimeout.text)}`,
    `${alter} statement_timeout = ${quoteLiteral(role.statementTimeout.text)}`,
  ];
}

/**
 * Gives the role its settings. A role may set its own; another's needs CREATEROLE.
 * @throws SyncError `postgres.privilege` with the SQL for an administrator.
 */
export async function applyRoleTimeouts(session: PostgresSession, role: RoleConfig): Promise<void> {
  const statements = roleTimeoutStatements(role);
  try {
    await session.transaction((transaction) => transaction.run(statements));
  } catch (error) {
    if (sqlStateOf(error) !== insufficientPrivilege) throw error;
    throw new SyncError(
      'postgres.privilege',
      `The role ${session.server.role} may not change the settings of ${role.name}.`,
      {
        cause: error,
        remedy: `Ask an administrator to run: ${statements.join('; ')};`,
      },
    );
  }
}

/** The document that the replaced system's CONFIGURE_POSTGRES_TIMEOUT returns. */
export function roleTimeoutsDocument(timeouts: RoleTimeouts): {
  readonly status: 'success' | 'error';
  readonly results: readonly string[];
} {
  return {
    status: timeouts.settings.every(({ correct }) => correct) ? 'success' : 'error',
    results: [
      ...timeouts.settings.map(
        ({ name, actual, expected, correct }) => `${name} = ${correct ? expected : (actual ?? 'not set')}`,
      ),
      ...timeouts.rowCounts.map(({ table, rows }) => `${table} row count: ${rows}`),
    ],
  };
}

function splitSetting(setting: string): [name: string, value: string] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at), setting.slice(at + 1)];
}

/** A time setting in ms, in any of the units that Postgres takes; undefined for a text that is none. */
function settingMs(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$/.exec(text);
  if (match === null) return undefined;
  const units: Readonly<Record<string, number>> = {
    us: 0.001,
    ms: 1,
    s: 1_000,
    min: 60_000,
    h: 3_600_000,
    d: 86_400_000,
  };
  return Number(match[1]) * (units[match[2] ?? 'ms'] ?? NaN);
}
