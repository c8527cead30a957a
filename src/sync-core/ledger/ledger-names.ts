import type { RelationName } from '../config/resolved.ts';
import { SyncError } from '../errors.ts';
import { quoteIdentifier, quoteRelation } from '../postgres/identifiers.ts';
import type { Transaction } from '../postgres/session.ts';

/** The schema of the ledger, of staging tables and of earlier generations. */
export const ledgerSchema = 'snowmelt';

/** Where the ledger's relations are; each name is quoted and qualified. */
export interface LedgerNames {
  readonly schema: string;
  /** False where the role may not create a schema and the ledger stands beside its tables. */
  readonly ownSchema: boolean;
  readonly version: string;
  readonly runs: string;
  readonly tables: string;
  readonly generations: string;
  readonly claims: string;
  readonly loadedFiles: string;
  /** Views for people and their queries; Snowmelt itself does not read them. */
  readonly history: string;
  readonly status: string;
}

/** The ledger in a schema of its own, or, prefixed, in the schema of the tables. */
export function ledgerNames(schema: string, ownSchema: boolean): LedgerNames {
  const name = (relation: string): string =>
    quoteRelation({ schema, name: ownSchema ? relation : `snowmelt_${relation}` } satisfies RelationName);
  return {
    schema,
    ownSchema,
    version: name('ledger_version'),
    runs: name('runs'),
    tables: name('tables'),
    generations: name('generations'),
    claims: name('claims'),
    loadedFiles: name('loaded_files'),
    history: name('history'),
    status: name('status'),
  };
}

/**
 * Where the ledger is, or would be. The schema `snowmelt` wherever it exists or may be created; otherwise the target's own schema,
 * which is all that a role has that owns nothing else.
 * @returns `create` true when the schema is to be created first.
 * @throws SyncError `postgres.privilege` with the SQL for an administrator, when neither can be written.
 */
export async function locateLedger(
  transaction: Transaction,
  targetSchema: string,
): Promise<{ readonly names: LedgerNames; readonly create: boolean }> {
  interface Row {
    present: boolean;
    usable: boolean;
    may_create_schema: boolean;
    may_create_in_target: boolean;
    target_present: boolean;
    role: string;
    database: string;
  }
  const [row] = await transaction.query<Row>(
    `SELECT l.oid IS NOT NULL AS present,
            coalesce(has_schema_privilege(l.oid, 'USAGE') AND has_schema_privilege(l.oid, 'CREATE'), false) AS usable,
            has_database_privilege(current_database(), 'CREATE') AS may_create_schema,
            t.oid IS NOT NULL AS target_present,
            coalesce(has_schema_privilege(t.oid, 'CREATE'), false) AS may_create_in_target,
            current_user AS role, current_database() AS database
       FROM (SELECT) AS one
       LEFT JOIN pg_namespace l ON l.nspname = $1
       LEFT JOIN pg_namespace t ON t.nspname = $2`,
    [ledgerSchema, targetSchema],
  );
  if (row === undefined) throw new Error('a query without FROM returned no row');
  if (row.present) {
    if (row.usable) return { names: ledgerNames(ledgerSchema, true), create: false };
    throw new SyncError(
      'postgres.privilege',
      `The role ${row.role} may not use the schema ${ledgerSchema}, where the history is kept.`,
      {
        remedy: `Ask its owner to run: GRANT USAGE, CREATE ON SCHEMA ${ledgerSchema} TO ${quoteIdentifier(row.role)}; GRANT ALL ON ALL TABLES IN SCHEMA ${ledgerSchema} TO ${quoteIdentifier(row.role)};`,
      },
    );
  }
  if (row.may_create_schema) return { names: ledgerNames(ledgerSchema, true), create: true };
  if (row.may_create_in_target) return { names: ledgerNames(targetSchema, false), create: false };
  throw new SyncError(
    'postgres.privilege',
    row.target_present
      ? `The role ${row.role} may create neither a schema in the database ${row.database} nor a table in the schema ${targetSchema}.`
      : `The schema ${targetSchema} does not exist, and the role ${row.role} may not create a schema in the database ${row.database}.`,
    {
      remedy: `Ask an administrator to run: CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(targetSchema)}; GRANT USAGE, CREATE ON SCHEMA ${quoteIdentifier(targetSchema)} TO ${quoteIdentifier(row.role)};`,
    },
  );
}
